import { isJSONObject } from '../../runtime/json/index.js'
import { type CompiledSchema, type JSONSchema, objectMetaSchema } from '../../runtime/schema/index.js'
import { fieldElement, type PathElement } from './path-element.js'

/** How a value is taken apart for ownership: what has fields of its own, what counts as one piece. */
export type FieldType = ScalarType | MapType | ListType | DeducedType

export interface ScalarType {
  readonly kind: 'scalar'
  /** `untyped` takes any scalar. */
  readonly scalar: 'string' | 'numeric' | 'boolean' | 'untyped'
}

/** A struct with declared fields, a map with entries of one type, or both. */
export interface MapType {
  readonly kind: 'map'
  readonly atomic: boolean
  readonly fields: ReadonlyMap<string, DeclaredField>
  /** The type of what `fields` does not name; undefined where nothing else may be. */
  readonly entries: FieldType | undefined
}

export interface DeclaredField {
  readonly element: PathElement
  readonly type: FieldType
}

export interface ListType {
  readonly kind: 'list'
  /** An atomic list is one piece; the others are sets (no keys), or maps by the keys of their items. */
  readonly atomic: boolean
  readonly keys: readonly string[]
  /** What a key is where an item does not say. */
  readonly keyDefaults: ReadonlyMap<string, unknown>
  readonly items: FieldType
}

/** Nothing is declared: objects are maps, lists are atomic, everything else is a scalar. */
export interface DeducedType {
  readonly kind: 'deduced'
}

export const DEDUCED: DeducedType = { kind: 'deduced' }
const UNTYPED: ScalarType = { kind: 'scalar', scalar: 'untyped' }
const DEDUCED_MAP: MapType = { kind: 'map', atomic: false, fields: new Map(), entries: DEDUCED }
const DEDUCED_LIST: ListType = { kind: 'list', atomic: true, keys: [], keyDefaults: new Map(), items: DEDUCED }

/** The type that a value has: its declared one, or what it looks like where nothing is declared. */
export function typeOf(type: FieldType, value: unknown): Exclude<FieldType, DeducedType> {
  if (type.kind !== 'deduced') return type
  if (Array.isArray(value)) return DEDUCED_LIST
  return isJSONObject(value) ? DEDUCED_MAP : UNTYPED
}

/** The type of a field or entry of a map, and the step to it; no type where nothing of this name may be. */
export function memberOf(map: MapType, name: string): { readonly element: PathElement; readonly type?: FieldType } {
  const declared = map.fields.get(name)
  if (declared) return declared
  return map.entries ? { element: fieldElement(name), type: map.entries } : { element: fieldElement(name) }
}

const compiled = new WeakMap<CompiledSchema, MapType>()

/** The type of a kind's objects; worked out once. */
export function fieldTypeOf(schema: CompiledSchema): MapType {
  let type = compiled.get(schema)
  if (type === undefined) {
    const root = compile(schema.schema)
    type = root.kind === 'map' ? root : DEDUCED_MAP
    compiled.set(schema, type)
  }
  return type
}

function compile(schema: JSONSchema): FieldType {
  if (schema['x-kubernetes-int-or-string'] === true) return UNTYPED
  switch (schema.type) {
    case 'object':
      return compileMap(schema)
    case 'array':
      return compileList(schema)
    case 'string':
      return { kind: 'scalar', scalar: 'string' }
    case 'integer':
    case 'number':
      return { kind: 'scalar', scalar: 'numeric' }
    case 'boolean':
      return { kind: 'scalar', scalar: 'boolean' }
    default:
      return DEDUCED
  }
}

const EMBEDDED: Readonly<Record<string, JSONSchema>> = {
  apiVersion: { type: 'string' },
  kind: { type: 'string' },
  metadata: objectMetaSchema,
}

function compileMap(schema: JSONSchema): MapType {
  const embedded = schema['x-kubernetes-embedded-resource'] === true
  const properties = Object.entries({ ...(embedded ? EMBEDDED : {}), ...schema.properties })
  const fields = properties.map(
    ([name, property]) => [name, { element: fieldElement(name), type: compile(property) }] as const,
  )
  return {
    kind: 'map',
    atomic: schema['x-kubernetes-map-type'] === 'atomic',
    fields: new Map(fields),
    entries: entriesOf(schema, properties.length > 0),
  }
}

function entriesOf(schema: JSONSchema, declaresFields: boolean): FieldType | undefined {
  const { additionalProperties } = schema
  if (typeof additionalProperties === 'object') return compile(additionalProperties)
  const open = additionalProperties === true || schema['x-kubernetes-preserve-unknown-fields'] === true
  return open || !declaresFields ? DEDUCED : undefined
}

function compileList(schema: JSONSchema): ListType {
  const keys = keysOf(schema)
  const items = schema.items ?? {}
  const defaults = (keys ?? []).flatMap((key) => {
    const value = Object.hasOwn(items.properties ?? {}, key) ? items.properties?.[key]?.default : undefined
    return value === undefined ? [] : [[key, value] as const]
  })
  return {
    kind: 'list',
    atomic: keys === undefined,
    keys: keys ?? [],
    keyDefaults: new Map(defaults),
    items: compile(items),
  }
}

/**
 * The keys of a list's items, none for a set, undefined for an atomic list: which lists are without a word. Where no list
 * type is said the hints of strategic merge patch say it.
 */
function keysOf(schema: JSONSchema): readonly string[] | undefined {
  const type = schema['x-kubernetes-list-type']
  if (type === 'map') return schema['x-kubernetes-list-map-keys'] ?? []
  if (type === 'set') return []
  if (type === 'atomic') return undefined
  const strategies = schema['x-kubernetes-patch-strategy']?.split(',') ?? []
  if (!strategies.includes('merge')) return undefined
  const key = schema['x-kubernetes-patch-merge-key']
  return key === undefined ? [] : [key]
}
