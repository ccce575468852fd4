import type { GroupVersionKind } from '../meta/types.js'
import type { JSONSchema } from '../runtime/schema/types.js'
import { coreKinds, kindsOfEveryGroup, metaDefinitions } from './meta-definitions.js'
import { metaName, metaPrefix } from './meta-names.js'
import { apiVersionDescription, kindDescription } from './schema-parts.js'
import { refsOf } from './schema-walk.js'

/** A schema under its name. A reference inside is the bare name of another definition: `{ $ref: 'com.example.v1.Foo' }`. */
export interface Definition {
  readonly name: string
  readonly schema: JSONSchema
  readonly groupVersionKinds: readonly GroupVersionKind[]
}

/** A kind as its owner describes it. */
export interface KindDefinition {
  readonly gvk: GroupVersionKind
  /** The definition name. Default: the reversed group, version and kind, as CustomResourceDefinitions are named. */
  readonly name?: string
  /** The kind's schema. `apiVersion`, `kind` and `metadata` are added; a description of theirs is kept. */
  readonly schema: JSONSchema
  /** Schemas that `schema` refers to with `{ $ref: name }`, by definition name. */
  readonly definitions?: Readonly<Record<string, JSONSchema>>
  /** The kind of the list. Default: the kind followed by `List`. */
  readonly listKind?: string
}

/** The names under which a kind was registered: what its routes read and write. */
export interface KindNames {
  readonly name: string
  readonly listName: string
}

/**
 * The definition name of a kind: the group reversed, then version and kind, e.g. `com.example.wardle.v1alpha1.Flunder`.
 * Core kinds stand under `io.k8s.api.core`.
 */
export function definitionName(gvk: GroupVersionKind): string {
  const prefix = gvk.group === '' ? 'io.k8s.api.core' : gvk.group.split('.').reverse().join('.')
  return `${prefix}.${gvk.version}.${gvk.kind}`
}

/**
 * All schemas of a server by name, those of meta/v1 included.
 *
 * @example
 * ```ts
 * const definitions = new OpenAPIDefinitions()
 * const { name, listName } = definitions.addKind({
 *   gvk: { group: 'wardle.example.com', version: 'v1alpha1', kind: 'Flunder' },
 *   schema: { type: 'object', properties: { spec: { $ref: 'com.example.wardle.v1alpha1.FlunderSpec', default: {} } } },
 *   definitions: { 'com.example.wardle.v1alpha1.FlunderSpec': { type: 'object' } },
 * })
 * ```
 */
export class OpenAPIDefinitions {
  readonly #schemas = new Map<string, JSONSchema>(metaDefinitions())
  readonly #kinds = new Map<string, GroupVersionKind[]>()
  readonly #groupVersions = new Map<string, { group: string; version: string }>([['/v1', { group: '', version: 'v1' }]])

  /**
   * Puts a schema under a name. The same schema may be given again.
   *
   * @throws {Error} if another schema stands under that name, or the schema nests too deep
   */
  define(name: string, schema: JSONSchema): this {
    refsOf(schema)
    const before = this.#schemas.get(name)
    if (before !== undefined && JSON.stringify(before) !== JSON.stringify(schema)) {
      throw new Error(`two different schemas are defined as ${name}`)
    }
    this.#schemas.set(name, schema)
    return this
  }

  /**
   * Registers a kind, the definitions beside it, and the kind of its list.
   *
   * @throws {Error} if another schema stands under one of the names
   */
  addKind(kind: KindDefinition): KindNames {
    const { gvk } = kind
    const name = kind.name ?? definitionName(gvk)
    const listKind = kind.listKind ?? `${gvk.kind}List`
    const listName = name.endsWith(gvk.kind) ? name.slice(0, -gvk.kind.length) + listKind : `${name}List`
    for (const [nested, schema] of Object.entries(kind.definitions ?? {})) this.define(nested, schema)
    this.define(name, kindSchema(kind.schema)).#mark(name, gvk)
    this.define(listName, listSchema(gvk.kind, listKind, name)).#mark(listName, { ...gvk, kind: listKind })
    this.addGroupVersion(gvk.group, gvk.version)
    return { name, listName }
  }

  /** Says that a group version is served: kinds such as DeleteOptions belong to each of them. */
  addGroupVersion(group: string, version: string): this {
    this.#groupVersions.set(`${group}/${version}`, { group, version })
    return this
  }

  has(name: string): boolean {
    return this.#schemas.has(name)
  }

  get(name: string): Definition | undefined {
    const schema = this.#schemas.get(name)
    return schema && { name, schema, groupVersionKinds: this.#groupVersionKinds(name) }
  }

  /**
   * The definitions with these names and all that they refer to, sorted by name.
   *
   * @throws {Error} if a name is not defined
   */
  reachableFrom(names: Iterable<string>): Definition[] {
    const found = new Map<string, Definition>()
    const open = [...names].map((name) => ({ name, from: 'a route' }))
    for (let next = open.pop(); next; next = open.pop()) {
      if (found.has(next.name)) continue
      const definition = this.get(next.name)
      if (!definition) throw new Error(`${next.from} refers to ${next.name}, which is not defined`)
      found.set(next.name, definition)
      for (const name of refsOf(definition.schema)) open.push({ name, from: definition.name })
    }
    return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  #mark(name: string, gvk: GroupVersionKind): void {
    const kinds = this.#kinds.get(name) ?? []
    const known = kinds.some((k) => k.group === gvk.group && k.version === gvk.version && k.kind === gvk.kind)
    if (!known) this.#kinds.set(name, [...kinds, gvk])
  }

  #groupVersionKinds(name: string): readonly GroupVersionKind[] {
    const kind = name.slice(metaPrefix.length)
    if (kindsOfEveryGroup.has(name)) {
      const keys = [...this.#groupVersions.keys()].sort()
      return keys.map((key) => ({ ...this.#groupVersions.get(key)!, kind }))
    }
    return coreKinds.has(name) ? [{ group: '', version: 'v1', kind }] : (this.#kinds.get(name) ?? [])
  }
}

function typeMeta(given: JSONSchema['properties']): Record<string, JSONSchema> {
  return {
    apiVersion: { description: given?.apiVersion?.description ?? apiVersionDescription, type: 'string' },
    kind: { description: given?.kind?.description ?? kindDescription, type: 'string' },
  }
}

function metadata(type: 'ObjectMeta' | 'ListMeta', description?: string): JSONSchema {
  return { ...(description === undefined ? {} : { description }), $ref: metaName(type), default: {} }
}

/** What a kind is documented with: its own schema, and the type and metadata that every object has. */
function kindSchema(schema: JSONSchema): JSONSchema {
  const { properties } = schema
  const common = { ...typeMeta(properties), metadata: metadata('ObjectMeta', properties?.metadata?.description) }
  return { ...schema, type: 'object', properties: { ...properties, ...common } }
}

function listSchema(kind: string, listKind: string, name: string): JSONSchema {
  return {
    description: `${listKind} is a list of ${kind} objects.`,
    type: 'object',
    required: ['items'],
    properties: {
      ...typeMeta(undefined),
      items: { type: 'array', items: { $ref: name, default: {} } },
      metadata: metadata('ListMeta'),
    },
  }
}
