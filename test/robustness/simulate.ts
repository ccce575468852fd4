import { Timeline } from './check/timeline.js'
import type {
  Freshness,
  History,
  Operation,
  Page,
  Refusal,
  Seen,
  Selection,
  StoreEvent,
  WatchedEvent,
  Write,
} from './history.js'
import type { Random } from './random.js'

const KEYS = ['a/k0', 'a/k1', 'a/k2', 'b/k0', 'b/k1']
const LABELS = ['red', 'green']
const SELECTIONS: readonly Selection[] = [{}, { namespace: 'a' }, { label: 'red' }, { namespace: 'a', name: 'k1' }]
/** Between one operation's effect and the next one's; each lasts up to twice as long before and after. */
const STEP = 10

/** A history as a server without faults of its own would leave it: every operation takes effect at one moment. */
export function simulate(random: Random, count = 200): History {
  return new Simulation(random).run(count)
}

class Simulation {
  readonly #store: StoreEvent[] = []
  /** When each revision came to be. */
  readonly #times: number[] = [0]
  readonly #operations: Operation[] = []
  #known = new Timeline([])
  #now = 0
  #rev = 0

  constructor(private readonly random: Random) {}

  run(count: number): History {
    const kinds = ['write', 'write', 'write', 'get', 'list'] as const
    for (let i = 0; i < count; i++) {
      this.#now += STEP
      const kind = this.random.pick(kinds)
      if (kind === 'write') this.#write()
      else if (kind === 'get') this.#get()
      else this.#list()
    }
    for (let i = 0; i < 20; i++) this.#watch()
    return { store: this.#store, base: 0, compacted: 0, settled: this.#rev, operations: this.#operations }
  }

  #interval(): { id: number; server: number; invoked: number; returned: number } {
    const before = this.random.between(1, 2 * STEP)
    const after = this.random.between(1, 2 * STEP)
    return { id: this.#operations.length + 1, server: 0, invoked: this.#now - before, returned: this.#now + after }
  }

  #timeline(): Timeline {
    if (this.#known.events.length !== this.#store.length) this.#known = new Timeline([...this.#store])
    return this.#known
  }

  #at(key: string, rev = this.#rev): Seen | undefined {
    return this.#timeline().at(key, rev)
  }

  #write(): void {
    const { random } = this
    const key = random.pick(KEYS)
    const interval = this.#interval()
    const stands = this.#at(key)
    const verb = stands ? random.pick(['update', 'update', 'patch', 'delete', 'create'] as const) : 'create'
    const compares = stands !== undefined && verb !== 'create' && random.chance(0.5)
    const expected = compares ? (random.chance(0.8) ? stands.rev : Math.max(1, stands.rev - 1)) : undefined
    const value = verb === 'delete' ? '' : `w${interval.id}`
    const label = verb === 'patch' && random.chance(0.5) ? undefined : random.pick(LABELS)
    const write = { kind: 'write', ...interval, verb, key, value, ...(expected ? { expected } : {}) } as const
    const refused: Refusal | undefined =
      stands && verb === 'create' ? 'exists' : expected && expected !== stands?.rev ? 'conflict' : undefined
    const full = { ...write, ...(label && verb !== 'delete' ? { label } : {}) }
    if (refused) this.#operations.push({ ...full, outcome: { type: 'refused', why: refused } })
    else this.#apply(full, label ?? stands?.label ?? '')
  }

  #apply(write: Omit<Write, 'outcome'>, label: string): void {
    const lost = this.random.chance(0.1)
    const unknown = { ...write, returned: Number.POSITIVE_INFINITY, outcome: { type: 'unknown', why: 'lost' } } as const
    if (lost && this.random.chance(0.5)) {
      this.#operations.push(unknown)
      return
    }
    const { key, value, verb } = write
    this.#rev++
    this.#times.push(this.#now)
    const isDelete = verb === 'delete'
    this.#store.push({ type: isDelete ? 'delete' : 'put', rev: this.#rev, key, value, label: isDelete ? '' : label })
    const seen = isDelete ? {} : { seen: { key, rev: this.#rev, value, label } }
    this.#operations.push(lost ? unknown : { ...write, outcome: { type: 'done', ...seen } })
  }

  /** A revision that this freshness allows an answer of now to show. */
  #freshness(exact: boolean): { freshness: Freshness; rev: number } {
    const { random } = this
    const old = random.between(0, this.#rev)
    const choices: { freshness: Freshness; rev: number }[] = [
      { freshness: { type: 'latest' }, rev: this.#rev },
      { freshness: { type: 'latest' }, rev: this.#rev },
      { freshness: { type: 'any' }, rev: old },
      { freshness: { type: 'not-older', rev: old }, rev: random.between(old, this.#rev) },
    ]
    if (exact && old > 0) choices.push({ freshness: { type: 'exact', rev: old }, rev: old })
    return random.pick(choices)
  }

  #get(): void {
    const key = this.random.pick(KEYS)
    const { freshness, rev } = this.#freshness(false)
    const found = this.#at(key, rev)
    this.#operations.push({ kind: 'get', ...this.#interval(), key, freshness, ...(found ? { found } : {}) })
  }

  #list(): void {
    const selection = this.random.pick(SELECTIONS)
    const { freshness, rev } = this.#freshness(true)
    const items = [...this.#timeline().cut(selection, rev).values()]
    const limit = this.random.chance(0.5) ? 2 : 0
    const pages: Page[] = []
    do pages.push({ rev, items: items.splice(0, limit || items.length) })
    while (items.length > 0)
    const interval = this.#interval()
    const whole = { complete: true, expired: false }
    this.#operations.push({ kind: 'list', ...interval, selection, freshness, limit, pages, ...whole })
  }

  /** Opened at any moment of the run, and open to its end or cut somewhere. */
  #watch(): void {
    const { random } = this
    const timeline = this.#timeline()
    const selection = random.pick(SELECTIONS)
    const started = random.between(0, this.#now)
    const rev = this.#times.findLastIndex((time) => time <= started)
    const isInitial = random.chance(0.5)
    const from = isInitial ? rev : random.between(1, this.#rev)
    const events: WatchedEvent[] = []
    const reached = () => Math.max(started, events.at(-1)?.at ?? 0)
    if (isInitial)
      for (const object of timeline.cut(selection, rev).values())
        events.push({ at: reached() + 1, type: 'ADDED', rev: object.rev, object })
    if (isInitial && random.chance(0.5)) events.push({ at: reached() + 1, type: 'BOOKMARK', rev, initialEnd: true })
    for (const { type, rev: changed, object } of timeline.expected(selection)) {
      if (changed <= from) continue
      if (random.chance(0.1) && changed - 1 > from)
        events.push(bookmark(Math.max(reached(), this.#times[changed]!), changed - 1))
      events.push({ at: Math.max(reached(), this.#times[changed]!) + 1, type, rev: changed, object })
    }
    const open = random.chance(0.5)
    if (!open) events.splice(random.between(0, events.length))
    const shape = { selection, from: isInitial ? 0 : from, watchList: false, events } as const
    const end = open ? 'open' : 'lost'
    const interval = { id: this.#operations.length + 1, server: 0, invoked: started - 1, returned: started }
    const freshness = { type: 'latest' } as const
    this.#operations.push({
      kind: 'watch',
      ...interval,
      ...shape,
      mode: isInitial ? 'initial' : 'changes',
      freshness,
      end,
    })
  }
}

const bookmark = (at: number, rev: number): WatchedEvent => ({ at, type: 'BOOKMARK', rev })
