import type { KubeObject } from '../../meta/types.js'
import type { CacheEvent } from './cache-event.js'

/** The latest changes of a resource, from which watches begin that know an older state; bounded, the oldest go first. */
export class EventWindow<T extends KubeObject = KubeObject> {
  #events: CacheEvent<T>[] = []
  #head = 0
  #bytes = 0
  #since: number

  /**
   * @param since every change after this revision is here, or was
   * @param capacity most events
   * @param maxBytes most bytes of objects that only the window may still hold
   */
  constructor(
    since: number,
    private readonly capacity: number,
    private readonly maxBytes: number,
  ) {
    this.#since = since
  }

  /** Watches that have seen everything up to here, or later, can go on from the window. */
  get since(): number {
    return this.#since
  }

  get size(): number {
    return this.#events.length - this.#head
  }

  add(event: CacheEvent<T>): void {
    this.#events.push(event)
    this.#bytes += sizeOf(event)
    while (this.size > this.capacity || (this.#bytes > this.maxBytes && this.size > 1)) this.#dropOldest()
    if (this.#head >= 1024 && this.#head * 2 > this.#events.length) {
      this.#events = this.#events.slice(this.#head)
      this.#head = 0
    }
  }

  /** What happened after `revision`, which must not be before {@link since}. */
  after(revision: number): readonly CacheEvent<T>[] {
    let low = this.#head
    let high = this.#events.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#events[middle]!.revision <= revision) low = middle + 1
      else high = middle
    }
    return this.#events.slice(low)
  }

  /** Forgets the oldest event. Several of one revision go together: a watch cannot begin between them. */
  #dropOldest(): void {
    const { revision } = this.#events[this.#head]!
    for (let event = this.#events[this.#head]; event?.revision === revision; event = this.#events[this.#head]) {
      this.#bytes -= sizeOf(event)
      this.#events[this.#head++] = undefined as never
    }
    this.#since = revision
  }
}

/** The state before is what nobody else keeps. */
const sizeOf = ({ before }: CacheEvent): number => before?.size ?? 0
