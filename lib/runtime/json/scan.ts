import { isUtf8 } from 'node:buffer'
import { randomInt } from 'node:crypto'
import { KeyLedger } from './key-ledger.js'
import { MAX_DEPTH, MAX_PATH_LENGTH, MAX_PROBLEMS } from './limits.js'
import { type Exceeded, MemberBudget, type MemberLimits } from './members.js'
import { NameFilter } from './name-filter.js'

/** Bounds of {@link scanJSON}. */
export interface ScanLimits extends MemberLimits {
  /** Levels of nesting, default {@link MAX_DEPTH}. */
  readonly maxDepth?: number
}

/** What one pass over a JSON text found out. Says nothing about syntax: malformed text gives some answer, never a throw. */
export interface ScanResult {
  /** Byte offset of the bracket that goes too deep, or -1. The scan ends there. */
  readonly tooDeepAt: number
  /** Which bound on fields and items was passed, if one was. The scan ends there. */
  readonly tooMany: Exceeded | undefined
  /** Paths of keys that stand twice in one object (`spec.items[0].a`), each path once, at most 100. */
  readonly duplicates: readonly string[]
  /** Whether a number stands there that a double does not hold: an integer beyond 2^53, or one beyond 1e308. */
  readonly unsafeNumbers: boolean
  /** Whether a string holds half of a surrogate pair, as `\ud800`. */
  readonly loneSurrogates: boolean
  /** Whether bytes are no UTF-8. */
  readonly invalidUTF8: boolean
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const NO_DUPLICATES: readonly string[] = []
const METADATA = Buffer.from('metadata')
const MANAGED_FIELDS = Buffer.from('managedFields')

/** What keys are hashed with: nobody outside can make up keys that share a hash. */
const HASH_FACTOR = randomInt(2 ** 20, 2 ** 31) | 1

/**
 * Finds in one pass, without recursion, what `JSON.parse` would keep silent about: nesting, duplicate keys, numbers
 * it would round, strings that are no Unicode. Duplicate keys are compared after unescaping.
 *
 * @param bytes the whole body
 * @example
 * ```ts
 * scanJSON(Buffer.from('{"spec":{"x":1,"x":2}}')).duplicates // ['spec.x']
 * ```
 * @see https://pkg.go.dev/sigs.k8s.io/json for what Kubernetes reports
 */
export function scanJSON(bytes: Buffer, limits: ScanLimits = {}): ScanResult {
  const invalidUTF8 = !isUtf8(bytes)
  return new Scan(bytes, limits).run(invalidUTF8)
}

class Scan {
  readonly #bytes: Buffer
  readonly #maxDepth: number
  /** One entry a level: -1 for an object, else the index of the list item at hand. */
  readonly #frames: number[] = []
  readonly #keys: KeyLedger
  readonly #budget: MemberBudget
  readonly #names: NameFilter | undefined
  #tooMany: Exceeded | undefined
  #inMetadata = false
  #duplicates: Set<string> | undefined
  #unsafeNumbers = false
  #loneSurrogates = false
  #escaped = false

  constructor(bytes: Buffer, limits: ScanLimits) {
    this.#bytes = bytes
    this.#maxDepth = limits.maxDepth ?? MAX_DEPTH
    this.#keys = new KeyLedger(bytes)
    this.#budget = new MemberBudget(limits)
    this.#names = NameFilter.for(bytes, limits)
  }

  run(invalidUTF8: boolean): ScanResult {
    const tooDeepAt = this.#walk()
    return {
      tooDeepAt,
      tooMany: this.#tooMany,
      duplicates: this.#duplicates === undefined ? NO_DUPLICATES : [...this.#duplicates],
      unsafeNumbers: this.#unsafeNumbers,
      loneSurrogates: this.#loneSurrogates,
      invalidUTF8,
    }
  }

