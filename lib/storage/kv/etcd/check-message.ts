// The messages of a revision check (rpc.proto of etcd) and the headers they travel under, byte by byte.
import { encodeKey } from './messages.js'

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
  const response = new Fields(body.subarray(PREFIX_BYTES))
  if (!response.find(1, LENGTH_DELIMITED)) return undefined
  const header = new Fields(response.bytes())
  return header.find(3, VARINT) ? header.varint() : undefined
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

const VARINT = 0
const LENGTH_DELIMITED = 2

/** Reads fields of a message in their order. What is cut off or unknown reads as absent. */
class Fields {
  private at = 0

  constructor(private readonly message: Buffer) {}

  /** Goes to the value of a field. */
  find(field: number, type: number): boolean {
    while (this.at < this.message.length) {
      const tag = this.varint()
      if (tag === field * 8 + type) return true
      if (tag === undefined || !this.skip(tag % 8)) return false
    }
    return false
  }

  bytes(): Buffer {
    const length = this.varint() ?? 0
    const start = this.at
    this.at += length
    return this.message.subarray(start, this.at)
  }

  /** Undefined beyond 2^53 or past the end. */
  varint(): number | undefined {
    let value = 0
    for (let scale = 1; this.at < this.message.length; scale *= 128) {
      const byte = this.message[this.at++]!
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return Number.isSafeInteger(value) ? value : undefined
      if (scale > 2 ** 63) return undefined
    }
    return undefined
  }

  private skip(type: number): boolean {
    if (type === LENGTH_DELIMITED) this.bytes()
    else if (type === VARINT) this.skipVarint()
    else return false
    return true
  }

  private skipVarint(): void {
    while (this.at < this.message.length && this.message[this.at++]! >= 0x80);
  }
}
