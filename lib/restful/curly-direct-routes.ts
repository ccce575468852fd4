import type { CurlyParameter } from './curly-parameters.js'
import type { CurlyRoute } from './curly-route.js'
import { HashSlots } from './hash-slots.js'
import type { PathScan } from './path-scan.js'
import {
  mixed,
  type PathShape,
  type PathShapes,
  type PatternToken,
  patternHash,
  runsMatch,
  runsOf,
  scanHash,
  type TextRun,
} from './path-shape.js'
import type { Route } from './route.js'

/** A route and its pattern, if it is one of texts and plain parameters. */
export interface PatternRoute<C> {
  readonly route: CurlyRoute<C>
  readonly pattern: readonly PatternToken[] | undefined
  readonly shape: PathShape | undefined
}

// What is known of each route, by its place in a row of numbers.
const SERVICE = 0
const METHOD = 1
const SHAPE = 2
const TEXT = 3
const FIRST = 4
const LAST = 5
const RANK = 6
const LENGTH = 7
const ROW = 8

/** Patterns whose texts are expected to stay in the processor's cache. */
const MAX_RUNS = 1024

/**
 * Routes by method and pattern, for messages without Content-Type from clients that take any answer. A route is here
 * when the texts it begins with leave no doubt about the service, and all routes of its method in that service are here
 * too: so what is found here is what all the rules would find.
 *
 * A look-up among thousands of objects would wait for memory at each of them; here it reads a few numbers and a piece of
 * one long text, and touches no object but those it returns.
 */
export class CurlyDirectRoutes<C> {
  readonly #shapes: PathShapes
  readonly #slots = new HashSlots()
  readonly #methods: string[] = []
  /** Each route and behind it its parameters: what is read together lies together. */
  readonly #found: (Route<C> | readonly CurlyParameter[])[] = []
  /** Runs of texts behind the first; most patterns have none. */
  readonly #more: (readonly TextRun[] | undefined)[] = []
  /** The first run of each pattern as a text of its own, which is compared faster; only of tables that are small. */
  readonly #runs: string[] = []
  readonly #numbers: Int32Array
  /** The first runs of texts of all patterns. */
  readonly #texts: string

  /**
   * @param services the routes of each with their patterns, the most specific first.
   * @param serviceOf the service of all paths that a pattern matches, as far as its first texts alone decide on it;
   * undefined when they do not.
   */
  constructor(
    services: readonly (readonly PatternRoute<C>[])[],
    shapes: PathShapes,
    serviceOf: (pattern: readonly PatternToken[]) => number | undefined,
  ) {
    this.#shapes = shapes
    const rows: number[] = []
    const texts = new TextPool()
    for (const [service, routes] of services.entries()) {
      const isOwn = (each: PatternRoute<C>) => isDirect(each) && serviceOf(each.pattern) === service
      const excluded = new Set(routes.filter((each) => !isOwn(each)).map(({ route }) => route.method))
      for (const each of routes)
        if (isDirect(each) && !excluded.has(each.route.method)) this.#add(service, each, rows, texts)
    }
    this.#numbers = Int32Array.from(rows)
    this.#texts = texts.join()
    if (this.#runs.length > MAX_RUNS) this.#runs.length = 0
  }

  /** The place of the route for a path; -1 when the rules must be asked. */
  find(scan: PathScan, methodName: string): number {
    const method = this.#methods.indexOf(methodName)
    if (method === -1) return -1
    const shapes = this.#shapes.ofLength(scan.count)
    const slots = this.#slots
    const numbers = this.#numbers
    let best = -1
    for (let i = 0; i < shapes.length; i++) {
      const shape = shapes[i]!
      const hash = mixed(scanHash(shape, scan), method)
      for (let at = slots.first(hash); slots.at(at) !== 0; at = slots.next(hash, at)) {
        const place = slots.at(at) - 1
        const row = place * ROW
        if (numbers[row + METHOD] !== method || numbers[row + SHAPE] !== shape.number) continue
        if (best !== -1 && numbers[row + RANK]! > numbers[best * ROW + RANK]!) continue
        if (this.#matches(place, row, scan)) best = place
      }
    }
    return best
  }

  /** The number of its service. */
  service(place: number): number {
    return this.#numbers[place * ROW + SERVICE]!
  }

  route(place: number): Route<C> {
    return this.#found[place * 2] as Route<C>
  }

  parameters(place: number): readonly CurlyParameter[] {
    return this.#found[place * 2 + 1] as readonly CurlyParameter[]
  }

  #matches(place: number, row: number, scan: PathScan): boolean {
    const numbers = this.#numbers
    const start = scan.starts[numbers[row + FIRST]!]!
    const length = numbers[row + LENGTH]!
    const last = numbers[row + LAST]!
    if (scan.ends[last < 0 ? ~last : last]! - start !== length) return false
    const from = numbers[row + TEXT]!
    const { path } = scan
    if (this.#runs.length > 0) {
      if (!path.startsWith(this.#runs[place]!, start)) return false
    } else {
      for (let i = 0; i < length; i++) if (this.#texts.charCodeAt(from + i) !== path.charCodeAt(start + i)) return false
    }
    return last >= 0 || runsMatch(this.#more[place] ?? [], scan)
  }

  #add(service: number, { route, pattern, shape }: DirectPattern<C>, rows: number[], texts: TextPool): void {
    const [run, ...more] = runsOf(pattern)
    if (run === undefined) return
    if (!this.#methods.includes(route.method)) this.#methods.push(route.method)
    const method = this.#methods.indexOf(route.method)
    const row = new Array<number>(ROW).fill(0)
    row[SERVICE] = service
    row[METHOD] = method
    row[SHAPE] = shape.number
    row[TEXT] = texts.place(run.text)
    row[FIRST] = run.first
    // A sign says that there is more to compare.
    row[LAST] = more.length === 0 ? run.last : ~run.last
    row[RANK] = route.rank
    row[LENGTH] = run.text.length
    rows.push(...row)
    this.#found.push(route.route, route.parameters)
    this.#runs.push(run.text)
    this.#more.push(more.length === 0 ? undefined : more.map((each) => texts.shared(each)))
    this.#slots.add(mixed(patternHash(shape, pattern), method), this.#found.length / 2)
  }
}

type DirectPattern<C> = { readonly [K in keyof PatternRoute<C>]: NonNullable<PatternRoute<C>[K]> }

function isDirect<C>(each: PatternRoute<C>): each is DirectPattern<C> {
  const { route, shape } = each
  return route.plain && !route.affixes && shape !== undefined && shape.texts.length > 0
}

/** Texts one after the other, each once. */
class TextPool {
  readonly #places = new Map<string, number>()
  readonly #runs = new Map<string, TextRun>()
  #length = 0

  place(text: string): number {
    const known = this.#places.get(text)
    if (known !== undefined) return known
    const place = this.#length
    this.#places.set(text, place)
    this.#length += text.length
    return place
  }

  shared(run: TextRun): TextRun {
    const key = `${run.first} ${run.text}`
    const known = this.#runs.get(key) ?? run
    this.#runs.set(key, known)
    return known
  }

  join(): string {
    return [...this.#places.keys()].join('')
  }
}
