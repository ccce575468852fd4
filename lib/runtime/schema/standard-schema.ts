import { type FieldError, type FieldPath, fieldPath, invalid, required } from '../../meta/field/index.js'
import { isJSONObject, MAX_PROBLEMS, ownProperty } from '../json/index.js'
import { structuralFrom } from './structural-from.js'
import type { JSONSchema } from './types.js'

/**
 * What a schema library must offer to be used here: Standard Schema and Standard JSON Schema, as zod 4 does.
 *
 * @see https://standardschema.dev/json-schema
 */
export interface StandardSchema {
  readonly '~standard': {
    readonly vendor: string
    readonly validate: (value: unknown) => StandardResult | Promise<StandardResult>
    readonly jsonSchema: {
      readonly input: (options: { readonly target: string }) => Record<string, unknown>
    }
    /** Never there: what the schema takes and makes, for TypeScript alone. */
    readonly types?: { readonly input: unknown; readonly output: unknown } | undefined
  }
}

/** The type that a schema describes, its defaults filled in (`StandardSchemaV1.InferOutput`). */
export type InferOutput<S extends StandardSchema> = NonNullable<S['~standard']['types']>['output']

interface StandardResult {
  readonly issues?: readonly StandardIssue[] | undefined
}

interface StandardIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** A schema library's schema in Kubernetes' terms. */
export interface ImportedSchema {
  /** Structural, with everything that OpenAPI can say. */
  readonly schema: JSONSchema
  /**
   * Runs the library's own validation, which knows refinements that no JSON Schema can express. To be asked for values
   * that `schema` finds valid: it would say the same about others, in other words.
   *
   * @throws TypeError if the schema validates asynchronously
   */
  validate(value: unknown): FieldError[]
}

/** Whether a value is a schema object of a library that speaks Standard JSON Schema. */
export function isStandardSchema(value: unknown): value is StandardSchema {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false
  const standard = (value as { readonly '~standard'?: unknown })['~standard'] as StandardSchema['~standard'] | undefined
  return typeof standard?.validate === 'function' && typeof standard.jsonSchema?.input === 'function'
}

/**
 * Takes a schema of zod (v4) or any other library with Standard JSON Schema.
 *
 * @throws TypeError for a library without Standard JSON Schema, Error for what has no JSON Schema at all (`z.set()`)
 * @example
 * ```ts
 * const { schema, validate } = fromStandardSchema(z.object({ spec: z.object({ replicas: z.int().min(1) }) }))
 * const compiled = compileSchema(schema)
 * ```
 */
export function fromStandardSchema(library: { readonly '~standard': object }): ImportedSchema {
  if (!isStandardSchema(library)) throw new TypeError('the schema offers no JSON Schema (~standard.jsonSchema)')
  const schema = structuralFrom(documentOf(library))
  return { schema, validate: (value) => validateWith(library, schema, value) }
}

function documentOf(library: StandardSchema): Record<string, unknown> {
  const { jsonSchema } = library['~standard']
  try {
    return jsonSchema.input({ target: 'openapi-3.0' })
  } catch {
    // Libraries need not know OpenAPI; if the schema itself is at fault, this throws the same again.
    return jsonSchema.input({ target: 'draft-2020-12' })
  }
}

function validateWith(library: StandardSchema, schema: JSONSchema, value: unknown): FieldError[] {
  const result = library['~standard'].validate(withoutTypeMeta(schema, value))
  if (result instanceof Promise) throw new TypeError('schemas that validate asynchronously are not supported')
  return (result.issues ?? []).slice(0, MAX_PROBLEMS).map((issue) => fieldErrorOf(issue, value))
}

/** What every object has must not surprise a schema that does not mention it and refuses what it does not know. */
function withoutTypeMeta(schema: JSONSchema, value: unknown): unknown {
  if (!isJSONObject(value)) return value
  const object = { ...value }
  for (const field of ['apiVersion', 'kind', 'metadata']) {
    if (!Object.hasOwn(schema.properties ?? {}, field)) delete object[field]
  }
  return object
}

function fieldErrorOf(issue: StandardIssue, root: unknown): FieldError {
  let path: FieldPath | undefined
  let value: unknown = root
  for (const segment of issue.path ?? []) {
    const key = typeof segment === 'object' ? segment.key : segment
    path = typeof key === 'number' && path !== undefined ? path.index(key) : child(path, String(key))
    if (Array.isArray(value)) value = value[Number(key)]
    else value = isJSONObject(value) ? ownProperty(value, String(key)) : undefined
  }
  return value === undefined ? required(path, issue.message) : invalid(path, value, issue.message)
}

function child(path: FieldPath | undefined, name: string): FieldPath {
  return path === undefined ? fieldPath(name) : path.child(name)
}
