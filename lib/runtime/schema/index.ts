/** Structural schemas, compiled once: pruning, decoding into types, defaulting, `omitempty`, validation, merge hints. */
export { UnmarshalTypeError } from './coerce.js'
export { type CompiledSchema, compileSchema, SchemaError } from './compile.js'
export { objectMetaSchema } from './object-meta.js'
export { PatternError, PatternMatcher } from './pattern/index.js'
export { fromStandardSchema, type InferOutput, isStandardSchema, type StandardSchema } from './standard-schema.js'
export type { JSONSchema } from './types.js'