  #walk(): number {
    const bytes = this.#bytes
    const end = bytes.length
    const frames = this.#frames
    let keyExpected = false
    for (let at = 0; at < end; at++) {
      switch (bytes[at]) {
        case 0x20:
        case 0x0a:
          break
        case QUOTE:
          if (keyExpected) {
            at = this.#key(at + 1)
            keyExpected = false
            if (this.#tooMany !== undefined) return -1
          } else {
            at = this.#string(at + 1)
          }
          break
        case 0x7b: // {
          if (frames.length === this.#maxDepth) return at
          frames.push(-1)
          this.#keys.open()
          keyExpected = true
          break
        case 0x5b: // [
          if (frames.length === this.#maxDepth) return at
          frames.push(0)
          keyExpected = false
          // A list counts its first item here, whether it has one or not.
          this.#tooMany = this.#budget.take(true)
          if (this.#tooMany !== undefined) return -1
          break
        case 0x7d: // }
        case 0x5d: {
          const frame = frames.pop()
          if (frame === undefined) return -1
          if (frame === -1) this.#keys.close()
          keyExpected = false
          break
        }
        case 0x2c: {
          const top = frames.length - 1
          const frame = frames[top]
          if (frame === -1) keyExpected = true
          else if (frame !== undefined) {
            frames[top] = frame + 1
            this.#tooMany = this.#budget.take(true)
            if (this.#tooMany !== undefined) return -1
          }
          break
        }
        case 0x2d:
        case 0x30:
        case 0x31:
        case 0x32:
        case 0x33:
        case 0x34:
        case 0x35:
        case 0x36:
        case 0x37:
        case 0x38:
        case 0x39:
          at = this.#number(at)
          break
      }
    }
    return -1
  }

  /** Reads a string whose first byte is at `at`; returns the offset of the closing quote. */
  #string(at: number): number {
    const bytes = this.#bytes
    const end = bytes.length
    let i = at
    for (; i < end; i++) {
      const byte = bytes[i]
      if (byte === QUOTE) return i
      if (byte === BACKSLASH) i = this.#escape(i)
    }
    return i
  }

  #key(at: number): number {
    const bytes = this.#bytes
    const end = bytes.length
    let hash = 0
    let i = at
    this.#escaped = false
    for (; i < end; i++) {
      const byte = bytes[i] as number
      if (byte === QUOTE) break
      if (byte === BACKSLASH) i = this.#escape(i)
      hash = (Math.imul(hash, HASH_FACTOR) + byte) | 0
    }
    if (this.#frames.length <= 2) this.#enterMember(at, i)
    this.#tooMany = this.#budget.take(this.#names?.isNew(hash) ?? false)
    if (this.#keys.add(at, i, hash, this.#escaped)) this.#reportDuplicate()
    return i
  }

  /** Notes where `metadata.managedFields` begins and ends, which is counted apart. */
  #enterMember(start: number, end: number): void {
    const outermost = this.#frames.length === 1
    if (outermost) this.#inMetadata = this.#says(METADATA, start, end)
    this.#budget.managed = !outermost && this.#inMetadata && this.#says(MANAGED_FIELDS, start, end)
  }

  #says(text: Buffer, start: number, end: number): boolean {
    return end - start === text.length && this.#bytes.compare(text, 0, text.length, start, end) === 0
  }

  /** Steps over the escape at `at` and returns the offset of its last byte. */
  #escape(at: number): number {
    this.#escaped = true
    if (this.#bytes[at + 1] !== 0x75) return at + 1
    const unit = this.#hex(at + 2)
    if (unit < 0xd800 || unit > 0xdfff) return unit < 0 ? at + 1 : at + 5
    if (unit < 0xdc00 && this.#bytes[at + 6] === BACKSLASH && this.#bytes[at + 7] === 0x75) {
      const low = this.#hex(at + 8)
      if (low >= 0xdc00 && low <= 0xdfff) return at + 11
    }
    this.#loneSurrogates = true
    return at + 5
  }

  /** Four hexadecimal digits as a number, -1 if they are none. */
  #hex(at: number): number {
    let unit = 0
    for (let i = at; i < at + 4; i++) {
      const byte = this.#bytes[i] ?? 0
      const digit = byte <= 0x39 ? byte - 0x30 : (byte | 0x20) - 0x57
      if (digit < 0 || digit > 15 || (byte > 0x39 && digit < 10)) return -1
      unit = unit * 16 + digit
    }
    return unit
  }

  /** Reads the number at `at`; returns the offset of its last byte. */
  #number(at: number): number {
    const bytes = this.#bytes
    let i = at + 1
    let integer = true
    for (; ; i++) {
      const byte = bytes[i]
      if (byte === undefined) break
      if (byte >= 0x30 && byte <= 0x39) continue
      if (byte !== 0x2e && byte !== 0x65 && byte !== 0x45 && byte !== 0x2b && byte !== 0x2d) break
      integer = false
    }
    // Fifteen digits always fit; a short number with an exponent overflows only with three digits of exponent.
    if (!this.#unsafeNumbers && (integer ? i - at > 15 : i - at > 4)) this.#checkNumber(at, i, integer)
    return i - 1
  }

  #checkNumber(at: number, end: number, integer: boolean): void {
    const value = end - at > 400 ? Number.NaN : Number(this.#bytes.toString('latin1', at, end))
    this.#unsafeNumbers = integer ? !Number.isSafeInteger(value) : !Number.isFinite(value)
  }

  #reportDuplicate(): void {
    this.#duplicates ??= new Set()
    if (this.#duplicates.size < MAX_PROBLEMS) this.#duplicates.add(this.#path())
  }

  #path(): string {
    let path = ''
    let object = 0
    for (const frame of this.#frames) {
      if (frame >= 0) path += `[${frame}]`
      else path += (path === '' ? '' : '.') + this.#keys.currentKey(object++)
      if (path.length > MAX_PATH_LENGTH) return `${path.slice(0, MAX_PATH_LENGTH)}…`
    }
    return path
  }
}
