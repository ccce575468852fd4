import { KVError } from '../types.js'

// Wire types of protobuf.
/** @internal */
export const VARINT = 0
const FIXED64 = 1
/** @internal */
export const LENGTH_DELIMITED = 2
const FIXED32 = 5

/** Most bytes of a 64-bit number, seven bits in each. */
const MAX_VARINT_BYTES = 10

/** What stands before the value of a field. @internal */
export const tagOf = (field: number, type: number): number => field * 8 + type

/** Reads one message of protobuf, which may lie within another. Throws KVError for what is none. @internal */
export class MessageReader {
  constructor(
    private readonly message: Buffer,
    private at = 0,
    private readonly end = message.length,
  ) {}

  get done(): boolean {
    return this.at >= this.end
  }

  tag(): number {
    return this.number()
  }

  /** @throws KVError beyond 2^53 */
  number(): number {
    let byte = this.byte()
    if (byte < 0x80) return byte
    let value = byte & 0x7f
    for (let scale = 128; byte >= 0x80; scale *= 128) {
      byte = this.byte()
      value += (byte & 0x7f) * scale
      if (value > Number.MAX_SAFE_INTEGER || scale > 2 ** 63)
        throw new KVError('etcd: a number of its answer is beyond 2^53')
    }
    return value
  }

  /** A signed number of any size, in decimal digits. */
  int64(): string {
    let value = 0n
    for (let read = 0; read < MAX_VARINT_BYTES; read++) {
      const byte = this.byte()
      value |= BigInt(byte & 0x7f) << BigInt(7 * read)
      if (byte < 0x80) return String(BigInt.asIntN(64, value))
    }
    throw new KVError('etcd: its answer has a number of more than 64 bits')
  }

  nested(): MessageReader {
    const start = this.over(this.number())
    return new MessageReader(this.message, start, this.at)
  }

  bytes(): Buffer {
    const start = this.over(this.number())
    return this.message.subarray(start, this.at)
  }

  text(): string {
    const start = this.over(this.number())
    return this.message.toString('utf8', start, this.at)
  }

  skip(type: number): void {
    if (type === VARINT) while (this.byte() >= 0x80);
    else if (type === LENGTH_DELIMITED) this.over(this.number())
    else if (type === FIXED64) this.over(8)
    else if (type === FIXED32) this.over(4)
    else throw new KVError('etcd: its answer cannot be read')
  }

  private byte(): number {
    return this.at < this.end ? this.message[this.at++]! : cutOff()
  }

  /** Goes on behind so many bytes; says where they begin. */
  private over(length: number): number {
    const start = this.at
    this.at += length
    if (this.at > this.end) cutOff()
    return start
  }
}

function cutOff(): never {
  throw new KVError('etcd: its answer is cut off')
}
