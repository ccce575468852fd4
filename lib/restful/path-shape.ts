import { MAX_SCANNED_TOKENS, type PathScan, tokenHash } from './path-scan.js'

/** A token of a pattern: its text, or undefined where any will do. */
export type PatternToken = string | undefined

/** Which tokens of a pattern are texts. Few tables have more than a handful of shapes. */
export interface PathShape {
  /** Its place among the shapes of the table. */
  readonly number: number
  readonly length: number
  /** Places of the texts. */
  readonly texts: readonly number[]
  /** Places of the others. */
  readonly parameters: readonly number[]
  readonly seed: number
}

/** The shapes of a table by their length. */
export class PathShapes {
  readonly #byLength: PathShape[][] = []
  readonly #maxOfLength: number
  #count = 0

  constructor(maxOfLength: number) {
    this.#maxOfLength = maxOfLength
  }

  /** The shape of a pattern; undefined when it would be one too many. */
  of(tokens: readonly PatternToken[]): PathShape | undefined {
    if (tokens.length > MAX_SCANNED_TOKENS) return undefined
    const texts = [...tokens.keys()].filter((place) => tokens[place] !== undefined)
    while (this.#byLength.length <= tokens.length) this.#byLength.push([])
    const shapes = this.#byLength[tokens.length]!
    const same = shapes.find((each) => each.texts.length === texts.length && each.texts.every((n, i) => n === texts[i]))
    if (same !== undefined) return same
    if (shapes.length >= this.#maxOfLength) return undefined
    const parameters = [...tokens.keys()].filter((place) => tokens[place] === undefined)
    const seed = texts.reduce((hash, place) => mixed(hash, place), mixed(tokens.length, texts.length))
    const shape = { number: this.#count++, length: tokens.length, texts, parameters, seed }
    shapes.push(shape)
    return shape
  }

  ofLength(length: number): readonly PathShape[] {
    return this.#byLength[length] ?? NONE
  }

  all(): PathShape[] {
    return this.#byLength.flat()
  }
}

const NONE: readonly PathShape[] = []

/** The hash of a pattern of a shape. */
export function patternHash(shape: PathShape, tokens: readonly PatternToken[]): number {
  let hash = shape.seed
  for (const place of shape.texts) hash = mixed(hash, tokenHash(tokens[place]!))
  return hash
}

/** The hash of the pattern of a shape that the first tokens of a path would match. */
export function scanHash(shape: PathShape, scan: PathScan): number {
  const { texts } = shape
  const { hashes } = scan
  let hash = shape.seed
  for (let i = 0; i < texts.length; i++) hash = mixed(hash, hashes[texts[i]!]!)
  return hash
}

/** One hash of two. */
export function mixed(hash: number, more: number): number {
  const product = Math.imul(hash ^ more, 0x9e3779b1)
  return product ^ (product >>> 15)
}

/** Texts of a pattern that follow each other, as they stand in a path. */
export interface TextRun {
  readonly first: number
  readonly last: number
  readonly text: string
}

/** The runs of texts of a pattern. */
export function runsOf(tokens: readonly PatternToken[]): TextRun[] {
  const runs: TextRun[] = []
  for (let at = 0; at < tokens.length; at++) {
    if (tokens[at] === undefined) continue
    let last = at
    while (last + 1 < tokens.length && tokens[last + 1] !== undefined) last++
    runs.push({ first: at, last, text: tokens.slice(at, last + 1).join('/') })
    at = last
  }
  return runs
}

/** Whether a path has all these texts at their places. */
export function runsMatch(runs: readonly TextRun[], scan: PathScan): boolean {
  for (let i = 0; i < runs.length; i++) if (!runMatches(runs[i]!, scan)) return false
  return true
}

export function runMatches({ first, last, text }: TextRun, scan: PathScan): boolean {
  const start = scan.starts[first]!
  return scan.ends[last]! - start === text.length && scan.path.startsWith(text, start)
}

/** Whether two patterns of one shape have the same texts. */
export function sameRuns(a: readonly TextRun[], b: readonly TextRun[]): boolean {
  return a.length === b.length && a.every((run, i) => run.text === b[i]!.text)
}
