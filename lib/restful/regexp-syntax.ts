import { CharSet, perlClass, posixClass, unicodeClass } from './char-set.js'

/** What a zero-width assertion asks for. */
export type Assertion = 'begin' | 'end' | 'lineBegin' | 'lineEnd' | 'word' | 'notWord'

/** The syntax tree of an expression. */
export type RegexpNode =
  | { readonly kind: 'set'; readonly set: CharSet }
  | { readonly kind: 'sequence'; readonly nodes: readonly RegexpNode[] }
  | { readonly kind: 'choice'; readonly nodes: readonly RegexpNode[] }
  | { readonly kind: 'group'; readonly node: RegexpNode }
  | { readonly kind: 'assert'; readonly assertion: Assertion }
  | {
      readonly kind: 'repeat'
      readonly node: RegexpNode
      readonly min: number
      /** Infinity for an open end. */
      readonly max: number
      readonly greedy: boolean
    }

/** What matches just this text. */
export function literal(text: string): RegexpNode[] {
  return Array.from(text, (char) => ({ kind: 'set', set: CharSet.of(char, false) }))
}

/** Bounds of an expression: its length in characters, its groups in groups, and a counted repetition (RE2's own). */
const MAX_LENGTH = 1000
const MAX_DEPTH = 50
const MAX_REPEAT = 1000

interface Flags {
  readonly fold: boolean
  readonly multiline: boolean
  readonly dotAll: boolean
  readonly ungreedy: boolean
}

const NO_FLAGS: Flags = { fold: false, multiline: false, dotAll: false, ungreedy: false }

/**
 * Parses Go's RE2 syntax (https://github.com/google/re2/wiki/Syntax): no backreferences, no look-around.
 *
 * @throws SyntaxError when the expression is malformed, too long or too deep.
 */
export function parseRegexp(source: string): RegexpNode {
  if (source.length > MAX_LENGTH) throw new SyntaxError(`the expression is longer than ${MAX_LENGTH} characters`)
  return new RegexpParser(source).parse()
}

class RegexpParser {
  readonly #chars: readonly string[]
  #at = 0
  #depth = 0

  constructor(source: string) {
    this.#chars = Array.from(source)
  }

  parse(): RegexpNode {
    const node = this.#choice(NO_FLAGS)
    if (this.#at < this.#chars.length) throw new SyntaxError('unexpected )')
    return node
  }

  #peek(): string | undefined {
    return this.#chars[this.#at]
  }

  #accept(text: string): boolean {
    for (let i = 0; i < text.length; i++) if (this.#chars[this.#at + i] !== text[i]) return false
    this.#at += text.length
    return true
  }

