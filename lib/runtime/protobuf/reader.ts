import { isUtf8 } from 'node:buffer'

/** Bytes that are no protobuf, or not what they should hold. */
export class ProtobufError extends Error {
  override readonly name = 'ProtobufError'
}

export const VARINT = 0
export const FIXED64 = 1
export const BYTES = 2
export const FIXED32 = 5

const MAX_VARINT_BYTES = 10

/**
 * Reads one message's fields in a row, never beyond its end.
 *
 * @see https://protobuf.dev/programming-guides/encoding/
 */
export class ProtobufReader {
  #at = 0

  constructor(private readonly bytes: Buffer) {}

  get done(): boolean {
    return this.#at >= this.bytes.length
  }

  /** @throws ProtobufError */
  tag(): { field: number; wireType: number } {
    const tag = this.varint()
    const field = Math.floor(tag / 8)
    if (field < 1 || tag > 0xffffffff) throw new ProtobufError(`illegal tag ${field}`)
    return { field, wireType: tag % 8 }
  }

  /** The lower 53 bits of a number; what lies beyond is of no field that is read here. */
  varint(): number {
    let value = 0
    for (let i = 0; i < MAX_VARINT_BYTES; i++) {
      const byte = this.bytes[this.#at]
      if (byte === undefined) throw new ProtobufError('unexpected EOF')
      this.#at++
      if (i < 7) value += (byte & 0x7f) * 2 ** (7 * i)
      if (byte < 0x80) return value
    }
    throw new ProtobufError('integer overflow')
  }

  /** A part of the bytes, not a copy. */
  part(): Buffer {
    const length = this.varint()
    const start = this.#at
    if (length > this.bytes.length - start) throw new ProtobufError('unexpected EOF')
    this.#at = start + length
    return this.bytes.subarray(start, this.#at)
  }

  text(): string {
    const part = this.part()
    if (!isUtf8(part)) throw new ProtobufError('a text is not valid UTF-8')
    return part.toString('utf8')
  }

  /** Passes over the value of a field that nobody asks for. */
  skip(wireType: number): void {
    if (wireType === VARINT) this.varint()
    else if (wireType === BYTES) this.part()
    else if (wireType === FIXED64) this.#pass(8)
    else if (wireType === FIXED32) this.#pass(4)
    else throw new ProtobufError(`illegal wire type ${wireType}`)
  }

  #pass(length: number): void {
    this.#at += length
    if (this.#at > this.bytes.length) throw new ProtobufError('unexpected EOF')
  }
}
