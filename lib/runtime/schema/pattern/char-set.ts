/** A set of code points. Tests go from cheap to dear: ranges first, Unicode classes last. */
export interface CharSet {
  /** Inclusive pairs: `[from, to, from, to, …]`. */
  readonly ranges: readonly number[]
  /** Unicode properties, each a pattern for one character. */
  readonly classes: readonly RegExp[]
  readonly negated: boolean
  readonly foldCase: boolean
}

/** The Perl classes (`\d`, `\w`, `\s`) and POSIX ones (`[:alpha:]`), which are ASCII in RE2. */
export const PERL_CLASSES: ReadonlyMap<string, readonly number[]> = new Map([
  ['d', [0x30, 0x39]],
  ['w', [0x30, 0x39, 0x41, 0x5a, 0x5f, 0x5f, 0x61, 0x7a]],
  ['s', [0x09, 0x0a, 0x0c, 0x0d, 0x20, 0x20]],
])

export const POSIX_CLASSES: ReadonlyMap<string, readonly number[]> = new Map([
  ['alnum', [0x30, 0x39, 0x41, 0x5a, 0x61, 0x7a]],
  ['alpha', [0x41, 0x5a, 0x61, 0x7a]],
  ['ascii', [0x00, 0x7f]],
  ['blank', [0x09, 0x09, 0x20, 0x20]],
  ['cntrl', [0x00, 0x1f, 0x7f, 0x7f]],
  ['digit', [0x30, 0x39]],
  ['graph', [0x21, 0x7e]],
  ['lower', [0x61, 0x7a]],
  ['print', [0x20, 0x7e]],
  ['punct', [0x21, 0x2f, 0x3a, 0x40, 0x5b, 0x60, 0x7b, 0x7e]],
  ['space', [0x09, 0x0d, 0x20, 0x20]],
  ['upper', [0x41, 0x5a]],
  ['word', [0x30, 0x39, 0x41, 0x5a, 0x5f, 0x5f, 0x61, 0x7a]],
  ['xdigit', [0x30, 0x39, 0x41, 0x46, 0x61, 0x66]],
])

/** The code points that `ranges` leaves out. */
export function complement(ranges: readonly number[]): readonly number[] {
  const pairs: [number, number][] = []
  for (let index = 0; index < ranges.length; index += 2)
    pairs.push([ranges[index] as number, ranges[index + 1] as number])
  pairs.sort((a, b) => a[0] - b[0])
  const rest: number[] = []
  let next = 0
  for (const [from, to] of pairs) {
    if (from > next) rest.push(next, from - 1)
    next = Math.max(next, to + 1)
  }
  if (next <= 0x10ffff) rest.push(next, 0x10ffff)
  return rest
}

/** Whether the set holds a code point. */
export function contains(set: CharSet, code: number): boolean {
  let found = holds(set, code)
  if (!found && set.foldCase) {
    const char = String.fromCodePoint(code)
    found = holdsFolded(set, char.toLowerCase(), code) || holdsFolded(set, char.toUpperCase(), code)
  }
  return found !== set.negated
}

function holdsFolded(set: CharSet, folded: string, original: number): boolean {
  const code = folded.codePointAt(0) as number
  return code !== original && String.fromCodePoint(code) === folded && holds(set, code)
}

function holds(set: CharSet, code: number): boolean {
  const { ranges, classes } = set
  for (let index = 0; index < ranges.length; index += 2) {
    if (code >= (ranges[index] as number) && code <= (ranges[index + 1] as number)) return true
  }
  return classes.length > 0 && classes.some((pattern) => pattern.test(String.fromCodePoint(code)))
}
