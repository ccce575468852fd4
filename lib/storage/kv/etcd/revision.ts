import type { IRangeResponse } from 'etcd3'
import type { Context } from '../../../meta/context.js'
import { backgroundContext } from '../../../meta/context.js'
import type { Connection } from './connection.js'
import { throwIfOver, untilOver } from './deadline.js'
import { encodeKey, parseRevision } from './messages.js'
import { RANGE } from './methods.js'

/**
 * How many checks may be under way at once. Each costs etcd's client as much as answering several reads does, but to let
 * more readers gather for one makes their answers come in bursts, which costs more (tried with 1 to 4 under way, and pauses).
 */
const MAX_IN_FLIGHT = 3

/** Nobody's in particular: a check serves many, and ends by its own time limit. */
const ANYBODY = backgroundContext()

/** A check that has not been sent yet, and its answer. */
interface NextCheck {
  readonly answer: Promise<number>
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
    return this.next.answer
  }

  /** One check a tick, so that everybody who comes within the tick shares it. */
  private schedule(): void {
    if (this.scheduled || !this.next || this.inFlight >= MAX_IN_FLIGHT) return
    this.scheduled = true
    setImmediate(() => {
      this.scheduled = false
      void this.send()
    })
  }

  private async send(): Promise<void> {
    const { resolve, reject } = this.next!
    this.next = undefined
    this.inFlight++
    try {
      const { header } = await this.connection.read<IRangeResponse>(RANGE, this.request, ANYBODY)
      resolve(parseRevision(header.revision))
    } catch (error) {
      reject(error)
    } finally {
      this.inFlight--
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
  return { answer, resolve, reject }
}
