import type { JSONSchema } from './types.js'

/** The schema of any value. */
export const ANYTHING: JSONSchema = { 'x-kubernetes-preserve-unknown-fields': true }

/** The smallest structural schema that admits whatever one of the given ones does. */
export function unionOf(parts: readonly JSONSchema[]): JSONSchema {
  const [first] = parts
  if (first === undefined) return ANYTHING
  if (parts.length === 1) return first
  const nullable = parts.some((part) => part.nullable === true) ? { nullable: true } : {}
  const types = new Set(parts.map((part) => part.type))
  if (types.size === 1 && first.type !== undefined) return { ...unionOfType(first.type, parts), ...nullable }
  if (types.size === 2 && types.has('integer') && types.has('string')) {
    return { 'x-kubernetes-int-or-string': true, ...nullable }
  }
  if (types.size === 2 && types.has('integer') && types.has('number')) return { type: 'number', ...nullable }
  return { ...ANYTHING, ...nullable }
}

function unionOfType(type: NonNullable<JSONSchema['type']>, parts: readonly JSONSchema[]): JSONSchema {
  if (type === 'object') return unionOfObjects(parts)
  if (type === 'array') return { type, items: unionOf(parts.map((part) => part.items ?? ANYTHING)) }
  const values = parts.flatMap((part) => part.enum ?? [])
  return parts.every((part) => part.enum !== undefined) ? { type, enum: [...new Set(values)] } : { type }
}

function unionOfObjects(parts: readonly JSONSchema[]): JSONSchema {
  const maps = parts.flatMap((part) =>
    typeof part.additionalProperties === 'object' ? [part.additionalProperties] : [],
  )
  if (maps.length === parts.length) return { type: 'object', additionalProperties: unionOf(maps) }
  const names = new Set(parts.flatMap((part) => Object.keys(part.properties ?? {})))
  const properties = [...names].map((name) => [name, unionOf(declarationsOf(name, parts))])
  const required = [...names].filter((name) => parts.every((part) => part.required?.includes(name) === true))
  const open = maps.length > 0 || parts.some((part) => part['x-kubernetes-preserve-unknown-fields'] === true)
  return {
    type: 'object',
    ...(names.size > 0 && { properties: Object.fromEntries(properties) }),
    ...(required.length > 0 && { required }),
    ...(open && ANYTHING),
  }
}

/** A structural schema for values that all of the given ones admit; rules that contradict each other: the last counts. */
export function intersectionOf(parts: readonly JSONSchema[]): JSONSchema {
  const specific = parts.filter((part) => part.type !== undefined || part['x-kubernetes-int-or-string'] === true)
  if (specific.length === 0) return Object.assign({}, ...parts) as JSONSchema
  const merged = Object.assign({}, ...specific) as JSONSchema
  if (merged.type !== 'object') return merged
  const names = new Set(specific.flatMap((part) => Object.keys(part.properties ?? {})))
  const properties = [...names].map((name) => [name, intersectionOf(declarationsOf(name, specific))])
  const required = [...new Set(specific.flatMap((part) => part.required ?? []))]
  return {
    ...merged,
    ...(names.size > 0 && { properties: Object.fromEntries(properties) }),
    ...(required.length > 0 && { required }),
  }
}

function declarationsOf(name: string, parts: readonly JSONSchema[]): JSONSchema[] {
  return parts.flatMap((part) => {
    const property = Object.hasOwn(part.properties ?? {}, name) ? part.properties?.[name] : undefined
    return property === undefined ? [] : [property]
  })
}
