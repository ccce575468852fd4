import type { ParameterData } from '../parameter.js'
import type { Schema } from './schema.js'

const TYPES = new Map([
  ['bool', 'boolean'],
  ['int', 'integer'],
  ['int32', 'integer'],
  ['int64', 'integer'],
  ['float', 'number'],
  ['float32', 'number'],
  ['float64', 'number'],
])
const KNOWN = new Set(['string', 'boolean', 'integer', 'number', 'array', 'object', 'file'])

/** The type and the constraints of a parameter, in words that OpenAPI 2.0 and 3.1 share. */
export function parameterSchema(data: ParameterData): Schema {
  const single = singleSchema(data)
  if (!data.allowMultiple) return single
  return clean({
    type: 'array',
    items: single,
    minItems: data.minItems,
    maxItems: data.maxItems,
    uniqueItems: data.uniqueItems,
  })
}

function singleSchema(data: ParameterData): Schema {
  const type = typeOf(data.dataType)
  return clean({
    type,
    format: data.dataFormat,
    enum: data.possibleValues?.map((value) => typed(value, type)),
    default: data.defaultValue === undefined ? undefined : typed(data.defaultValue, type),
    pattern: data.pattern,
    minimum: data.minimum,
    maximum: data.maximum,
    minLength: data.minLength,
    maxLength: data.maxLength,
  })
}

/** Vendor extensions as members of what they extend; other names are left out. */
export function extensionsOf(extensions: ReadonlyMap<string, unknown> | undefined): Schema {
  return Object.fromEntries([...(extensions ?? [])].filter(([name]) => name.startsWith('x-')))
}

/** The members that are there. */
export function clean(members: Record<string, unknown>): Schema {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined && value !== ''))
}

function typeOf(dataType: string): string {
  const type = TYPES.get(dataType) ?? dataType
  return KNOWN.has(type) ? type : 'string'
}

// Defaults and possible values are texts; a document has them in their type.
function typed(text: string, type: string): unknown {
  if (type === 'boolean') return text === 'true'
  const number = Number(text)
  return (type === 'integer' || type === 'number') && text !== '' && !Number.isNaN(number) ? number : text
}
