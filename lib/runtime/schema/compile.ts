import {
  type FieldError,
  FieldErrors,
  type FieldPath,
  fieldErrorBody,
  fieldPath,
  invalid,
} from '../../meta/field/index.js'
import { deepCopy, MAX_PROBLEMS } from '../json/index.js'
import { coerce } from './coerce.js'
import { asResource, NodeCompiler } from './compile-node.js'
import { applyDefaults } from './defaults.js'
import { ErrorSink } from './error-sink.js'
import { FieldTrail } from './field-trail.js'
import type { SchemaNode } from './node.js'
import { omitEmpty } from './omit-empty.js'
import { prune } from './prune.js'
import { schemaAt } from './schema-at.js'
import { structuralErrors } from './structural.js'
import type { JSONSchema } from './types.js'
import { validateNode } from './validate.js'

export interface CompileOptions {
  /** Whether values are API objects, which have apiVersion, kind and metadata without the schema saying so. Default true. */
  readonly resource?: boolean
  /** Names the type in decoding errors, e.g. `Flunder`. */
  readonly kind?: string
  /** Where the schema stands, for errors about it. Default `schema`. */
  readonly path?: FieldPath
}

/** A schema ready for use. Every method walks as deep as the schema is, not as deep as the value. */
export interface CompiledSchema {
  /** The schema as compiled: with apiVersion, kind and metadata if it is one of an API object. */
  readonly schema: JSONSchema

  /**
   * Checks and adjusts types as Go's JSON decoder does, in place: see {@link coerce}. For kinds that are served as
   * built-in types are; custom resources leave types to {@link validate}.
   *
   * @returns the value; `{}` for null
   * @throws {@link UnmarshalTypeError}
   */
  coerce(value: unknown): unknown

  /**
   * {@link coerce} for apiVersion, kind and metadata alone, which custom resources share with built-in types.
   *
   * @throws {@link UnmarshalTypeError}
   */
  coerceMetadata(value: unknown): unknown

  /** Removes unknown fields in place. @returns their paths (`spec.foo`) in the document's order, at most 100 */
  prune(value: unknown): string[]

  /** Fills in missing fields that have a default, in place. */
  applyDefaults(value: unknown): void

  /** Drops empty optional fields in place, as Go's `omitempty` does: see {@link omitEmpty}. */
  omitEmpty(value: unknown): void

  /** @returns what the schema forbids, at most 100 errors; empty for a valid value */
  validate(value: unknown): FieldError[]

  /** The schema of a field, with its merge hints; undefined where the schema says nothing. A number stands for an item. */
  schemaAt(path: readonly (string | number)[]): JSONSchema | undefined
}

/** A schema that cannot be compiled; `errors` name the places inside it. */
export class SchemaError extends FieldErrors {}

/**
 * Prepares a structural schema.
 *
 * @throws {@link SchemaError} for a schema that is not structural, a pattern that is no RE2, or a default that the
 * schema itself refuses.
 * @example
 * ```ts
 * const schema = compileSchema({
 *   type: 'object',
 *   properties: { spec: { type: 'object', properties: { replicas: { type: 'integer', minimum: 1 } } } },
 * })
 * schema.validate({ spec: { replicas: 0 } }).map(fieldErrorText)
 * // spec.replicas: Invalid value: 0: spec.replicas in body should be greater than or equal to 1
 * ```
 */
export function compileSchema(given: JSONSchema, options: CompileOptions = {}): CompiledSchema {
  const { resource = true, kind = 'object', path = fieldPath('schema') } = options
  const errors = structuralErrors(given, path)
  if (resource && given.type !== 'object')
    errors.push(invalid(path.child('type'), given.type ?? '', 'must be object at the root'))
  if (errors.length > 0) throw new SchemaError(errors)
  const schema = resource ? asResource(given) : given
  const compiler = new NodeCompiler()
  const root = compiler.compile(schema, path)
  const typeMeta = compiler.compile(asResource({ type: 'object' }), path)
  if (compiler.errors.length === 0) checkDefaults(root, path, compiler.errors)
  if (compiler.errors.length > 0) throw new SchemaError(compiler.errors)
  return {
    schema,
    coerce: (value) => coerce(root, value, kind),
    coerceMetadata: (value) => coerce(typeMeta, value, kind),
    prune: (value) => prune(root, value),
    applyDefaults: (value) => applyDefaults(root, value),
    omitEmpty: (value) => omitEmpty(root, value),
    validate: (value) => validate(root, value),
    schemaAt: (at) => schemaAt(root, at),
  }
}

function validate(root: SchemaNode, value: unknown): FieldError[] {
  const sink = new ErrorSink(MAX_PROBLEMS)
  validateNode(root, value, new FieldTrail(), sink)
  return sink.errors
}

/** A default must be what the schema would leave as it is. */
function checkDefaults(node: SchemaNode, path: FieldPath, errors: FieldError[]): void {
  if (!node.defaultsInside) return
  if (node.schema.default !== undefined) {
    const value = deepCopy(node.schema.default)
    applyDefaults(node, value)
    const at = path.child('default')
    for (const unknown of prune(node, value))
      errors.push(invalid(at, node.schema.default, `unknown field "${unknown}"`))
    for (const error of validate(node, value)) errors.push(invalid(at, node.schema.default, fieldErrorBody(error)))
  }
  for (const [name, member] of node.properties) checkDefaults(member, path.child('properties').key(name), errors)
  if (node.additional !== undefined) checkDefaults(node.additional, path.child('additionalProperties'), errors)
  if (node.items !== undefined) checkDefaults(node.items, path.child('items'), errors)
}
