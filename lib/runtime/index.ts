/** Runtime: kinds and their versions, conversion through an internal form, codecs, and objects between bytes and fields. */
export { encodeForStorage } from './encode.js'
export { type KindVersion, kindVersion } from './kind.js'
export { UnreadableValueError } from './parse-stored.js'
export type { ProtobufField, ProtobufMessage } from './protobuf/index.js'
export type { JSONSchema } from './schema/index.js'
export { compileSchema } from './schema/index.js'
export { Scheme } from './scheme.js'
export { StorageCodec, StoredObject } from './stored-object.js'