  #choice(outer: Flags): RegexpNode {
    if (++this.#depth > MAX_DEPTH) throw new SyntaxError(`groups are nested deeper than ${MAX_DEPTH}`)
    const branches: RegexpNode[] = []
    let nodes: RegexpNode[] = []
    let flags = outer
    for (let next = this.#peek(); next !== undefined && next !== ')'; next = this.#peek()) {
      const changed = this.#flagGroup(flags)
      if (changed !== undefined) flags = changed
      else if (this.#accept('|')) {
        branches.push({ kind: 'sequence', nodes })
        nodes = []
      } else nodes.push(this.#repeated(flags))
    }
    this.#depth--
    const last: RegexpNode = { kind: 'sequence', nodes }
    return branches.length === 0 ? last : { kind: 'choice', nodes: [...branches, last] }
  }

  // `(?i)` changes the flags for the rest of the group it stands in; `(?i:x)` is an ordinary group.
  #flagGroup(flags: Flags): Flags | undefined {
    const start = this.#at
    if (!this.#accept('(?')) return undefined
    const changed = this.#flags(flags)
    if (changed !== undefined && this.#accept(')')) return changed
    this.#at = start
    return undefined
  }

  #flags(flags: Flags): Flags | undefined {
    let result = flags
    let on = true
    for (;;) {
      if (this.#accept('-')) on = false
      else if (this.#accept('i')) result = { ...result, fold: on }
      else if (this.#accept('m')) result = { ...result, multiline: on }
      else if (this.#accept('s')) result = { ...result, dotAll: on }
      else if (this.#accept('U')) result = { ...result, ungreedy: on }
      else return this.#peek() === ')' || this.#peek() === ':' ? result : undefined
    }
  }

  #repeated(flags: Flags): RegexpNode {
    const node = this.#atom(flags)
    const count = this.#quantifier()
    if (count === undefined) return node
    const lazy = this.#accept('?')
    if (this.#quantifier() !== undefined) throw new SyntaxError('a quantifier stands on a quantifier')
    return { kind: 'repeat', node, min: count[0], max: count[1], greedy: lazy === flags.ungreedy }
  }

  #quantifier(): readonly [min: number, max: number] | undefined {
    if (this.#accept('*')) return [0, Number.POSITIVE_INFINITY]
    if (this.#accept('+')) return [1, Number.POSITIVE_INFINITY]
    if (this.#accept('?')) return [0, 1]
    return this.#countedQuantifier()
  }

  // A brace that is no counted repetition is an ordinary character.
  #countedQuantifier(): readonly [min: number, max: number] | undefined {
    const start = this.#at
    if (!this.#accept('{')) return undefined
    const min = this.#number()
    const open = min !== undefined && this.#accept(',')
    const max = open ? (this.#number() ?? Number.POSITIVE_INFINITY) : min
    if (min === undefined || max === undefined || !this.#accept('}')) {
      this.#at = start
      return undefined
    }
    const bound = max === Number.POSITIVE_INFINITY ? min : max
    if (min > bound || bound > MAX_REPEAT) throw new SyntaxError('invalid repeat count')
    return [min, max]
  }

  #number(): number | undefined {
    let digits = ''
    for (let c = this.#peek(); c !== undefined && c >= '0' && c <= '9' && digits.length < 6; c = this.#peek()) {
      digits += c
      this.#at++
    }
    return digits === '' ? undefined : Number(digits)
  }

  #atom(flags: Flags): RegexpNode {
    if (this.#accept('(')) return this.#group(flags)
    if (this.#accept('[')) return { kind: 'set', set: this.#class(flags) }
    if (this.#accept('^')) return { kind: 'assert', assertion: flags.multiline ? 'lineBegin' : 'begin' }
    if (this.#accept('$')) return { kind: 'assert', assertion: flags.multiline ? 'lineEnd' : 'end' }
    if (this.#accept('.')) return { kind: 'set', set: flags.dotAll ? CharSet.any : CharSet.notNewline }
    if (this.#accept('\\')) return this.#escape(flags)
    if (this.#quantifier() !== undefined) throw new SyntaxError('missing argument to repetition operator')
    return { kind: 'set', set: CharSet.of(this.#next(), flags.fold) }
  }

  #next(): string {
    const c = this.#chars[this.#at++]
    if (c === undefined) throw new SyntaxError('the expression ends too early')
    return c
  }

  #group(outer: Flags): RegexpNode {
    let flags = outer
    let capture = true
    if (this.#accept('?')) {
      if (this.#accept('P<') || this.#accept('<')) this.#groupName()
      else {
        const changed = this.#flags(outer)
        if (changed === undefined || !this.#accept(':')) throw new SyntaxError('unsupported group syntax')
        flags = changed
        capture = false
      }
    }
    const node = this.#choice(flags)
    if (!this.#accept(')')) throw new SyntaxError('missing closing )')
    return capture ? { kind: 'group', node } : node
  }

  #groupName(): void {
    let name = ''
    while (!this.#accept('>')) name += this.#next()
    if (!/^\w+$/.test(name)) throw new SyntaxError('invalid group name')
  }

  #escape(flags: Flags): RegexpNode {
    const assertion = ({ A: 'begin', z: 'end', b: 'word', B: 'notWord' } as const)[
      this.#peek() as 'A' | 'z' | 'b' | 'B'
    ]
    if (assertion !== undefined) {
      this.#at++
      return { kind: 'assert', assertion }
    }
    if (this.#accept('Q')) return this.#quoted(flags)
    const set = this.#classEscape()
    return { kind: 'set', set: set ?? CharSet.of(this.#charEscape(), flags.fold) }
  }

  #quoted(flags: Flags): RegexpNode {
    const nodes: RegexpNode[] = []
    while (this.#at < this.#chars.length && !this.#accept('\\E')) {
      nodes.push({ kind: 'set', set: CharSet.of(this.#next(), flags.fold) })
    }
    return { kind: 'sequence', nodes }
  }

  /** `\d`, `\pL`, `\p{Greek}`; undefined when the escape names one character. */
  #classEscape(): CharSet | undefined {
    const letter = this.#peek()
    if (letter === undefined) throw new SyntaxError('trailing backslash')
    const perl = perlClass(letter)
    if (perl !== undefined) {
      this.#at++
      return perl
    }
    if (!this.#accept('p') && !this.#accept('P')) return undefined
    let name = this.#next()
    if (name === '{') for (name = ''; !this.#accept('}'); ) name += this.#next()
    const negated = name.startsWith('^')
    return unicodeClass(negated ? name.slice(1) : name, (letter === 'P') !== negated)
  }

  #charEscape(): string {
    const c = this.#next()
    const control = ({ a: '\x07', f: '\f', t: '\t', n: '\n', r: '\r', v: '\v' } as Record<string, string>)[c]
    if (control !== undefined) return control
    if (c === 'x') return this.#hexEscape()
    // Letters and digits are reserved; among them are the backreferences, which RE2 does not know.
    if (/[A-Za-z0-9]/.test(c)) throw new SyntaxError(`invalid escape sequence \\${c}`)
    return c
  }

  #hexEscape(): string {
    let digits = ''
    if (this.#accept('{')) while (!this.#accept('}')) digits += this.#next()
    else digits = this.#next() + this.#next()
    const code = /^[0-9A-Fa-f]{1,6}$/.test(digits) ? Number.parseInt(digits, 16) : Number.NaN
    if (!(code <= 0x10ffff)) throw new SyntaxError('invalid escape sequence \\x')
    return String.fromCodePoint(code)
  }

  #class(flags: Flags): CharSet {
    const set = CharSet.empty(this.#accept('^'), flags.fold)
    for (let first = true; first || this.#peek() !== ']'; first = false) {
      const posix = this.#posixClass()
      if (posix !== undefined) set.addSet(posix)
      else this.#classItem(set)
    }
    this.#at++
    return set
  }

  #classItem(set: CharSet): void {
    const escaped = this.#accept('\\')
    const nested = escaped ? this.#classEscape() : undefined
    if (nested !== undefined) set.addSet(nested)
    else this.#range(set, escaped ? this.#charEscape() : this.#next())
  }

  #posixClass(): CharSet | undefined {
    if (this.#peek() !== '[' || this.#chars[this.#at + 1] !== ':') return undefined
    const end = this.#chars.indexOf(']', this.#at)
    if (end === -1 || this.#chars[end - 1] !== ':') return undefined
    const set = posixClass(this.#chars.slice(this.#at + 2, end - 1).join(''))
    this.#at = end + 1
    return set
  }

  #range(set: CharSet, low: string): void {
    let high = low
    const dash = this.#peek() === '-' && this.#chars[this.#at + 1] !== ']' && this.#at + 1 < this.#chars.length
    if (dash) {
      this.#at++
      high = this.#accept('\\') ? this.#charEscape() : this.#next()
    }
    if (high.codePointAt(0)! < low.codePointAt(0)!) throw new SyntaxError('invalid character class range')
    set.addRange(low.codePointAt(0)!, high.codePointAt(0)!)
  }
}
