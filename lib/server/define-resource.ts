import { createHash } from 'node:crypto'
import { type Deprecation, requireNames } from '../endpoints/index.js'
import { messageOf } from '../meta/errors.js'
import type { FieldError } from '../meta/field/index.js'
import type { GroupVersionKind, KubeObject } from '../meta/types.js'
import { definitionName } from '../openapi/index.js'
import { type JSONSchema, type KindVersion, kindVersion } from '../runtime/index.js'
import { compileSchema, type StandardSchema } from '../runtime/schema/index.js'
import { describedSchema } from './described-schema.js'
import { checkResourceOptions } from './resource-option-checks.js'
import type { InferredResourceOptions, ObjectOf, ResourceOptions, VersionOptions } from './resource-options.js'

/** One version of a defined resource, ready to be served. */
export interface ResourceVersion {
  readonly kind: KindVersion
  /** The schema as documentation shows it. */
  readonly schema: JSONSchema
  readonly definitionName: string
  /** Whether `spec` and `status` are documented under names of their own. */
  readonly namedParts: boolean
  readonly deprecated: Deprecation | undefined
}

/** What {@link defineResource} makes; given to `apiserver({ resources })`. */
export interface ResourceDefinition<T extends KubeObject = KubeObject> {
  /** Never there: carries the type of the objects. */
  readonly objectType?: T
  readonly options: ResourceOptions
  readonly group: string
  readonly plural: string
  readonly singular: string
  /** In the order in which they were given. */
  readonly versions: readonly ResourceVersion[]
  readonly storageVersion: ResourceVersion
  readonly storageVersionHash: string
  /** Checks that come with the schema itself (a zod object's refinements), besides the schema's own. */
  readonly extraValidation: (object: KubeObject) => readonly FieldError[]
}

/**
 * Describes a kind and how it is served. What hooks and columns are given is a `T`; the schema of one version tells it where it is of
 * zod, or another library with Standard Schema.
 *
 * @throws TypeError for an option that there is not
 * @throws Error for names that cannot stand in a path, no or several storage versions, and a schema that is not structural
 * @example
 * ```ts
 * const flunders = defineResource({
 *   group: 'wardle.example.com', version: 'v1', kind: 'Flunder', plural: 'flunders', scope: 'Namespaced',
 *   schema: {
 *     type: 'object',
 *     properties: { spec: { type: 'object', properties: { reference: { type: 'string' } } } },
 *   },
 * })
 * ```
 */
export function defineResource<S extends StandardSchema>(
  options: InferredResourceOptions<S>,
): ResourceDefinition<ObjectOf<S>>
export function defineResource<T extends KubeObject = KubeObject>(options: ResourceOptions<T>): ResourceDefinition<T>
export function defineResource<T extends KubeObject = KubeObject>(options: ResourceOptions<T>): ResourceDefinition<T> {
  checkResourceOptions(options)
  const { group, kind, plural } = options
  const given: readonly VersionOptions[] = options.versions ?? [oneVersion(options)]
  requireNames({ group, kind, plural, versions: given.map(({ name }) => name) })
  const described = given.map((version) => describeVersion(options, version))
  const storage = storageIndex(given, kind)
  const { gvk } = described[storage]!.version.kind
  return {
    // What the callbacks are given is a T by construction: it came through the kind's schema and conversion.
    options: options as unknown as ResourceOptions,
    group,
    plural,
    singular: options.singular ?? kind.toLowerCase(),
    versions: described.map(({ version }) => version),
    storageVersion: described[storage]!.version,
    storageVersionHash: storageVersionHash(gvk),
    extraValidation: described[storage]!.validate,
  }
}

function oneVersion<T extends KubeObject>(options: ResourceOptions<T>): VersionOptions {
  return {
    name: options.version ?? '',
    ...(options.schema ? { schema: options.schema } : {}),
    ...(options.default ? { default: options.default } : {}),
  }
}

function describeVersion<T extends KubeObject>(
  options: ResourceOptions<T>,
  version: VersionOptions,
): { version: ResourceVersion; validate: (object: KubeObject) => readonly FieldError[] } {
  const gvk: GroupVersionKind = { group: options.group, version: version.name, kind: options.kind }
  const { schema, validate } = naming(`${options.kind} ${version.name}`, () => describedSchema(version.schema))
  const kind = kindVersion({
    gvk,
    schema: naming(`${options.kind} ${version.name}`, () => compileSchema(schema, { kind: options.kind })),
    typed: options.typed ?? false,
    ...(options.listKind ? { listKind: options.listKind } : {}),
    ...(version.default ? { applyDefaults: version.default } : {}),
    ...(version.toInternal ? { toInternal: version.toInternal } : {}),
    ...(version.fromInternal ? { fromInternal: version.fromInternal } : {}),
  })
  return {
    version: {
      kind,
      schema,
      definitionName: version.definitionName ?? definitionName(gvk),
      namedParts: version.definitionName !== undefined,
      deprecated: version.deprecated,
    },
    validate,
  }
}

/** Says whose schema it was that could not be used. */
function naming<R>(whose: string, make: () => R): R {
  try {
    return make()
  } catch (err) {
    throw new Error(`the schema of ${whose} cannot be used: ${messageOf(err)}`, { cause: err })
  }
}

/** As Kubernetes computes it: clients see from it whether two versions are one thing in the store. */
function storageVersionHash({ group, version, kind }: GroupVersionKind): string {
  return createHash('sha256').update(`${group}/${version}/${kind}`).digest().subarray(0, 8).toString('base64')
}

function storageIndex(versions: readonly VersionOptions[], kind: string): number {
  const marked = versions.flatMap((version, i) => (version.storage ? [i] : []))
  if (versions.length === 0) throw new Error(`${kind} has no version`)
  if (marked.length > 1) throw new Error(`${kind} has ${marked.length} storage versions; it must have one`)
  return marked[0] ?? 0
}
