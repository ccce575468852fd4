import { requestEntityTooLarge } from '../../meta/errors.js'
import { StatusError } from '../../meta/status.js'
import {
  decodeJSON,
  encodeJSON,
  JSONSyntaxError,
  type MemberLimits,
  MembersError,
  prettyJSON,
} from '../../runtime/json/index.js'
import { decodeYAML, encodeYAML } from '../../runtime/yaml/index.js'
import { YAMLThread } from './yaml-thread.js'

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
  /** @throws Error naming what cannot be read, MembersError for more fields and items than allowed. */
  decode(body: Buffer, limits?: MemberLimits): DecodedBody
}

const NEWLINE = Buffer.from('\n')

export const jsonSerializer: Serializer = {
  mediaType: 'application/json',
  type: 'application',
  subtype: 'json',
  streams: true,
  encode: (value, pretty) => (pretty ? prettyJSON(encodeJSON(value)) : Buffer.concat([encodeJSON(value), NEWLINE])),
  decode: (body, limits) => decodeJSON(body, limits),
}

export const yamlSerializer: Serializer = {
  mediaType: 'application/yaml',
  type: 'application',
  subtype: 'yaml',
  streams: false,
  encode: (value) => Buffer.from(encodeYAML(value)),
  decode: (body, limits) => decodeYAML(body, limits),
}

/** What a person writes is read at once; more may hold up the event loop. */
const MAX_YAML_BYTES_AT_ONCE = 8 * 1024

const yamlThread = new YAMLThread()

/** Gives the value of one body that was read; a fresh one with each call. */
export type DecodeBody = () => DecodedBody

/**
 * Reads a body without holding up the event loop: YAML of more than a few pages is read in a thread of its own. What cannot
 * be read is told by the result, so that whoever decodes can say it in the words of the endpoint.
 *
 * @throws StatusError 413 for YAML that takes too long to read, 429 when too many such bodies wait
 */
export async function readAhead(serializer: Serializer, body: Buffer, limits: MemberLimits): Promise<DecodeBody> {
  const inThread = serializer === yamlSerializer && body.length > MAX_YAML_BYTES_AT_ONCE && !isJSON(body, limits)
  const decode = inThread ? await readInThread(body, limits) : () => serializer.decode(body, limits)
  return () => refusingTooMany(decode)
}

async function readInThread(body: Buffer, limits: MemberLimits): Promise<DecodeBody> {
  try {
    const { json, duplicates } = await yamlThread.read(body, limits)
    return () => ({ value: decodeJSON(json).value, duplicates })
  } catch (err) {
    if (err instanceof StatusError) throw err
    return () => {
      throw err
    }
  }
}

/** @throws StatusError 413 where `read` throws {@link MembersError} */
export function refusingTooMany<T>(read: () => T): T {
  try {
    return read()
  } catch (err) {
    throw err instanceof MembersError ? requestEntityTooLarge(err.message) : err
  }
}

/** JSON is YAML too, and is read at once, as every JSON body; so is what passes a bound before it is read. */
function isJSON(body: Buffer, limits: MemberLimits): boolean {
  const first = body.find((byte) => byte > 0x20)
  if (first !== 0x7b && first !== 0x5b) return false
  try {
    decodeJSON(body, limits)
    return true
  } catch (err) {
    return !(err instanceof JSONSyntaxError)
  }
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
