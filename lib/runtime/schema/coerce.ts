import { isJSONObject, setOwnProperty } from '../json/index.js'
import { FieldTrail } from './field-trail.js'
import { hasFormat, parseDateTime } from './formats.js'
import type { SchemaNode } from './node.js'

/** A value of another JSON type than the schema's: what makes a body undecodable in Go, hence 400 and not 422. */
export class UnmarshalTypeError extends Error {
  override readonly name = 'UnmarshalTypeError'
  /** @param field path of the value, `''` for the whole body */
  constructor(
    message: string,
    readonly field: string,
  ) {
    super(message)
  }
}

/**
 * Decodes a value into the schema's types as Go decodes JSON into structs, in place: wrong types are refused, null is
 * an absent field (in lists and maps the zero value of their type), times become UTC in whole seconds (with
 * `x-go-type: MicroTime`, microseconds).
 *
 * @param kind names the type in messages
 * @returns the value; another one than given only at the root, where null becomes `{}`
 * @throws {@link UnmarshalTypeError}
 */
export function coerce(node: SchemaNode, value: unknown, kind: string): unknown {
  if (value === null) return zeroValue(node)
  return new Coercion(kind).value(node, value)
}

class Coercion {
  readonly #trail = new FieldTrail()

  constructor(readonly kind: string) {}

  value(node: SchemaNode, value: unknown): unknown {
    switch (node.type) {
      case 'any':
        return isJSONObject(value) ? this.#object(node, value) : value
      case 'object':
        return isJSONObject(value) ? this.#object(node, value) : this.#refuse(node, value)
      case 'array':
        return Array.isArray(value) ? this.#list(node, value) : this.#refuse(node, value)
      case 'string':
        return typeof value === 'string' ? this.#string(node, value) : this.#refuse(node, value)
      case 'boolean':
        return typeof value === 'boolean' ? value : this.#refuse(node, value)
      case 'number':
        return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : this.#refuse(node, value)
      case 'integer':
        return isInteger(value, node.schema.format) ? value : this.#refuse(node, value)
      case 'int-or-string':
        return typeof value === 'string' || isInteger(value, 'int32') ? value : this.#refuse(node, value)
    }
  }

  #object(node: SchemaNode, object: Record<string, unknown>): unknown {
    for (const key of Object.keys(object)) {
      const field = node.properties.get(key)
      const member = field ?? node.additional
      if (member === undefined) continue
      const value = object[key]
      if (value === null && (member.nullable || member.type === 'any')) continue
      if (value === null && field !== undefined) {
        delete object[key]
        continue
      }
      this.#trail.enter(key)
      const coerced = value === null ? zeroValue(member) : this.value(member, value)
      if (coerced !== value) setOwnProperty(object, key, coerced)
      this.#trail.leave()
    }
    return object
  }

  #list(node: SchemaNode, list: unknown[]): unknown {
    const { items } = node
    if (items === undefined) return list
    for (let index = 0; index < list.length; index++) {
      const item = list[index]
      if (item === null && items.nullable) continue
      this.#trail.enter(index)
      list[index] = item === null ? zeroValue(items) : this.value(items, item)
      this.#trail.leave()
    }
    return list
  }

  #string(node: SchemaNode, text: string): string {
    const { format } = node.schema
    if (format === 'date-time') return this.#time(text, node.schema['x-go-type'] === 'MicroTime')
    if (format === 'byte' && !hasFormat('byte', text)) {
      throw new UnmarshalTypeError('illegal base64 data', this.#trail.toString())
    }
    return text
  }

  #time(text: string, micro: boolean): string {
    const time = parseDateTime(text)
    if (time === undefined) {
      const layout = micro ? '2006-01-02T15:04:05.000000Z07:00' : '2006-01-02T15:04:05Z07:00'
      const shown = JSON.stringify(text.slice(0, 64))
      const message = `parsing time ${shown} as "${layout}": cannot parse ${shown} as a time`
      throw new UnmarshalTypeError(message, this.#trail.toString())
    }
    const seconds = new Date(time.seconds).toISOString().slice(0, -5)
    return micro ? `${seconds}.${time.fraction.slice(0, 6).padEnd(6, '0')}Z` : `${seconds}Z`
  }

  #refuse(node: SchemaNode, value: unknown): never {
    const path = this.#trail.toString()
    const place =
      path === '' ? `Go value of type ${this.kind}` : `Go struct field ${this.kind}.${path} of type ${goType(node)}`
    throw new UnmarshalTypeError(`json: cannot unmarshal ${jsonType(node, value)} into ${place}`, path)
  }
}

function zeroValue(node: SchemaNode): unknown {
  switch (node.type) {
    case 'object':
      return {}
    case 'array':
      return []
    case 'string':
      return ''
    case 'boolean':
      return false
    case 'any':
      return null
    default:
      return 0
  }
}

function isInteger(value: unknown, format: string | undefined): boolean {
  if (typeof value === 'bigint') return hasFormat(format ?? 'int64', value)
  // A number that is integral but unsafe lies beyond int64, or was written as a float too large for one.
  return Number.isInteger(value) && Math.abs(value as number) < 2 ** 63 && hasFormat(format ?? 'int64', value)
}

function jsonType(node: SchemaNode, value: unknown): string {
  if (Array.isArray(value)) return 'array'
  switch (typeof value) {
    case 'boolean':
      return 'bool'
    case 'number':
    case 'bigint':
      return node.type === 'integer' ? `number ${value}` : 'number'
    default:
      return typeof value
  }
}

function goType(node: SchemaNode): string {
  switch (node.type) {
    case 'object':
      return node.additional === undefined ? 'struct' : `map[string]${goType(node.additional)}`
    case 'array':
      return node.items === undefined ? '[]interface {}' : `[]${goType(node.items)}`
    case 'boolean':
      return 'bool'
    case 'number':
      return 'float64'
    case 'integer':
      return node.schema.format === 'int32' ? 'int32' : 'int64'
    case 'int-or-string':
      return 'intstr.IntOrString'
    case 'any':
      return 'interface {}'
    default:
      return node.type
  }
}
