import type { IRangeResponse } from 'etcd3'
import type { Context } from '../../../meta/context.js'
import { backgroundContext } from '../../../meta/context.js'
import type { Connection } from './connection.js'
import { throwIfOver, untilOver } from './deadline.js'
import { encodeKey, parseRevision } from './messages.js'
import { RANGE } from './methods.js'

/**
 * A check costs etcd's client as much as answering several reads does: while one is under way the next gathers those who
 * come. One that takes longer than this does not hold up the others.
 */
const PATIENCE_MS = 5
/** Where so many asked last time, the next check gathers for so long: else checks would take time from their answers. */
const CROWD = 4
const GATHER_MS = 1.2
/** How many checks may be under way at once. */
const MAX_IN_FLIGHT = 4

/** Nobody's in particular: a check serves many, and ends by its own time limit. */
const ANYBODY = backgroundContext()

/** A check that has not been sent yet, and its answer. */
interface NextCheck {
  readonly answer: Promise<number>
  /** How many ask. */
  asking: number
  readonly resolve: (revision: number) => void
  readonly reject: (error: unknown) => void
}

/**
 * The store's current revision, asked for once on behalf of all who wait for it. Who comes joins only a check that begins
 * later, since one under way may already have passed the point of etcd's answer: that is what makes it linearizable.
 * @internal
 */
export class RevisionCheck {
  private next: NextCheck | undefined
  private inFlight = 0
  private scheduled = false
  private lastSent = 0
  private lastAsking = 0
  private timer: NodeJS.Timeout | undefined
  private readonly request: object

  constructor(private readonly connection: Connection) {
    this.request = { key: encodeKey(connection.settings.compactionKey), count_only: true }
  }

  async current(context: Context): Promise<number> {
    throwIfOver(context)
    return untilOver(this.readIndex(), context)
  }

  /** The answer of the next check to be sent. */
  readIndex(): Promise<number> {
    if (!this.next) {
      this.next = newCheck()
      this.schedule()
    }
    this.next.asking++
    return this.next.answer
  }

  /** One check a tick, so that everybody who comes within the tick shares it. */
  private schedule(): void {
    if (this.scheduled || this.timer || !this.next || this.inFlight >= MAX_IN_FLIGHT) return
    const pause = this.inFlight > 0 ? PATIENCE_MS : this.lastAsking >= CROWD ? GATHER_MS : 0
    const wait = pause > 0 ? this.lastSent + pause - performance.now() : 0
    if (wait > 0) this.scheduleAfter(wait)
    else {
      this.scheduled = true
      setImmediate(() => {
        this.scheduled = false
        void this.send()
      })
    }
  }

  private scheduleAfter(wait: number): void {
    this.timer = setTimeout(() => {
      this.timer = undefined
      this.schedule()
    }, wait)
  }

  private async send(): Promise<void> {
    const { resolve, reject, asking } = this.next!
    this.next = undefined
    this.lastAsking = asking
    this.inFlight++
    this.lastSent = performance.now()
    try {
      const { header } = await this.connection.read<IRangeResponse>(RANGE, this.request, ANYBODY)
      resolve(parseRevision(header.revision))
    } catch (error) {
      reject(error)
    } finally {
      this.inFlight--
      clearTimeout(this.timer)
      this.timer = undefined
      this.schedule()
    }
  }
}

function newCheck(): NextCheck {
  let resolve: NextCheck['resolve'] = () => {}
  let reject: NextCheck['reject'] = () => {}
  const answer = new Promise<number>((fulfil, refuse) => {
    resolve = fulfil
    reject = refuse
  })
  return { answer, asking: 0, resolve, reject }
}
