/** Structural schemas, compiled once: pruning, decoding into types, defaulting, `omitempty`, validation, merge hints. */
export { UnmarshalTypeError } from './coerce.js'
export { type CompiledSchema, type CompileOptions, compileSchema, SchemaError } from './compile.js'
export { parseDateTime } from './formats.js'
export { managedFieldsEntrySchema, objectMetaSchema, ownerReferenceSchema } from './object-meta.js'
export { PatternError, PatternMatcher } from './pattern/index.js'
export {
  fromStandardSchema,
  type ImportedSchema,
  type InferOutput,
  isStandardSchema,
  type StandardSchema,
} from './standard-schema.js'
export { structuralErrors } from './structural.js'
export type { JSONSchema } from './types.js'
