const varintType = 0
const doubleType = 1
const bytesType = 2

/**
 * Writes one protobuf message, proto3: values that are empty, zero or false are left out unless said otherwise.
 *
 * @see https://protobuf.dev/programming-guides/encoding/
 */
export class ProtobufWriter {
  #buffer = Buffer.allocUnsafe(4096)
  #length = 0

  /** A text; nothing if it is missing or empty. */
  string(field: number, value: string | undefined): this {
    return value ? this.#text(field, value) : this
  }

  /** A repeated text. Empty ones are kept. */
  strings(field: number, values: readonly string[] | undefined): this {
    for (const value of values ?? []) this.#text(field, value)
    return this
  }

  bool(field: number, value: boolean | undefined): this {
    return value ? this.presentBool(field, value) : this
  }

  /** A boolean written even when false: it is the chosen member of a oneof. */
  presentBool(field: number, value: boolean): this {
    this.#tag(field, varintType)
    return this.#varint(value ? 1 : 0)
  }

  /** A 64-bit integer. A fraction is cut off, and what 64 bits do not hold is left out. */
  int64(field: number, value: number | undefined): this {
    const whole = Math.trunc(value ?? 0)
    if (!whole || Math.abs(whole) >= 2 ** 63) return this
    this.#tag(field, varintType)
    if (whole > 0) return this.#varint(whole)
    let rest = BigInt.asUintN(64, BigInt(whole))
    this.#reserve(10)
    for (; rest > 0x7fn; rest >>= 7n) this.#buffer[this.#length++] = Number(rest & 0x7fn) | 0x80
    this.#buffer[this.#length++] = Number(rest)
    return this
  }

  double(field: number, value: number | undefined): this {
    if (!value) return this
    this.#tag(field, doubleType)
    this.#reserve(8)
    this.#length = this.#buffer.writeDoubleLE(value, this.#length)
    return this
  }

  /** A message inside the message, even if it is empty. */
  message(field: number, write: (message: this) => void): this {
    this.#tag(field, bytesType)
    const start = this.#length
    write(this)
    this.#insertLength(start)
    return this
  }

  /** The message so far; the writer must not be used afterwards. */
  finish(): Buffer {
    return this.#buffer.subarray(0, this.#length)
  }

  #text(field: number, text: string): this {
    this.#tag(field, bytesType)
    const size = Buffer.byteLength(text)
    this.#varint(size)
    this.#reserve(size)
    this.#length += this.#buffer.write(text, this.#length)
    return this
  }

  #tag(field: number, wireType: number): void {
    this.#varint(field * 8 + wireType)
  }

  /** Puts the length of what was written since `start` before it: only now is it known how many bytes that takes. */
  #insertLength(start: number): void {
    const end = this.#length
    this.#varint(end - start)
    const size = this.#length - end
    this.#reserve(size)
    this.#buffer.copyWithin(start + size, start, this.#length)
    this.#buffer.copyWithin(start, end + size, end + 2 * size)
  }

  #varint(value: number): this {
    this.#reserve(10)
    let rest = value
    for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) this.#buffer[this.#length++] = (rest % 0x80) | 0x80
    this.#buffer[this.#length++] = rest
    return this
  }

  #reserve(size: number): void {
    if (this.#length + size <= this.#buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + size))
    this.#buffer.copy(larger, 0, 0, this.#length)
    this.#buffer = larger
  }
}
