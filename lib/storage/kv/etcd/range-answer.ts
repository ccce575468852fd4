import type { KeyValue } from '../types.js'
import { LENGTH_DELIMITED, MessageReader, tagOf, VARINT } from './message-reader.js'

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
    const reader = new MessageReader(message)
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
    this.#pairs = new MessageReader(message)
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
