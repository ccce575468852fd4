import { decodeJSON, encodeJSON, prettyJSON } from '../../runtime/json/index.js'
import { decodeYAML, encodeYAML } from '../../runtime/yaml/index.js'

/** What a body said, and which keys it said twice. */
export interface DecodedBody {
  readonly value: unknown
  readonly duplicates: readonly string[]
}

/** A media type that the API reads and writes. */
export interface Serializer {
  readonly mediaType: string
  readonly type: string
  readonly subtype: string
  /** Whether events of a watch can be framed in it. */
  readonly streams: boolean
  encode(value: unknown, pretty: boolean): Buffer
  /** @throws Error naming what cannot be read. */
  decode(body: Buffer): DecodedBody
}

const NEWLINE = Buffer.from('\n')

export const jsonSerializer: Serializer = {
  mediaType: 'application/json',
  type: 'application',
  subtype: 'json',
  streams: true,
  encode: (value, pretty) => (pretty ? prettyJSON(encodeJSON(value)) : Buffer.concat([encodeJSON(value), NEWLINE])),
  decode: (body) => decodeJSON(body),
}

export const yamlSerializer: Serializer = {
  mediaType: 'application/yaml',
  type: 'application',
  subtype: 'yaml',
  streams: false,
  encode: (value) => Buffer.from(encodeYAML(value)),
  decode: (body) => decodeYAML(body),
}

/** In the order in which a client without wishes gets them. */
export const serializers: readonly Serializer[] = [jsonSerializer, yamlSerializer]

/**
 * What the API says it speaks. Kinds here are described by schemas, which have no protobuf form: it is named because
 * Kubernetes names it, and whoever insists on it gets a 406 or 415 with the reason.
 */
export const PROTOBUF = 'application/vnd.kubernetes.protobuf'
export const MEDIA_TYPES: readonly string[] = ['application/json', 'application/yaml', PROTOBUF]
export const STREAM_MEDIA_TYPES: readonly string[] = ['application/json', PROTOBUF]
