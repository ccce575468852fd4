import { curlyToken } from './curly-token.js'
import { HashSlots } from './hash-slots.js'
import { PathScan } from './path-scan.js'
import {
  type PathShape,
  PathShapes,
  type PatternToken,
  patternHash,
  runsMatch,
  runsOf,
  sameRuns,
  scanHash,
  type TextRun,
} from './path-shape.js'
import { tokenizePath } from './path-tokens.js'
import type { RoutingOptions } from './route-selector.js'

interface ScoredShape {
  readonly shape: PathShape
  readonly score: number
  readonly slots: HashSlots
}

/** Roots of one length that are looked up by hash. */
const MAX_SHAPES = 8

/** Services whose roots are texts and plain parameters, found by hash; by the scores of CurlyServiceIndex. */
export class CurlyServiceTable {
  /** The highest score first. */
  readonly #shapes: ScoredShape[] = []
  readonly #runs: (readonly TextRun[])[] = []
  readonly #scan = new PathScan()

  private constructor() {}

  /** @returns undefined when some root cannot be held. */
  static of(roots: readonly string[], options: RoutingOptions): CurlyServiceTable | undefined {
    const table = new CurlyServiceTable()
    const shapes = new PathShapes(MAX_SHAPES)
    for (const root of roots) {
      const pattern = patternOfRoot(root, options)
      const shape = pattern && shapes.of(pattern)
      if (shape === undefined) return undefined
      table.#add(pattern!, shape)
    }
    table.#shapes.sort((a, b) => b.score - a.score)
    return table
  }

  /** The number of the service that takes a path; -1 when none does. */
  select(scan: PathScan): number {
    const { count } = scan
    let best = -1
    let bestScore = -1
    for (let i = 0; i < this.#shapes.length; i++) {
      const { shape, score, slots } = this.#shapes[i]!
      if (score < bestScore) break
      if (shape.length > count || !isFilled(shape.parameters, scan)) continue
      const hash = scanHash(shape, scan)
      for (let at = slots.first(hash); slots.at(at) !== 0; at = slots.next(hash, at)) {
        const service = slots.at(at) - 1
        if (!runsMatch(this.#runs[service]!, scan)) continue
        if (best === -1 || service < best) best = service
        bestScore = score
        break
      }
    }
    return best
  }

  /**
   * The service of every path that a pattern matches; undefined when a parameter of the pattern stands where the text of
   * some root may be, so that paths differ.
   */
  serviceOf(pattern: readonly PatternToken[]): number | undefined {
    const parameter = pattern.indexOf(undefined)
    const texts = parameter === -1 ? pattern.length : parameter
    if (texts < pattern.length && this.#shapes.some(({ shape }) => shape.length > texts)) return undefined
    // A text with nothing in it scores otherwise than its place in a path tells.
    if (pattern.includes('')) return undefined
    const path = pattern.map((token) => token ?? 'x').join('/')
    return this.select(this.#scan.read(path, false))
  }

  #add(pattern: readonly PatternToken[], shape: PathShape): void {
    const number = this.#runs.length + 1
    const runs = runsOf(pattern)
    this.#runs.push(runs)
    let scored = this.#shapes.find((each) => each.shape === shape)
    if (scored === undefined) {
      scored = { shape, score: scoreOf(pattern), slots: new HashSlots() }
      this.#shapes.push(scored)
    }
    const { slots } = scored
    const hash = patternHash(shape, pattern)
    // Of roots that differ in the names of parameters alone the first registered is taken.
    for (let at = slots.first(hash); slots.at(at) !== 0; at = slots.next(hash, at)) {
      if (sameRuns(this.#runs[slots.at(at) - 1]!, runs)) return
    }
    slots.add(hash, number)
  }
}

function isFilled(places: readonly number[], scan: PathScan): boolean {
  for (let i = 0; i < places.length; i++) if (scan.starts[places[i]!] === scan.ends[places[i]!]) return false
  return true
}

function scoreOf(root: readonly PatternToken[]): number {
  return root.reduce((score, token, i) => score + (token === undefined ? 1 : (root.length - i) * 10), 0)
}

// A text that is empty scores otherwise, and an expression must be run.
function patternOfRoot(root: string, { trimRightSlash }: RoutingOptions): PatternToken[] | undefined {
  const pattern: PatternToken[] = []
  for (const text of tokenizePath(root, trimRightSlash)) {
    const token = curlyToken(text, false)
    if (text === '' || token.kind === 'tail') return undefined
    if (token.kind === 'parameter' && token.expression !== undefined) return undefined
    pattern.push(token.kind === 'static' ? text : undefined)
  }
  return pattern
}
