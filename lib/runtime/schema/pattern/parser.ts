import type { CharSet } from './char-set.js'
import { ClassParser } from './class-parser.js'
import { PatternError, type Syntax } from './syntax.js'

const MAX_PATTERN_LENGTH = 4_096
const MAX_GROUP_DEPTH = 200
const MAX_REPEAT = 1_000

interface Flags {
  readonly i: boolean
  readonly m: boolean
  readonly s: boolean
}

const EMPTY: Syntax = { op: 'empty' }
const FLAGS = /(?:\?P?<[A-Za-z_]\w*>|\?([imsU]*)(?:-([imsU]+))?([:)]))/y
const REPETITION = /\{(\d{1,4})(?:(,)(\d{1,4})?)?\}/y

/**
 * Parses RE2 syntax, the one that `pattern` has in Kubernetes. What needs backtracking (look-around, back-references)
 * is no RE2 and refused.
 *
 * @throws {@link PatternError}
 * @see https://github.com/google/re2/wiki/Syntax
 */
export function parsePattern(pattern: string): Syntax {
  if (pattern.length > MAX_PATTERN_LENGTH) {
    throw new PatternError(`may not be longer than ${MAX_PATTERN_LENGTH} characters`)
  }
  return new PatternParser(pattern).parse()
}

class PatternParser {
  readonly #classes: ClassParser
  #flags: Flags = { i: false, m: false, s: false }
  #depth = 0

  constructor(readonly pattern: string) {
    this.#classes = new ClassParser(pattern)
  }

  parse(): Syntax {
    const syntax = this.#alternation()
    if (this.#classes.at < this.pattern.length) throw new PatternError('unexpected )')
    return syntax
  }

  #peek(): string | undefined {
    return this.pattern[this.#classes.at]
  }

  #alternation(): Syntax {
    const choices = [this.#concatenation()]
    while (this.#peek() === '|') {
      this.#classes.at++
      choices.push(this.#concatenation())
    }
    return choices.length === 1 ? (choices[0] as Syntax) : { op: 'alternate', choices }
  }

  #concatenation(): Syntax {
    const parts: Syntax[] = []
    for (let char = this.#peek(); char !== undefined && char !== '|' && char !== ')'; char = this.#peek()) {
      const quoted = this.#quoted()
      if (quoted?.length === 0) continue
      // A repetition behind \Q…\E concerns the last character alone.
      parts.push(...(quoted?.slice(0, -1) ?? []), this.#repetition(quoted?.at(-1) ?? this.#atom(char)))
    }
    return parts.length === 1 ? (parts[0] as Syntax) : { op: 'concat', parts }
  }

  #repetition(part: Syntax): Syntax {
    const bounds = this.#bounds()
    if (bounds === undefined) return part
    // A lazy repetition matches the same texts.
    if (this.#peek() === '?') this.#classes.at++
    if (this.#bounds() !== undefined) throw new PatternError('invalid nested repetition operator')
    return { op: 'repeat', part, ...bounds }
  }

  #bounds(): { readonly min: number; readonly max: number } | undefined {
    const simple = SIMPLE_BOUNDS.get(this.#peek() ?? '')
    if (simple !== undefined) {
      this.#classes.at++
      return simple
    }
    const match = this.#match(REPETITION)
    if (match === null) return undefined
    const min = Number(match[1])
    const max = match[2] === undefined ? min : match[3] === undefined ? Number.POSITIVE_INFINITY : Number(match[3])
    if (min > MAX_REPEAT || (max > MAX_REPEAT && max !== Number.POSITIVE_INFINITY) || max < min) {
      throw new PatternError(`invalid repeat count ${match[0]}`)
    }
    return { min, max }
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#classes.at
    const match = pattern.exec(this.pattern)
    if (match !== null) this.#classes.at = pattern.lastIndex
    return match
  }

  #atom(char: string): Syntax {
    switch (char) {
      case '(':
        return this.#group()
      case '[':
        return this.#chars(this.#classes.bracket())
      case '\\':
        return this.#escape()
      case '*':
      case '+':
      case '?':
        throw new PatternError(`missing argument to repetition operator ${char}`)
    }
    const code = this.pattern.codePointAt(this.#classes.at) as number
    this.#classes.at += code > 0xffff ? 2 : 1
    switch (char) {
      case '.':
        return this.#chars({ ranges: this.#flags.s ? [] : [0x0a, 0x0a], classes: [], negated: true })
      case '^':
        return { op: 'assert', assertion: this.#flags.m ? 'line-start' : 'text-start' }
      case '$':
        return { op: 'assert', assertion: this.#flags.m ? 'line-end' : 'text-end' }
      default:
        return this.#chars({ ranges: [code, code], classes: [], negated: false })
    }
  }

  #chars(set: Omit<CharSet, 'foldCase'>): Syntax {
    return { op: 'chars', set: { ...set, foldCase: this.#flags.i } }
  }

  #escape(): Syntax {
    const assertion = ESCAPED_ASSERTIONS.get(this.pattern[this.#classes.at + 1] ?? '')
    if (assertion === undefined) return this.#chars(this.#classes.escape())
    this.#classes.at += 2
    return { op: 'assert', assertion }
  }

  /** `\Q…\E`: everything between stands for itself. */
  #quoted(): Syntax[] | undefined {
    if (!this.pattern.startsWith('\\Q', this.#classes.at)) return undefined
    const from = this.#classes.at + 2
    const found = this.pattern.indexOf('\\E', from)
    const to = found < 0 ? this.pattern.length : found
    this.#classes.at = found < 0 ? to : to + 2
    return Array.from(this.pattern.slice(from, to), (char) => {
      const code = char.codePointAt(0) as number
      return this.#chars({ ranges: [code, code], classes: [], negated: false })
    })
  }

  #group(): Syntax {
    if (++this.#depth > MAX_GROUP_DEPTH) throw new PatternError('groups are nested too deeply')
    this.#classes.at++
    const outer = this.#flags
    const flags = this.#match(FLAGS)
    if (flags === null && this.#peek() === '?') {
      throw new PatternError('look-around and other Perl extensions are not supported: use RE2 syntax')
    }
    if (flags?.[3] !== undefined) this.#flags = changed(outer, flags[1] ?? '', flags[2] ?? '')
    this.#depth--
    // Flags alone, as in (?i), hold to the end of the group around them.
    if (flags?.[3] === ')') return EMPTY
    this.#depth++
    const inner = this.#alternation()
    if (this.#peek() !== ')') throw new PatternError('missing closing )')
    this.#classes.at++
    this.#flags = outer
    this.#depth--
    return inner
  }
}

const SIMPLE_BOUNDS: ReadonlyMap<string, { readonly min: number; readonly max: number }> = new Map([
  ['*', { min: 0, max: Number.POSITIVE_INFINITY }],
  ['+', { min: 1, max: Number.POSITIVE_INFINITY }],
  ['?', { min: 0, max: 1 }],
])

const ESCAPED_ASSERTIONS: ReadonlyMap<string, 'text-start' | 'text-end' | 'word' | 'not-word'> = new Map([
  ['A', 'text-start'],
  ['z', 'text-end'],
  ['b', 'word'],
  ['B', 'not-word'],
])

function changed(flags: Flags, on: string, off: string): Flags {
  const value = (flag: keyof Flags): boolean => (flags[flag] || on.includes(flag)) && !off.includes(flag)
  return { i: value('i'), m: value('m'), s: value('s') }
}
