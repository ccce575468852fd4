import { setTimeout as sleep } from 'node:timers/promises'
import { freshnessQuery, randomSelection } from './clients.js'
import type { Freshness, Selection, Watch, WatchEnd, WatchedEvent } from './history.js'
import { openStream, type Stream } from './http.js'
import { type RegisterObject, type StatusObject, seenIn, selectionPath } from './objects.js'
import type { Random } from './random.js'
import { now, type Recorder } from './recorder.js'

type Plan = Pick<Watch, 'selection' | 'mode' | 'freshness' | 'watchList' | 'from'> & {
  readonly bookmarks: boolean
  /** 0 = the server's own. */
  readonly timeoutSeconds: number
  /** When the client goes away by itself; Infinity = never. */
  readonly patienceMs: number
}

interface Line {
  readonly type: string
  readonly object: RegisterObject & StatusObject
}

/** A watch that is going on, or has ended. */
export class OpenWatch {
  readonly events: WatchedEvent[] = []
  readonly ended: Promise<void>
  readonly invoked = now()
  /** Undefined while it goes on. */
  end: WatchEnd | undefined
  status = 0
  #returned = Number.POSITIVE_INFINITY
  #said: WatchEnd | undefined
  #stream: Stream | undefined

  constructor(
    readonly id: number,
    readonly server: number,
    readonly plan: Plan,
    url: string,
    private readonly recorder: Recorder,
  ) {
    this.ended = new Promise((resolve) => {
      this.#stream = openStream(url, {
        opened: (status) => {
          this.status = status
          this.#returned = now()
        },
        line: (line) => (this.status === 200 ? this.#take(line as Line) : this.#refused(line as StatusObject)),
        ended: (complete) => {
          this.end = this.#said ?? (complete ? 'closed' : 'lost')
          resolve()
        },
      })
    })
  }

  get last(): number {
    return this.events.at(-1)?.rev ?? 0
  }

  /** Goes away, for this reason. */
  leave(why: 'cancelled' | 'open'): void {
    if (this.end !== undefined) return
    this.#said ??= why
    this.#stream?.cancel()
  }

  /** Whether the server was to end it by now. */
  get due(): boolean {
    return this.plan.timeoutSeconds > 0 && now() - this.invoked > this.plan.timeoutSeconds * 1000 - 100
  }

  record(): Watch {
    const { id, server, invoked, events } = this
    const { selection, mode, freshness, watchList, from } = this.plan
    const asked = { selection, mode, freshness, watchList, from }
    return { kind: 'watch', id, server, invoked, returned: this.#returned, ...asked, events, end: this.end ?? 'open' }
  }

  /** The watch did not begin, or ended, with this. */
  #refused({ code, reason = '', message = '' }: StatusObject, how = 'answer'): void {
    if (this.#said !== undefined) return
    this.#said = code === 410 ? 'expired' : 'error'
    if (code !== 410) this.recorder.noteError(`watch: ${how} ${code} ${reason} ${message}`.slice(0, 120))
  }

  #take({ type, object }: Line): void {
    // What comes after the client has gone away, or after an error, is nobody's any more.
    if (this.#said !== undefined) return
    if (type === 'ERROR') {
      this.#refused(object, 'ERROR event')
      return
    }
    const rev = Number(object.metadata.resourceVersion)
    this.recorder.noteRevision(rev)
    if (type !== 'BOOKMARK') {
      this.events.push({ at: now(), type: type as WatchedEvent['type'], rev, object: seenIn(object) })
      return
    }
    const initialEnd = object.metadata.annotations?.['k8s.io/initial-events-end'] === 'true'
    this.events.push({ at: now(), type, rev, ...(initialEnd ? { initialEnd } : {}) })
  }
}

/** Opens watches, one after the other, and goes on where the last one ended as often as not. */
export class Watcher {
  current: OpenWatch | undefined
  #stopping = false
  #ended: Promise<void> = Promise.resolve()

  constructor(
    private readonly urls: readonly (() => string)[],
    private readonly random: Random,
    private readonly recorder: Recorder,
    /** Whether to stay as long as the server lets it. */
    private readonly patient: boolean,
  ) {}

