import { isJSONObject } from '../../runtime/json/index.js'
import { type FieldType, type ListType, type MapType, memberOf, type ScalarType, typeOf } from './field-type.js'
import { itemElement } from './list-items.js'
import { elementText, type PathElement } from './path-element.js'
import { type TypedProblem, TypedValueError } from './typed-error.js'

/** As many problems are named at most. */
const MAX_PROBLEMS = 100

/**
 * Checks that a configuration has the shape of its type: no unknown field, no item twice in a set or a list by keys.
 *
 * @throws TypedValueError
 */
export function validateTyped(type: FieldType, value: unknown): void {
  const problems: TypedProblem[] = []
  walk(type, value, '', problems)
  if (problems.length > 0) throw new TypedValueError(problems.slice(0, MAX_PROBLEMS))
}

/** Null is a value of every type. */
function walk(declared: FieldType, value: unknown, path: string, problems: TypedProblem[]): void {
  if (value === null || problems.length >= MAX_PROBLEMS) return
  const type = typeOf(declared, value)
  if (type.kind === 'scalar') checkScalar(type, value, path, problems)
  else if (type.kind === 'map') walkMap(type, value, path, problems)
  else walkList(type, value, path, problems)
}

function checkScalar(type: ScalarType, value: unknown, path: string, problems: TypedProblem[]): void {
  const message = scalarProblem(type, value)
  if (message !== undefined) problems.push({ path, message })
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

function walkMap(type: MapType, value: unknown, path: string, problems: TypedProblem[]): void {
  if (!isJSONObject(value)) {
    problems.push({ path, message: `expected map, got &{${goText(value)}}` })
    return
  }
  for (const name of Object.keys(value)) {
    const member = memberOf(type, name)
    const at = path + elementText(member.element)
    if (member.type !== undefined) walk(member.type, value[name], at, problems)
    else {
      problems.push({ path: at, message: 'field not declared in schema' })
      // The reference looks no further here either: one unknown field stands for all beside it.
      return
    }
  }
}

function walkList(type: ListType, value: unknown, path: string, problems: TypedProblem[]): void {
  if (!Array.isArray(value)) {
    problems.push({ path, message: `expected list, got &{${goText(value)}}` })
    return
  }
  const seen = new Set<PathElement>()
  for (const [index, item] of value.entries()) {
    const element = type.atomic ? `i:${index}` : elementAt(type, item, index, path, problems)
    if (element === undefined) return
    if (seen.has(element)) problems.push({ path, message: `duplicate entries for key ${elementText(element)}` })
    seen.add(element)
    walk(type.items, item, path + elementText(element), problems)
  }
}

function elementAt(
  type: ListType,
  item: unknown,
  index: number,
  path: string,
  problems: TypedProblem[],
): PathElement | undefined {
  try {
    return itemElement(type, item, index)
  } catch (err) {
    if (!(err instanceof TypedValueError)) throw err
    problems.push({ path, message: err.message })
    return undefined
  }
}
