const MAX_CODE_POINT = 0x10ffff

/** A set of code points: ranges, other sets, perhaps all but those, perhaps without regard to case. */
export class CharSet {
  static readonly any = new CharSet(false, false, [[0, MAX_CODE_POINT]])
  static readonly notNewline = new CharSet(true, false, [[10, 10]])

  readonly #ranges: (readonly [low: number, high: number])[]
  readonly #sets: CharSet[] = []
  #property: RegExp | undefined

  private constructor(
    readonly negated: boolean,
    readonly fold: boolean,
    ranges: (readonly [low: number, high: number])[],
  ) {
    this.#ranges = ranges
  }

  static of(char: string, fold: boolean): CharSet {
    const code = char.codePointAt(0)!
    return new CharSet(false, fold, [[code, code]])
  }

  static empty(negated: boolean, fold: boolean): CharSet {
    return new CharSet(negated, fold, [])
  }

  /** A set by the property of code points, as in `\p{L}`. */
  static property(property: RegExp, negated: boolean): CharSet {
    const set = new CharSet(negated, false, [])
    set.#property = property
    return set
  }

  addRange(low: number, high: number): void {
    this.#ranges.push([low, high])
  }

  addSet(set: CharSet): void {
    this.#sets.push(set)
  }

  has(code: number): boolean {
    return this.#contains(code) !== this.negated
  }

  #contains(code: number): boolean {
    if (this.#listed(code)) return true
    if (!this.fold) return false
    const char = String.fromCodePoint(code)
    return this.#listed(char.toLowerCase().codePointAt(0)!) || this.#listed(char.toUpperCase().codePointAt(0)!)
  }

  #listed(code: number): boolean {
    for (const [low, high] of this.#ranges) if (code >= low && code <= high) return true
    for (const set of this.#sets) if (set.has(code)) return true
    return this.#property?.test(String.fromCodePoint(code)) ?? false
  }
}

function ranges(text: string, negated = false): CharSet {
  const set = CharSet.empty(negated, false)
  const chars = Array.from(text)
  for (let i = 0; i < chars.length; i += 2) set.addRange(chars[i]!.codePointAt(0)!, chars[i + 1]!.codePointAt(0)!)
  return set
}

// Each pair of characters is a range. RE2's classes are ASCII only, unlike JavaScript's \s.
const PERL: Readonly<Record<string, string>> = { d: '09', w: '09AZ__az', s: '\t\n\f\r  ' }

const POSIX: ReadonlyMap<string, string> = new Map([
  ['alnum', '09AZaz'],
  ['alpha', 'AZaz'],
  ['ascii', '\x00\x7f'],
  ['blank', '\t\t  '],
  ['cntrl', '\x00\x1f\x7f\x7f'],
  ['digit', '09'],
  ['graph', '!~'],
  ['lower', 'az'],
  ['print', ' ~'],
  ['punct', '!/:@[`{~'],
  ['space', '\t\r  '],
  ['upper', 'AZ'],
  ['word', '09AZ__az'],
  ['xdigit', '09AFaf'],
])

/** The set of `\d`, `\w`, `\s` or their complements by letter; undefined for any other letter. */
export function perlClass(letter: string): CharSet | undefined {
  const text = /^[dwsDWS]$/.test(letter) ? PERL[letter.toLowerCase()] : undefined
  return text === undefined ? undefined : ranges(text, letter < 'a')
}

/** The set of `[:alpha:]` and its sisters, `^` before the name for the complement. */
export function posixClass(name: string): CharSet {
  const negated = name.startsWith('^')
  const text = POSIX.get(negated ? name.slice(1) : name)
  if (text === undefined) throw new SyntaxError(`unknown character class [:${name}:]`)
  return ranges(text, negated)
}

/** The set of a Unicode category (`L`, `Lu`) or script (`Greek`). */
export function unicodeClass(name: string, negated: boolean): CharSet {
  if (!/^[A-Za-z_]+$/.test(name)) throw new SyntaxError('invalid Unicode class')
  const property = name.length <= 2 ? name : `Script=${name}`
  try {
    return CharSet.property(new RegExp(`^\\p{${property}}$`, 'u'), negated)
  } catch {
    throw new SyntaxError(`unknown Unicode class ${name}`)
  }
}
