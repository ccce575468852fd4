/** Runtime: kinds and their versions, conversion through an internal form, codecs, and objects between bytes and fields. */
export { encodeForStorage, withResourceVersion } from './encode.js'
export { type KindVersion, type KindVersionOptions, kindVersion } from './kind.js'
export { UnreadableValueError } from './parse-stored.js'
export type { ProtobufField, ProtobufMessage, ProtobufType } from './protobuf/index.js'
export type { CompiledSchema, JSONSchema } from './schema/index.js'
export { compileSchema, SchemaError } from './schema/index.js'
export { Scheme } from './scheme.js'
export { StorageCodec, StoredObject } from './stored-object.js'
