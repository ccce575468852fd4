import { CurlyDirectRoutes, type PatternRoute } from './curly-direct-routes.js'
import { type CurlyRoute, compileRoutes } from './curly-route.js'
import { CurlyRouteIndex } from './curly-route-index.js'
import type { CurlyServiceTable } from './curly-service-table.js'
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
import type { Route } from './route.js'
import type { RoutingOptions } from './route-selector.js'
import type { WebService } from './web-service.js'

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
  /** The shorter way to most of them. */
  readonly direct: CurlyDirectRoutes<C>

  constructor(services: readonly WebService<C>[], roots: CurlyServiceTable | undefined, options: RoutingOptions) {
    this.#trimRightSlash = options.trimRightSlash
    const patterns = services.map((service) =>
      compiledRoutes(service.routes(), options).map((route) => this.#withPattern(route)),
    )
    for (const [number, routes] of patterns.entries()) {
      const others = routes.filter((each) => !this.#insert(each, number)).map(({ route }) => route)
      this.#others.push(others.length === 0 ? undefined : new CurlyRouteIndex(others))
    }
    this.direct = new CurlyDirectRoutes(patterns, this.#shapes, (pattern) => roots?.serviceOf(pattern))
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

  #withPattern(route: CurlyRoute<C>): PatternRoute<C> {
    const pattern = patternOf(route)
    return { route, pattern, shape: pattern && this.#shapes.of(pattern) }
  }

  #insert({ route, pattern, shape }: PatternRoute<C>, service: number): boolean {
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

// A service's list of routes never changes (a new one takes its place), so what is compiled of it outlives the table.
const trimmed = new WeakMap<readonly Route<never>[], unknown>()
const untrimmed = new WeakMap<readonly Route<never>[], unknown>()

function compiledRoutes<C>(routes: readonly Route<C>[], options: RoutingOptions): readonly CurlyRoute<C>[] {
  const known = options.trimRightSlash ? trimmed : untrimmed
  const key = routes as readonly Route<never>[]
  const compiled = (known.get(key) as readonly CurlyRoute<C>[] | undefined) ?? compileRoutes(routes, options)
  known.set(key, compiled)
  return compiled
}
