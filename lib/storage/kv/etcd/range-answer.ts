import { type KeyValue, KVError } from '../types.js'

const VARINT = 0
const FIXED64 = 1
const LENGTH_DELIMITED = 2
const FIXED32 = 5

/** Most bytes of a 64-bit number, seven bits in each. */
const MAX_VARINT_BYTES = 10

/**
 * The answer to a range (`RangeResponse` of etcd's rpc.proto), read from its message by hand: what is long in it are pairs,
 * and of these only keys are made into something new. Values stay slices of the message, and keep it alive.
 * @internal
 */
export class RangeAnswer {
  readonly revision: number = 0
  readonly more: boolean = false
  /** How many keys the range has in all, the limit disregarded. */
  readonly count: number = 0
  /** How many pairs there are. */
  readonly size: number = 0
  /** The bytes of the last pair's key; undefined where there is none. */
  readonly lastKey: Buffer | undefined
  readonly #pairs: MessageReader
  #left: number

  /** @throws KVError for what is no such message */
  constructor(readonly message: Buffer) {
    const reader = new MessageReader(message, 0, message.length)
    let last: MessageReader | undefined
    while (!reader.done) {
      const tag = reader.tag()
      if (tag === tagOf(2, LENGTH_DELIMITED)) {
        last = reader.nested()
        this.size++
      } else if (tag === tagOf(1, LENGTH_DELIMITED)) this.revision = revisionIn(reader.nested())
      else if (tag === tagOf(3, VARINT)) this.more = reader.number() !== 0
      else if (tag === tagOf(4, VARINT)) this.count = reader.number()
      else reader.skip(tag & 7)
    }
    this.lastKey = last && keyIn(last)
    this.#left = this.size
    this.#pairs = new MessageReader(message, 0, message.length)
  }

  /** The pair behind those that were given already; undefined behind the last. */
  next(): KeyValue | undefined {
    if (this.#left === 0) return undefined
    this.#left--
    for (;;) {
      const tag = this.#pairs.tag()
      if (tag === tagOf(2, LENGTH_DELIMITED)) return pairIn(this.#pairs.nested())
      this.#pairs.skip(tag & 7)
    }
  }
}

const tagOf = (field: number, type: number): number => field * 8 + type

/** `ResponseHeader.revision`. */
function revisionIn(header: MessageReader): number {
  let revision = 0
  while (!header.done) {
    const tag = header.tag()
    if (tag === tagOf(3, VARINT)) revision = header.number()
    else header.skip(tag & 7)
  }
  return revision
}

function keyIn(pair: MessageReader): Buffer {
  let key = EMPTY
  while (!pair.done) {
    const tag = pair.tag()
    if (tag === tagOf(1, LENGTH_DELIMITED)) key = pair.bytes()
    else pair.skip(tag & 7)
  }
  return key
}

/** `mvccpb.KeyValue`. What is not there has its default: an empty value, no lease. */
function pairIn(pair: MessageReader): KeyValue {
  let key = ''
  let value = EMPTY
  let createRevision = 0
  let modRevision = 0
  let lease = ''
  while (!pair.done) {
    const tag = pair.tag()
    if (tag === tagOf(1, LENGTH_DELIMITED)) key = pair.text()
    else if (tag === tagOf(2, VARINT)) createRevision = pair.number()
    else if (tag === tagOf(3, VARINT)) modRevision = pair.number()
    else if (tag === tagOf(5, LENGTH_DELIMITED)) value = pair.bytes()
    else if (tag === tagOf(6, VARINT)) lease = pair.int64()
    else pair.skip(tag & 7)
  }
  return { key, value, createRevision, modRevision, lease: lease === '0' ? '' : lease }
}

const EMPTY: Buffer = Buffer.alloc(0)

/** Reads one message of protobuf, which may lie within another. */
class MessageReader {
  constructor(
    private readonly message: Buffer,
    private at: number,
    private readonly end: number,
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
