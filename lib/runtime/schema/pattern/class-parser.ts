import { type CharSet, complement, PERL_CLASSES, POSIX_CLASSES } from './char-set.js'
import { PatternError } from './syntax.js'

type PlainSet = Omit<CharSet, 'foldCase'>

const POSIX = /\[:(\^?)(\w+):\]/y
const PROPERTY = /\\([pP])(?:\{(\^?)(\w+)\}|(\w))/y
const OCTAL = /\\(0[0-7]{0,2}|[1-7][0-7]{1,2})/y
const HEXADECIMAL = /\\x(?:\{([0-9A-Fa-f]{1,6})\}|([0-9A-Fa-f]{2}))/y
const CONTROLS: ReadonlyMap<string, number> = new Map([
  ['a', 0x07],
  ['f', 0x0c],
  ['t', 0x09],
  ['n', 0x0a],
  ['r', 0x0d],
  ['v', 0x0b],
])

/** Reads what stands for one character: bracket expressions and escapes. `at` is where the next one begins. */
export class ClassParser {
  at = 0

  constructor(readonly pattern: string) {}

  /** `[a-z\d[:upper:]]`, with `at` on the opening bracket. */
  bracket(): PlainSet {
    this.at++
    const negated = this.pattern[this.at] === '^'
    if (negated) this.at++
    const ranges: number[] = []
    const classes: RegExp[] = []
    for (let first = true; first || this.pattern[this.at] !== ']'; first = false) {
      if (this.at >= this.pattern.length) throw new PatternError('missing closing ]')
      const member = this.#posix() ?? this.#member()
      if (typeof member === 'number') {
        ranges.push(member, this.#rangeEnd(member))
      } else {
        ranges.push(...member.ranges)
        classes.push(...member.classes)
      }
    }
    this.at++
    return { ranges, classes, negated }
  }

  /** An escape outside of brackets, with `at` on the backslash. */
  escape(): PlainSet {
    const member = this.#escaped()
    return typeof member === 'number' ? { ranges: [member, member], classes: [], negated: false } : member
  }

  #rangeEnd(from: number): number {
    const next = this.pattern[this.at + 1]
    if (this.pattern[this.at] !== '-' || next === ']' || next === undefined) return from
    this.at++
    const to = this.#member()
    if (typeof to !== 'number' || to < from) throw new PatternError('invalid character class range')
    return to
  }

  #member(): number | PlainSet {
    if (this.pattern[this.at] === '\\') return this.#escaped()
    const code = this.pattern.codePointAt(this.at)
    if (code === undefined) throw new PatternError('missing closing ]')
    this.at += code > 0xffff ? 2 : 1
    return code
  }

  #posix(): PlainSet | undefined {
    const match = this.#match(POSIX)
    if (match === null) return undefined
    const ranges = POSIX_CLASSES.get(match[2] as string)
    if (ranges === undefined) throw new PatternError(`invalid character class range ${match[0]}`)
    return { ranges: match[1] === '^' ? complement(ranges) : ranges, classes: [], negated: false }
  }

  #escaped(): number | PlainSet {
    const char = this.pattern[this.at + 1]
    if (char === undefined) throw new PatternError('trailing backslash at end of expression')
    const perl = PERL_CLASSES.get(char.toLowerCase())
    if (perl !== undefined) {
      this.at += 2
      const positive = char === char.toLowerCase()
      return { ranges: positive ? perl : complement(perl), classes: [], negated: false }
    }
    return this.#property() ?? this.#character(char)
  }

  #property(): PlainSet | undefined {
    const match = this.#match(PROPERTY)
    if (match === null) return undefined
    const negated = (match[1] === 'P') !== (match[2] === '^')
    return { ranges: [], classes: [propertyPattern(match[3] ?? (match[4] as string), negated)], negated: false }
  }

  #character(char: string): number {
    const hexadecimal = this.#match(HEXADECIMAL)
    if (hexadecimal !== null) return codePoint(Number.parseInt(hexadecimal[1] ?? (hexadecimal[2] as string), 16))
    const octal = this.#match(OCTAL)
    if (octal !== null) return Number.parseInt(octal[1] as string, 8)
    const control = CONTROLS.get(char)
    if (control === undefined && /[A-Za-z0-9]/.test(char)) throw new PatternError(`invalid escape sequence \\${char}`)
    this.at++
    return control === undefined ? (this.#member() as number) : this.#skip(control)
  }

  #skip(code: number): number {
    this.at++
    return code
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at
    const match = pattern.exec(this.pattern)
    if (match !== null) this.at = pattern.lastIndex
    return match
  }
}

function codePoint(code: number): number {
  if (code > 0x10ffff) throw new PatternError(`invalid escape sequence \\x{${code.toString(16)}}`)
  return code
}

/** One character of a Unicode category (`L`, `Lu`) or script (`Greek`). */
function propertyPattern(name: string, negated: boolean): RegExp {
  const letter = negated ? 'P' : 'p'
  for (const property of [name, `Script=${name}`]) {
    try {
      return new RegExp(`^\\${letter}{${property}}$`, 'u')
    } catch {
      // Not a category: perhaps a script. Neither is reported below.
    }
  }
  throw new PatternError(`invalid character class range \\p{${name}}`)
}