  start(): void {
    this.#stopping = false
    this.#ended = this.#run()
  }

  /** Opens no more; the one that goes on, goes on. */
  hold(): void {
    this.#stopping = true
  }

  async stop(why: 'cancelled' | 'open'): Promise<void> {
    this.#stopping = true
    this.current?.leave(why)
    await this.#ended
  }

  async #run(): Promise<void> {
    let resume: Pick<Plan, 'selection' | 'from'> | undefined
    while (!this.#stopping) {
      const watch = this.#open(resume ? this.#resumed(resume) : this.#fresh())
      this.current = watch
      const timer = setTimeout(() => watch.leave('cancelled'), Math.min(watch.plan.patienceMs, 600_000))
      await watch.ended
      clearTimeout(timer)
      this.current = undefined
      if (watch.status === 200 || watch.end === 'expired') this.recorder.add(watch.record())
      const { selection } = watch.plan
      const from = Math.max(watch.last, watch.plan.mode === 'changes' ? watch.plan.from : 0)
      // The initial objects come by name: only after all of them is the newest one's revision a place to go on from.
      const isSafe = from > 0 && watch.end !== 'expired' && (watch.plan.mode === 'changes' || hasSettled(watch))
      resume = isSafe && this.random.chance(0.7) ? { selection, from } : undefined
      if (watch.status !== 200) await sleep(50)
      await sleep(this.random.between(0, 50))
    }
  }

  #open(plan: Plan): OpenWatch {
    const server = this.random.between(0, this.urls.length - 1)
    const query: Record<string, string> = { watch: 'true' }
    if (plan.mode === 'changes') query.resourceVersion = String(plan.from)
    else if (plan.watchList) Object.assign(query, watchListQuery(plan.freshness))
    else Object.assign(query, freshnessQuery(plan.freshness, false))
    if (plan.bookmarks) query.allowWatchBookmarks = 'true'
    if (plan.timeoutSeconds > 0) query.timeoutSeconds = String(plan.timeoutSeconds)
    const url = this.urls[server]!() + selectionPath(plan.selection, query)
    return new OpenWatch(this.recorder.nextId(), server, plan, url, this.recorder)
  }

  #resumed({ selection, from }: Pick<Plan, 'selection' | 'from'>): Plan {
    return { selection, mode: 'changes', freshness: { type: 'any' }, watchList: false, from, ...this.#length() }
  }

  #fresh(): Plan {
    const { random, recorder } = this
    const selection: Selection = randomSelection(random)
    const old = recorder.revision(random)
    const draw = random.next()
    const length = this.#length()
    if (draw < 0.45 && old > 0)
      return { selection, mode: 'changes', freshness: { type: 'any' }, watchList: false, from: old, ...length }
    const watchList = length.bookmarks && random.chance(0.5)
    const choices: Freshness[] = [{ type: 'latest' }, { type: 'any' }]
    if (watchList && old > 0) choices.push({ type: 'not-older', rev: old })
    return { selection, mode: 'initial', freshness: random.pick(choices), watchList, from: 0, ...length }
  }

  #length(): Pick<Plan, 'bookmarks' | 'timeoutSeconds' | 'patienceMs'> {
    const { random } = this
    const bookmarks = random.chance(0.6)
    if (this.patient) return { bookmarks, timeoutSeconds: 0, patienceMs: Number.POSITIVE_INFINITY }
    const isTimed = random.chance(0.6)
    return {
      bookmarks,
      timeoutSeconds: isTimed ? random.between(3, 4) : 0,
      patienceMs: isTimed ? Number.POSITIVE_INFINITY : random.between(50, 1_500),
    }
  }
}

const hasSettled = ({ events }: OpenWatch): boolean =>
  events.some(({ type, initialEnd }) => initialEnd || type === 'BOOKMARK' || type === 'MODIFIED' || type === 'DELETED')

function watchListQuery(freshness: Freshness): Record<string, string> {
  const rev: Record<string, string> = freshness.type === 'latest' ? {} : freshnessQuery(freshness, false)
  return { ...rev, sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan' }
}
