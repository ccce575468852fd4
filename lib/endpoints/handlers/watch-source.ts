import {
  countUpTo,
  type EventSource,
  isEventSource,
  type TakenEvents,
  type WatchEvent,
} from '../../storage/interface.js'

/** Events taken from an iterator before anybody wants them. */
const AHEAD = 256

/** The events of any storage as a source that many can be taken from at a time. */
export const asEventSource = (events: AsyncIterable<WatchEvent>): EventSource =>
  isEventSource(events) ? events : new IteratedSource(events)

class IteratedSource implements EventSource {
  onReadable: (() => void) | undefined
  #events: WatchEvent[] = []
  #state: 'open' | 'ended' | 'cancelled' = 'open'
  #error: unknown
  #room: (() => void) | undefined
  readonly #iterator: AsyncIterator<WatchEvent>

  constructor(events: AsyncIterable<WatchEvent>) {
    this.#iterator = events[Symbol.asyncIterator]()
    void this.#read()
  }

  take(maxBytes: number): TakenEvents {
    if (this.#events.length > 0) {
      const events = this.#events.splice(0, countUpTo(this.#events, maxBytes))
      this.#room?.()
      return { events, next: this.#events.length > 0 || this.#state !== 'open' ? 'more' : 'wait' }
    }
    if (this.#state === 'open') return { events: [], next: 'wait' }
    const error = this.#error
    this.#error = undefined
    if (error !== undefined) throw error
    return { events: [], next: 'end' }
  }

  cancel(): void {
    if (this.#state === 'cancelled') return
    this.#state = 'cancelled'
    this.#events = []
    this.#room?.()
    // An iterator that waits for its next event hears of it when that comes, or by the context's signal.
    void this.#iterator.return?.(undefined)?.catch(() => {})
    this.onReadable?.()
  }

  [Symbol.asyncIterator](): AsyncIterator<WatchEvent> {
    throw new TypeError('these events are taken, not iterated')
  }

  async #read(): Promise<void> {
    try {
      while (this.#state === 'open') {
        const next = await this.#iterator.next()
        if (next.done || this.#state !== 'open') break
        this.#events.push(next.value)
        this.onReadable?.()
        if (this.#events.length >= AHEAD) await this.#hasRoom()
      }
    } catch (err) {
      this.#error = err
    }
    if (this.#state === 'open') this.#state = 'ended'
    this.onReadable?.()
  }

  #hasRoom(): Promise<void> {
    return new Promise((resolve) => {
      this.#room = () => {
        this.#room = undefined
        resolve()
      }
    })
  }
}
