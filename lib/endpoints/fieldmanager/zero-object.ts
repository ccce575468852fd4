import type { KubeObject } from '../../meta/types.js'
import { setOwnProperty } from '../../runtime/json/index.js'
import type { KindVersion } from '../../runtime/kind.js'
import type { JSONSchema } from '../../runtime/schema/index.js'

/**
 * What a new object is compared with: nothing but its type. Built-in types hold their structs by value, so those are there
 * before anybody says so and belong to nobody.
 */
export function zeroObject(kind: KindVersion): KubeObject {
  const zero = kind.typed ? zeroStruct(kind.schema.schema) : {}
  return { ...zero, apiVersion: kind.apiVersion, kind: kind.gvk.kind, metadata: {} }
}

function zeroStruct(schema: JSONSchema): Record<string, unknown> {
  const struct: Record<string, unknown> = {}
  for (const [name, property] of Object.entries(schema.properties ?? {}))
    if (isHeldByValue(property)) setOwnProperty(struct, name, zeroStruct(property))
  return struct
}

const isHeldByValue = ({ type, default: fallback, additionalProperties }: JSONSchema): boolean =>
  type === 'object' && fallback !== undefined && additionalProperties === undefined
