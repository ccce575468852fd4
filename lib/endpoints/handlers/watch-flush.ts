import { getOrAdd } from '../../meta/get-or-add.js'
import type { WatchEvent } from '../../storage/interface.js'
import { WatchChunk } from './watch-chunk.js'

/** How long one pass may hold the event loop, in milliseconds. */
const SLICE_MS = 5

/** Somebody who has something to write. */
export interface Flushable {
  flush(pass: FlushPass): void
}

/** Encodes events in a form of its own; encoders of the same `shape` write the same bytes. */
export interface EventEncoder {
  /** Undefined: what it writes is for one watch alone. */
  readonly shape: unknown
  encode(event: WatchEvent): Buffer
}

interface Shared {
  readonly events: readonly WatchEvent[]
  readonly chunk: WatchChunk
}

/** What watchers who are written to in one pass share: thousands of them get the same events at the same time. */
export class FlushPass {
  readonly #frames = new Map<unknown, Map<WatchEvent, Buffer>>()
  readonly #chunks = new Map<unknown, Map<WatchEvent, Shared>>()

  /** @param events at least one */
  chunk(encoder: EventEncoder, events: readonly WatchEvent[]): WatchChunk {
    const { shape } = encoder
    if (shape === undefined) return new WatchChunk(events.map((event) => encoder.encode(event)))
    const [first] = events
    const chunks = getOrAdd(this.#chunks, shape, () => new Map<WatchEvent, Shared>())
    const shared = chunks.get(first!)
    // Watches that select otherwise may agree on the first and the last event, and on no other.
    if (shared && areSame(shared.events, events)) return shared.chunk
    const frames = getOrAdd(this.#frames, shape, () => new Map<WatchEvent, Buffer>())
    const chunk = new WatchChunk(events.map((event) => getOrAdd(frames, event, () => encoder.encode(event))))
    chunks.set(first!, { events, chunk })
    return chunk
  }
}

function areSame(a: readonly WatchEvent[], b: readonly WatchEvent[]): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/**
 * Writes to all watches of the process that have something to write, once a turn of the event loop: what comes meanwhile
 * goes out together, so that a busy server writes more at a time instead of more often.
 */
class FlushQueue {
  #queue: Flushable[] = []
  #queued = new Set<Flushable>()
  #scheduled = false

  add(flushable: Flushable): void {
    if (this.#queued.has(flushable)) return
    this.#queued.add(flushable)
    this.#queue.push(flushable)
    this.#schedule()
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#run()
    })
  }

  #run(): void {
    const queue = this.#queue
    const pass = new FlushPass()
    const until = performance.now() + SLICE_MS
    let done = 0
    this.#queue = []
    while (done < queue.length && (done === 0 || performance.now() < until)) {
      const flushable = queue[done++]!
      this.#queued.delete(flushable)
      flushable.flush(pass)
    }
    if (done < queue.length) this.#queue = [...queue.slice(done), ...this.#queue]
    if (this.#queue.length > 0) this.#schedule()
  }
}

export const flushQueue = new FlushQueue()
