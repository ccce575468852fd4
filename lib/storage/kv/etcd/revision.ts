import type { IRangeResponse } from 'etcd3'
import type { Context } from '../../../meta/context.js'
import { backgroundContext } from '../../../meta/context.js'
import type { Connection } from './connection.js'
import { throwIfOver, untilOver } from './deadline.js'
import { encodeKey, parseRevision } from './messages.js'
import { RANGE } from './methods.js'

/** How many checks may be under way at once. */
const MAX_IN_FLIGHT = 3

interface Waiting {
  readonly resolve: (revision: number) => void
  readonly reject: (error: unknown) => void
}

/**
 * The store's current revision, asked for once on behalf of all who wait for it. Who comes joins only a check that begins
 * later, since one under way may already have passed the point of etcd's answer: that is what makes it linearizable.
 * @internal
 */
export class RevisionCheck {
  private waiting: Waiting[] = []
  private inFlight = 0
  private scheduled = false
  private readonly request: object

  constructor(private readonly connection: Connection) {
    this.request = { key: encodeKey(connection.settings.compactionKey), count_only: true }
  }

  current(context: Context): Promise<number> {
    throwIfOver(context)
    const answer = new Promise<number>((resolve, reject) => {
      this.waiting.push({ resolve, reject })
    })
    this.schedule()
    return untilOver(answer, context)
  }

  /** One check a tick, so that everybody who comes within the tick shares it. */
  private schedule(): void {
    if (this.scheduled || this.inFlight >= MAX_IN_FLIGHT || this.waiting.length === 0) return
    this.scheduled = true
    setImmediate(() => {
      this.scheduled = false
      void this.check()
    })
  }

  private async check(): Promise<void> {
    const waiting = this.waiting
    this.waiting = []
    this.inFlight++
    try {
      const { header } = await this.connection.read<IRangeResponse>(RANGE, this.request, backgroundContext())
      const revision = parseRevision(header.revision)
      for (const { resolve } of waiting) resolve(revision)
    } catch (error) {
      for (const { reject } of waiting) reject(error)
    } finally {
      this.inFlight--
      this.schedule()
    }
  }
}
