import type { EventSource, TakenEvents, WatchEvent } from '../../storage/interface.js'
import type { EventEncoder, Flushable, FlushPass } from './watch-flush.js'
import { flushQueue } from './watch-flush.js'
import type { WatchSink } from './watch-sink.js'

/** Events of so many bytes go out together, about. */
const MAX_BYTES = 64 * 1024

/** How a stream of events came to its end: the source ended (with an error, perhaps), or its reader left. */
export type PumpEnd = { readonly by: 'source'; readonly error: unknown } | { readonly by: 'reader' }

/** Whose events are pumped. */
export interface PumpOwner {
  /** Told of what goes out, before it does; `settled` when there is no more now. */
  taken(events: readonly WatchEvent[], settled: boolean): void
  /** All that there was has been sent. */
  caughtUp(): void
  /** The last word. */
  ended(end: PumpEnd): void
}

/** Moves events from a watch of the storage to the client, as many at a time as there are, no faster than it reads. */
export class WatchPump implements Flushable {
  #busy = false
  #over = false

  constructor(
    private readonly source: EventSource,
    private readonly encoder: EventEncoder,
    private readonly sink: WatchSink,
    private readonly owner: PumpOwner,
  ) {}

  start(): void {
    this.source.onReadable = () => flushQueue.add(this)
    flushQueue.add(this)
  }

  flush(pass: FlushPass): void {
    if (this.#busy || this.#over) return
    let taken: TakenEvents
    let sent: boolean | Promise<boolean> = true
    try {
      taken = this.source.take(MAX_BYTES)
      const { events, next } = taken
      if (events.length > 0) {
        this.owner.taken(events, next !== 'more')
        sent = this.sink.send(pass.chunk(this.encoder, events))
      }
    } catch (error) {
      this.#finish({ by: 'source', error })
      return
    }
    if (typeof sent === 'boolean') this.#sent(sent, taken.next)
    else this.#await(sent, taken.next)
  }

  #await(sent: Promise<boolean>, next: TakenEvents['next']): void {
    this.#busy = true
    sent.then(
      (more) => {
        this.#busy = false
        // What came meanwhile did not wake anybody up.
        this.#sent(more, next === 'wait' ? 'more' : next)
      },
      (error: unknown) => this.#finish({ by: 'source', error }),
    )
  }

  #sent(more: boolean, next: TakenEvents['next']): void {
    if (!more) this.#finish({ by: 'reader' })
    else if (next === 'end') this.#finish({ by: 'source', error: undefined })
    else if (next === 'more') flushQueue.add(this)
    else this.owner.caughtUp()
  }

  #finish(end: PumpEnd): void {
    if (this.#over) return
    this.#over = true
    this.source.onReadable = undefined
    this.source.cancel()
    this.owner.ended(end)
  }
}
