// The messages of a revision check (rpc.proto of etcd) and the headers they travel under, byte by byte.
import { encodeKey } from './messages.js'
import { RangeAnswer } from './range-answer.js'

/** Before each message of gRPC: whether it is compressed, and its length in four bytes. */
const PREFIX_BYTES = 5

/** `RangeRequest`: field 1, the key, and field 9, `count_only`; it is linearizable, as `serializable` is not set. @internal */
export function encodeCheck(key: string): Buffer {
  const name = encodeKey(key)
  const message = Buffer.concat([Buffer.from([0x0a]), varint(name.length), name, Buffer.from([0x48, 1])])
  const prefix = Buffer.alloc(PREFIX_BYTES)
  prefix.writeUInt32BE(message.length, 1)
  return Buffer.concat([prefix, message])
}

/** `header.revision` of a `RangeResponse`; undefined for bytes that are not one whole message of it. @internal */
export function decodeRevision(body: Buffer): number | undefined {
  if (body.length < PREFIX_BYTES || body[0] !== 0 || body.readUInt32BE(1) !== body.length - PREFIX_BYTES)
    return undefined
  try {
    return new RangeAnswer(body.subarray(PREFIX_BYTES)).revision || undefined
  } catch {
    return undefined
  }
}

/**
 * The header block (RFC 7541) of a call. Nothing in it enters a table, so that it may be sent for every call as it stands.
 * With `hasleader`, a member that is cut off from its cluster refuses at once.
 * @internal
 */
export function encodeHeaders(authority: string, secure: boolean): Buffer {
  const POST = 0x83
  const SCHEME = secure ? 0x87 : 0x86
  const [AUTHORITY, PATH, CONTENT_TYPE, OTHER] = [[0x01], [0x04], [0x0f, 0x10], [0x00]]
  return Buffer.concat([
    Buffer.from([POST, SCHEME, ...PATH]),
    text('/etcdserverpb.KV/Range'),
    Buffer.from(AUTHORITY),
    text(authority),
    Buffer.from(CONTENT_TYPE),
    text('application/grpc'),
    ...[Buffer.from(OTHER), text('te'), text('trailers')],
    ...[Buffer.from(OTHER), text('hasleader'), text('true')],
  ])
}

/** A string of a header block; the prefix of seven bits holds lengths below 127. */
function text(value: string): Buffer {
  const bytes = Buffer.from(value, 'latin1')
  const length =
    bytes.length < 127 ? Buffer.from([bytes.length]) : Buffer.concat([Buffer.of(127), varint(bytes.length - 127)])
  return Buffer.concat([length, bytes])
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest])
    bytes.push((rest % 128) | 0x80)
  }
}
