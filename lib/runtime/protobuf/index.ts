/** The protobuf form in which Kubernetes' own clients write objects of kinds that are compiled into them. */
export { decodeProtobufObject } from './decode.js'
export type { ProtobufField, ProtobufMessage, ProtobufType } from './message.js'
export { ProtobufError } from './reader.js'
