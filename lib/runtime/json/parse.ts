import { setOwnProperty } from './own-property.js'
import { wellFormed } from './well-formed.js'

/** A text that is no JSON. The message is worded as Go's `encoding/json` words it. */
export class JSONSyntaxError extends Error {
  override readonly name = 'JSONSyntaxError'
  /** @param offset bytes of UTF-8 read before the error was seen */
  constructor(
    message: string,
    readonly offset: number,
  ) {
    super(message)
  }
}

const WHITESPACE = /[ \t\r\n]*/y
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y
const PLAIN_STRING = /[ !#-[\]-\uffff]*/y
const INT64_MAX = 2n ** 63n - 1n
const INT64_MIN = -(2n ** 63n)

/** An object or list that is not closed yet, and where its next value goes. */
interface Open {
  readonly list: unknown[] | undefined
  readonly object: Record<string, unknown>
  key: string
}

/**
 * A strict JSON parser that keeps what `JSON.parse` rounds: integers beyond 2^53 become bigints (within int64; larger
 * ones become the nearest double, as Kubernetes' decoder does). The last of several equal keys wins, `__proto__` is a
 * key like others, half surrogates become U+FFFD. Slower than `JSON.parse`, and without recursion.
 *
 * @throws {@link JSONSyntaxError} with Go's wording and the byte offset.
 * @example
 * ```ts
 * parseLossless('{"id":9007199254740993}') // { id: 9007199254740993n }
 * ```
 */
export function parseLossless(text: string): unknown {
  return new LosslessParser(text).parse()
}

class LosslessParser {
  readonly #text: string
  #at = 0
  readonly #stack: Open[] = []

  constructor(text: string) {
    this.#text = text
  }

  parse(): unknown {
    for (;;) {
      this.#skip(WHITESPACE)
      const char = this.#text[this.#at]
      let value: unknown
      if (char === '{' || char === '[') {
        if (this.#opensFilled(char)) continue
        value = this.#close()
      } else {
        value = this.#scalar()
      }
      const root = this.#settle(value)
      if (root !== undefined) return root.value
    }
  }

  /** Enters the object or list that begins here; true if it holds something, and that is what comes next. */
  #opensFilled(bracket: '{' | '['): boolean {
    this.#at++
    this.#stack.push({ list: bracket === '[' ? [] : undefined, object: {}, key: '' })
    this.#skip(WHITESPACE)
    if (this.#text[this.#at] === (bracket === '{' ? '}' : ']')) return false
    if (bracket === '{') this.#key()
    return true
  }

  /** Puts a finished value where it belongs, and every object or list that it completes. At the end: the root. */
  #settle(finished: unknown): { readonly value: unknown } | undefined {
    let value = finished
    for (;;) {
      this.#skip(WHITESPACE)
      const top = this.#stack.at(-1)
      if (top === undefined) {
        if (this.#at < this.#text.length) throw this.#unexpected('after top-level value')
        return { value }
      }
      put(top, value)
      if (this.#more(top)) return undefined
      value = this.#close()
    }
  }

  #close(): unknown {
    this.#at++
    const { list, object } = this.#stack.pop() as Open
    return list ?? object
  }

  /** Reads what stands behind a value inside `top`: true for a comma (and the next key), false for the end. */
  #more(top: Open): boolean {
    const char = this.#text[this.#at]
    const inList = top.list !== undefined
    if (char === (inList ? ']' : '}')) return false
    if (char !== ',') throw this.#unexpected(inList ? 'after array element' : 'after object key:value pair')
    this.#at++
    if (!inList) {
      this.#skip(WHITESPACE)
      this.#key()
    }
    return true
  }

  #key(): void {
    if (this.#text[this.#at] !== '"') throw this.#unexpected('looking for beginning of object key string')
    const key = this.#string()
    this.#skip(WHITESPACE)
    if (this.#text[this.#at] !== ':') throw this.#unexpected('after object key')
    this.#at++
    ;(this.#stack.at(-1) as Open).key = key
  }

  #scalar(): unknown {
    switch (this.#text[this.#at]) {
      case '"':
        return this.#string()
      case 't':
        return this.#literal('true', true)
      case 'f':
        return this.#literal('false', false)
      case 'n':
        return this.#literal('null', null)
      default:
        return this.#number()
    }
  }

  #literal<T>(word: string, value: T): T {
    for (let index = 1; index < word.length; index++) {
      this.#at++
      if (this.#text[this.#at] !== word[index]) {
        throw this.#unexpected(`in literal ${word} (expecting ${quoteChar(word[index] as string)})`)
      }
    }
    this.#at++
    return value
  }

  #number(): number | bigint {
    const from = this.#at
    const first = this.#text[from] ?? ''
    if (first !== '-' && (first < '0' || first > '9')) throw this.#unexpected('looking for beginning of value')
    if (!this.#skip(NUMBER)) {
      this.#at++
      throw this.#unexpected('in numeric literal')
    }
    const literal = this.#text.slice(from, this.#at)
    if ('eE.'.includes(this.#text[this.#at] ?? 'x')) {
      this.#at++
      throw this.#unexpected('after decimal point in numeric literal')
    }
    return numberOf(literal, (message) => new JSONSyntaxError(message, this.#offset(from)))
  }

  #string(): string {
    const from = this.#at++
    for (;;) {
      this.#skip(PLAIN_STRING)
      const char = this.#text[this.#at]
      if (char === '"') break
      if (char !== '\\') throw this.#unexpected('in string literal')
      this.#at++
      this.#escape()
    }
    this.#at++
    // Checked above, so that JSON.parse has nothing to refuse.
    return wellFormed(JSON.parse(this.#text.slice(from, this.#at)) as string)
  }

  #escape(): void {
    const char = this.#text[this.#at]
    if (char === undefined || !'"\\/bfnrtu'.includes(char)) throw this.#unexpected('in string escape code')
    this.#at++
    if (char !== 'u') return
    for (let digit = 0; digit < 4; digit++, this.#at++) {
      if (!'0123456789abcdefABCDEF'.includes(this.#text[this.#at] ?? 'x')) {
        throw this.#unexpected('in \\u hexadecimal character escape')
      }
    }
  }

  /** Moves over what a sticky pattern matches here; false if it matches nothing at all. */
  #skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at
    if (!pattern.test(this.#text)) return false
    this.#at = pattern.lastIndex
    return true
  }

  #unexpected(context: string): JSONSyntaxError {
    const code = this.#text.codePointAt(this.#at)
    if (code === undefined) return new JSONSyntaxError('unexpected end of JSON input', this.#offset(this.#at))
    const char = quoteChar(String.fromCodePoint(code))
    return new JSONSyntaxError(`invalid character ${char} ${context}`, this.#offset(this.#at))
  }

  #offset(at: number): number {
    return Buffer.byteLength(this.#text.slice(0, at))
  }
}

function put(open: Open, value: unknown): void {
  if (open.list !== undefined) open.list.push(value)
  else setOwnProperty(open.object, open.key, value)
}

function numberOf(literal: string, refuse: (message: string) => Error): number | bigint {
  const value = Number(literal)
  if (Number.isSafeInteger(value)) return value
  if (!Number.isFinite(value)) throw refuse(`cannot unmarshal number ${literal.slice(0, 64)} into a 64-bit float`)
  const integer = literal.length <= 20 && !/[.eE]/.test(literal) ? BigInt(literal) : undefined
  return integer !== undefined && integer >= INT64_MIN && integer <= INT64_MAX ? integer : value
}

function quoteChar(char: string): string {
  if (char === "'") return `'\\''`
  if (char === '"') return `'"'`
  return `'${JSON.stringify(char).slice(1, -1)}'`
}
