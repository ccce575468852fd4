import type { CurlyRoute } from './curly-route.js'
import { CurlyRouteIndex } from './curly-route-index.js'
import { curlyToken } from './curly-token.js'
import { HashSlots } from './hash-slots.js'
import { MAX_SCANNED_TOKENS, type PathScan } from './path-scan.js'
import {
  mixed,
  type PathShape,
  PathShapes,
  type PatternToken,
  patternHash,
  runMatches,
  runsMatch,
  runsOf,
  scanHash,
  type TextRun,
} from './path-shape.js'
import { tokenizePath } from './path-tokens.js'

/** Shapes of one length: each costs a look-up for every path of that length. */
const MAX_SHAPES = 16

const NONE: readonly never[] = []

/** The routes of a service with one pattern. */
interface Bucket<C> {
  readonly service: number
  readonly shape: PathShape
  /** Its first run of texts, since most patterns have no other. */
  readonly run: TextRun
  readonly more: readonly TextRun[] | undefined
  readonly routes: CurlyRoute<C>[]
}

/** The routes of all services: those of texts and plain parameters by hash, all others by their tokens. */
export class CurlyRouteTable<C> {
  readonly #shapes = new PathShapes(MAX_SHAPES)
  readonly #slots = new HashSlots()
  readonly #buckets: Bucket<C>[] = []
  /** By service: its routes with wildcards, expressions or verbs. */
  readonly #others: (CurlyRouteIndex<C> | undefined)[] = []
  readonly #trimRightSlash: boolean

  /** @param services the routes of each, the most specific first. */
  constructor(services: readonly (readonly CurlyRoute<C>[])[], trimRightSlash: boolean) {
    this.#trimRightSlash = trimRightSlash
    for (const [service, routes] of services.entries()) {
      const others = routes.filter((route) => !this.#insert(route, service))
      this.#others.push(others.length === 0 ? undefined : new CurlyRouteIndex(others))
    }
  }

  /** All routes of a service that match a path, the most specific first. */
  candidates(scan: PathScan, service: number): readonly CurlyRoute<C>[] {
    const { count } = scan
    let found: readonly CurlyRoute<C>[] = NONE
    let sorted = true
    const shapes = count > MAX_SCANNED_TOKENS ? NONE : this.#shapes.ofLength(count)
    for (let i = 0; i < shapes.length; i++) {
      const routes = this.#find(shapes[i]!, scan, service)
      if (routes === undefined) continue
      sorted = found.length === 0
      found = sorted ? routes : [...found, ...routes]
    }
    const others = this.#others[service]?.collect(tokenizePath(scan.path, this.#trimRightSlash)) ?? NONE
    if (others.length > 0) {
      sorted = found.length + others.length === 1
      found = [...found, ...others]
    }
    return sorted ? found : [...found].sort((a, b) => a.rank - b.rank)
  }

  #find(shape: PathShape, scan: PathScan, service: number): CurlyRoute<C>[] | undefined {
    const slots = this.#slots
    const hash = mixed(scanHash(shape, scan), service)
    for (let at = slots.first(hash); slots.at(at) !== 0; at = slots.next(hash, at)) {
      const bucket = this.#buckets[slots.at(at) - 1]!
      if (bucket.shape !== shape || bucket.service !== service || !runMatches(bucket.run, scan)) continue
      if (bucket.more === undefined || runsMatch(bucket.more, scan)) return bucket.routes
    }
    return undefined
  }

  #insert(route: CurlyRoute<C>, service: number): boolean {
    const pattern = patternOf(route)
    const shape = pattern && this.#shapes.of(pattern)
    if (pattern === undefined || shape === undefined) return false
    const [run, ...more] = runsOf(pattern)
    if (run === undefined) return false
    const hash = mixed(patternHash(shape, pattern), service)
    for (let at = this.#slots.first(hash); this.#slots.at(at) !== 0; at = this.#slots.next(hash, at)) {
      const bucket = this.#buckets[this.#slots.at(at) - 1]!
      if (bucket.service !== service || bucket.shape !== shape || !sameTexts(bucket, run, more)) continue
      bucket.routes.push(route)
      return true
    }
    this.#buckets.push({ service, shape, run, more: more.length === 0 ? undefined : more, routes: [route] })
    this.#slots.add(hash, this.#buckets.length)
    return true
  }
}

function sameTexts<C>(bucket: Bucket<C>, run: TextRun, more: readonly TextRun[]): boolean {
  return bucket.run.text === run.text && more.every((each, i) => each.text === bucket.more?.[i]?.text)
}

function patternOf<C>({ tokens, hasVerb, maxTokens }: CurlyRoute<C>): PatternToken[] | undefined {
  if (hasVerb || maxTokens > tokens.length) return undefined
  const pattern: PatternToken[] = []
  for (const text of tokens) {
    const token = curlyToken(text, false)
    if (token.kind === 'static') pattern.push(text)
    else if (token.kind === 'parameter' && token.expression === undefined) pattern.push(undefined)
    else return undefined
  }
  return pattern
}
