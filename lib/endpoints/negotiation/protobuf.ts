import type { KindVersion } from '../../runtime/kind.js'
import { decodeProtobufObject } from '../../runtime/protobuf/index.js'
import { PROTOBUF, type Serializer } from './serializers.js'

/** Reads bodies of one kind that has a protobuf form. Answers are never chosen to be in it. */
export function protobufSerializer(kind: KindVersion): Serializer {
  const isOurs = (type: { readonly apiVersion?: unknown; readonly kind?: unknown }): boolean =>
    type.apiVersion === kind.apiVersion && type.kind === kind.gvk.kind
  return {
    mediaType: PROTOBUF,
    type: 'application',
    subtype: 'vnd.kubernetes.protobuf',
    streams: false,
    encode() {
      throw new Error('objects are not written in protobuf')
    },
    decode: (body, limits) => ({
      value: decodeProtobufObject(body, (type) => (isOurs(type) ? kind.protobuf : undefined), limits?.maxMembers),
      duplicates: [],
    }),
  }
}
