import type { IRangeResponse } from 'etcd3'
import type { Context } from '../../../meta/context.js'
import { backgroundContext } from '../../../meta/context.js'
import { CheckLine, parseAddress } from './check-line.js'
import type { Connection } from './connection.js'
import { throwIfOver, untilOver } from './deadline.js'
import { encodeKey, parseRevision } from './messages.js'
import { RANGE } from './methods.js'

/**
 * How many checks may be under way at once. Fewer would let more readers gather for each, but their answers would come in
 * bursts, which costs more (tried with 1 to 4 under way, and pauses).
 */
const MAX_IN_FLIGHT = 3

/** How long a host whose line has failed is asked in the ordinary way. */
const REDIAL_MS = 1_000

/**
 * How many readers go on in one turn of the event loop. Were all those let go at once that waited for one check, nobody
 * would read what their clients ask next until all of them are answered; then these would wait for one check again, and
 * the server with them.
 */
const READERS_A_TURN = 8

/** Who waits for a check. */
interface Reader {
  readonly resolve: (revision: number) => void
  readonly reject: (error: unknown) => void
}

/** Readers of a check that has been answered, and how many of them have gone on. */
interface Answered {
  readonly readers: readonly Reader[]
  readonly revision: number
  gone: number
}

/**
 * The store's current revision, asked for once on behalf of all who wait for it. Who comes joins only a check that begins
 * later, since one under way may already have passed the point of etcd's answer: that is what makes it linearizable.
 * @internal
 */
export class RevisionCheck {
  /** Those whose check has not been sent yet. */
  private waiting: Reader[] = []
  private readonly answered: Answered[] = []
  private inFlight = 0
  private scheduled = false
  private line: { readonly host: string; readonly dialedAt: number; readonly line: CheckLine | undefined } | undefined
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
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject })
      this.schedule()
    })
  }

  close(): void {
    this.line?.line?.close()
    this.line = undefined
  }

  /** One check a tick, so that everybody who comes within the tick shares it. */
  private schedule(): void {
    if (this.scheduled || this.waiting.length === 0 || this.inFlight >= MAX_IN_FLIGHT) return
    this.scheduled = true
    setImmediate(() => {
      this.scheduled = false
      void this.send()
    })
  }

  private async send(): Promise<void> {
    const readers = this.waiting
    this.waiting = []
    this.inFlight++
    try {
      const line = this.lineNow()
      const revision = await (line?.ready ? this.askOn(line) : this.ask())
      if (this.answered.push({ readers, revision, gone: 0 }) === 1) this.letGo()
    } catch (error) {
      for (const { reject } of readers) reject(error)
    } finally {
      this.inFlight--
      this.schedule()
    }
  }

  /** Lets some readers go on, and others in later turns. */
  private letGo(): void {
    const [first] = this.answered
    if (!first) return
    const end = Math.min(first.gone + READERS_A_TURN, first.readers.length)
    for (; first.gone < end; first.gone++) first.readers[first.gone]!.resolve(first.revision)
    if (end === first.readers.length) this.answered.shift()
    if (this.answered.length > 0) setImmediate(() => this.letGo())
  }

  private async askOn(line: CheckLine): Promise<number> {
    const { requestTimeoutMs } = this.connection.settings
    const deadline = Date.now() + requestTimeoutMs
    try {
      return await line.ask()
    } catch {
      return this.ask(deadline)
    }
  }

  private async ask(deadline?: number): Promise<number> {
    const context = backgroundContext(deadline === undefined ? {} : { deadline })
    const { header } = await this.connection.read<IRangeResponse>(RANGE, this.request, context)
    return parseRevision(header.revision)
  }

  /** The line to the host that calls go to, dialled again where it went elsewhere or has failed. */
  private lineNow(): CheckLine | undefined {
    const { settings, closed } = this.connection
    // A user's token would have to be kept fresh here as well: those who log in ask in the ordinary way.
    if (settings.auth || closed.aborted) return undefined
    const host = this.connection.hostFor(0)
    const stands = this.line?.host === host && (!this.line.line?.over || Date.now() - this.line.dialedAt < REDIAL_MS)
    if (!stands) {
      this.line?.line?.close()
      const address = parseAddress(host, settings)
      this.line = { host, dialedAt: Date.now(), line: address && new CheckLine(address, settings) }
    }
    return this.line?.line
  }
}
