import { wellFormed } from './well-formed.js'

/** Up to so many keys of an object are compared one by one, which needs no allocation. */
const LINEAR_KEYS = 16
const FIELDS = 3

/**
 * The keys of all objects that are open at one moment of a scan, as offsets into the scanned bytes.
 * A key costs three integers; only objects with many keys, or escaped ones, get a Set of strings.
 */
export class KeyLedger {
  readonly #bytes: Buffer
  /** Triples of start, end and hash, those of inner objects behind those of outer ones; small integers, on the heap. */
  readonly #keys: number[] = []
  #length = 0
  /** Where the keys of each open object begin in `#keys`. */
  readonly #starts: number[] = []
  /** For each open object its keys as strings, once there are many; sparse. */
  readonly #sets: (Set<string> | undefined)[] = []

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  open(): void {
    this.#starts.push(this.#length)
  }

  close(): void {
    this.#length = this.#starts.pop() ?? 0
    this.#sets.length = Math.min(this.#sets.length, this.#starts.length)
  }

  /** Notes a key of the innermost object; true if the object has it already. */
  add(start: number, end: number, hash: number, escaped: boolean): boolean {
    const top = this.#starts.length - 1
    const base = this.#starts[top] ?? 0
    this.#note(start, end, hash)
    const set = this.#sets[top] ?? this.#startSet(top, base, escaped)
    if (set === undefined) return this.#hasEqual(base)
    const size = set.size
    set.add(decodeKey(this.#bytes, start, end))
    // In a set the last key alone is remembered by its offsets, for the path.
    this.#length = base
    this.#note(start, end, hash)
    return set.size === size
  }

  /** The newest key of the open object at this level, counted from the outside. */
  currentKey(object: number): string {
    const past = this.#starts[object + 1] ?? this.#length
    const at = past - FIELDS
    return decodeKey(this.#bytes, this.#keys[at] as number, this.#keys[at + 1] as number)
  }

  #note(start: number, end: number, hash: number): void {
    this.#keys[this.#length] = start
    this.#keys[this.#length + 1] = end
    this.#keys[this.#length + 2] = hash
    this.#length += FIELDS
  }

  #startSet(top: number, base: number, escaped: boolean): Set<string> | undefined {
    if (!escaped && this.#length - base <= LINEAR_KEYS * FIELDS) return undefined
    const set = new Set<string>()
    for (let at = base; at < this.#length - FIELDS; at += FIELDS) {
      set.add(decodeKey(this.#bytes, this.#keys[at] as number, this.#keys[at + 1] as number))
    }
    while (this.#sets.length < top) this.#sets.push(undefined)
    this.#sets[top] = set
    return set
  }

  #hasEqual(base: number): boolean {
    const keys = this.#keys
    const last = this.#length - FIELDS
    const start = keys[last] as number
    const length = (keys[last + 1] as number) - start
    const hash = keys[last + 2] as number
    for (let at = base; at < last; at += FIELDS) {
      if (keys[at + 2] !== hash) continue
      const other = keys[at] as number
      if ((keys[at + 1] as number) - other === length && this.#equalBytes(other, start, length)) return true
    }
    return false
  }

  #equalBytes(a: number, b: number, length: number): boolean {
    const bytes = this.#bytes
    for (let i = 0; i < length; i++) {
      if (bytes[a + i] !== bytes[b + i]) return false
    }
    return true
  }
}

/** The key between two quotes. Half surrogates become U+FFFD as in Go, so that keys equal after decoding are equal here. */
function decodeKey(bytes: Buffer, start: number, end: number): string {
  const raw = bytes.toString('utf8', start, end)
  if (!raw.includes('\\')) return raw
  try {
    return wellFormed(JSON.parse(`"${raw}"`) as string)
  } catch {
    return raw
  }
}
