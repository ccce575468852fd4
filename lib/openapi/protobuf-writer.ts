const varintType = 0
const doubleType = 1
const bytesType = 2

/**
 * Writes one protobuf message, proto3: values that are empty, zero or false are left out unless said otherwise.
 *
 * @see https://protobuf.dev/programming-guides/encoding/
 */
export class ProtobufWriter {
  readonly #chunks: Uint8Array[] = []
  #length = 0

  /** A text; nothing if it is missing or empty. */
  string(field: number, value: string | undefined): this {
    return value ? this.#bytes(field, Buffer.from(value)) : this
  }

  /** A repeated text. Empty ones are kept. */
  strings(field: number, values: readonly string[] | undefined): this {
    for (const value of values ?? []) this.#bytes(field, Buffer.from(value))
    return this
  }

  bool(field: number, value: boolean | undefined): this {
    return value ? this.presentBool(field, value) : this
  }

  /** A boolean written even when false: it is the chosen member of a oneof. */
  presentBool(field: number, value: boolean): this {
    return this.#push(varint(tag(field, varintType))).#push(varint(value ? 1n : 0n))
  }

  /** A 64-bit integer. A fraction is cut off. */
  int64(field: number, value: number | undefined): this {
    if (!value || !Number.isFinite(value)) return this
    return this.#push(varint(tag(field, varintType))).#push(varint(BigInt.asUintN(64, BigInt(Math.trunc(value)))))
  }

  double(field: number, value: number | undefined): this {
    if (!value) return this
    const bytes = Buffer.alloc(8)
    bytes.writeDoubleLE(value)
    return this.#push(varint(tag(field, doubleType))).#push(bytes)
  }

  /** A message inside the message, even if it is empty. */
  message(field: number, write: (message: ProtobufWriter) => void): this {
    const message = new ProtobufWriter()
    write(message)
    return this.#append(field, message)
  }

  finish(): Buffer {
    return Buffer.concat(this.#chunks, this.#length)
  }

  #append(field: number, message: ProtobufWriter): this {
    this.#push(varint(tag(field, bytesType))).#push(varint(BigInt(message.#length)))
    for (const chunk of message.#chunks) this.#push(chunk)
    return this
  }

  #bytes(field: number, bytes: Uint8Array): this {
    return this.#push(varint(tag(field, bytesType)))
      .#push(varint(BigInt(bytes.length)))
      .#push(bytes)
  }

  #push(chunk: Uint8Array): this {
    this.#chunks.push(chunk)
    this.#length += chunk.length
    return this
  }
}

function tag(field: number, wireType: number): bigint {
  return BigInt(field * 8 + wireType)
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = []
  let rest = value
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
  bytes.push(Number(rest))
  return Uint8Array.from(bytes)
}
