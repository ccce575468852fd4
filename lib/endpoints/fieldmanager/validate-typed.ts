import { isJSONObject } from '../../runtime/json/index.js'
import { type FieldType, type ListType, type MapType, memberOf, type ScalarType, typeOf } from './field-type.js'
import { itemElement } from './list-items.js'
import { elementText, type PathElement, pathText } from './path-element.js'
import { type TypedProblem, TypedValueError } from './typed-error.js'

/** As many problems are named at most. */
const MAX_PROBLEMS = 100

/**
 * Checks that a configuration has the shape of its type: no unknown field, no item twice in a set or a list by keys.
 *
 * @throws TypedValueError
 */
export function validateTyped(type: FieldType, value: unknown): void {
  const { problems } = new Validation().run(type, value)
  if (problems.length > 0) throw new TypedValueError(problems.slice(0, MAX_PROBLEMS))
}

class Validation {
  readonly problems: TypedProblem[] = []
  /** The steps to where the walk is; a path is put together only for what is wrong. */
  readonly #path: PathElement[] = []

  run(type: FieldType, value: unknown): this {
    this.#walk(type, value)
    return this
  }

  /** Null is a value of every type. */
  #walk(declared: FieldType, value: unknown): void {
    if (value === null || this.problems.length >= MAX_PROBLEMS) return
    const type = typeOf(declared, value)
    if (type.kind === 'map') this.#map(type, value)
    else if (type.kind === 'list') this.#list(type, value)
    else {
      const message = scalarProblem(type, value)
      if (message !== undefined) this.#refuse(message)
    }
  }

  #map(type: MapType, value: unknown): void {
    if (!isJSONObject(value)) {
      this.#refuse(`expected map, got &{${goText(value)}}`)
      return
    }
    for (const name of Object.keys(value)) {
      const member = memberOf(type, name)
      this.#path.push(member.element)
      if (member.type !== undefined) this.#walk(member.type, value[name])
      else this.#refuse('field not declared in schema')
      this.#path.pop()
      // The reference looks no further here either: one unknown field stands for all beside it.
      if (member.type === undefined) return
    }
  }

  #list(type: ListType, value: unknown): void {
    if (!Array.isArray(value)) {
      this.#refuse(`expected list, got &{${goText(value)}}`)
      return
    }
    const seen = new Set<PathElement>()
    for (const [index, item] of value.entries()) {
      const element = type.atomic ? `i:${index}` : this.#elementAt(type, item, index)
      if (element === undefined) return
      const { size } = seen
      if (seen.add(element).size === size) this.#refuse(`duplicate entries for key ${elementText(element)}`)
      this.#path.push(element)
      this.#walk(type.items, item)
      this.#path.pop()
    }
  }

  #elementAt(type: ListType, item: unknown, index: number): PathElement | undefined {
    try {
      return itemElement(type, item, index)
    } catch (err) {
      if (!(err instanceof TypedValueError)) throw err
      this.#refuse(err.message)
      return undefined
    }
  }

  #refuse(message: string): void {
    this.problems.push({ path: pathText(this.#path), message })
  }
}

function scalarProblem({ scalar }: ScalarType, value: unknown): string | undefined {
  const given = typeof value === 'bigint' ? 'number' : typeof value
  switch (scalar) {
    case 'string':
      return given === 'string' ? undefined : `expected string, got &value.valueUnstructured{Value:${goText(value)}}`
    case 'numeric':
      return given === 'number' ? undefined : `expected numeric (int or float), got ${goType(value)}`
    case 'boolean':
      return given === 'boolean' ? undefined : `expected boolean, got &{${goText(value)}}`
    default:
      return given === 'object' ? `expected any scalar, got &{${goText(value)}}` : undefined
  }
}

const MAX_SHOWN = 200

/** A value as messages about it show it; strangers' values are cut. */
function goText(value: unknown): string {
  return typeof value === 'object' ? goType(value) : String(value).slice(0, MAX_SHOWN)
}

function goType(value: unknown): string {
  if (Array.isArray(value)) return '[]interface {}'
  if (typeof value === 'object') return 'map[string]interface {}'
  return typeof value === 'boolean' ? 'bool' : typeof value === 'string' ? 'string' : 'int64'
}
