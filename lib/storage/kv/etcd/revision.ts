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
    if (!this.next) {
      this.next = newCheck()
      this.schedule()
    }
    return this.next.answer
  }

  close(): void {
    this.line?.line?.close()
    this.line = undefined
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
      const line = this.lineNow()
      resolve(await (line?.ready ? this.askOn(line) : this.ask()))
    } catch (error) {
      reject(error)
    } finally {
      this.inFlight--
      this.schedule()
    }
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

function newCheck(): NextCheck {
  let resolve: NextCheck['resolve'] = () => {}
  let reject: NextCheck['reject'] = () => {}
  const answer = new Promise<number>((fulfil, refuse) => {
    resolve = fulfil
    reject = refuse
  })
  return { answer, resolve, reject }
}
