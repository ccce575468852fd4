import type { ITxnResponse } from 'etcd3'
import { backgroundContext, type Context } from '../../../meta/context.js'
import { FutureRevisionError, KVError } from '../types.js'
import type { Connection } from './connection.js'
import { isCompacted } from './errors.js'
import type { History } from './history.js'
import { encodeKey, parseRevision } from './messages.js'
import { COMPACT, TXN } from './methods.js'
import type { RevisionCheck } from './revision.js'

/** `Compare.CompareResult.EQUAL` and `Compare.CompareTarget.VERSION`. */
const EQUAL = 0
const VERSION = 0

/** Makes etcd forget history: on demand, and every so often. @internal */
export class Compactor {
  private timer: NodeJS.Timeout | undefined
  /** How many compactions all servers together have agreed on: the version of the agreed key. */
  private time = 0
  /** The revision of the last agreement; what is older is compacted at the next. */
  private previous = 0

  constructor(
    private readonly connection: Connection,
    private readonly history: History,
    private readonly revisions: RevisionCheck,
  ) {}

  start(): void {
    const { compactionIntervalMs } = this.connection.settings
    if (compactionIntervalMs === 0 || this.timer) return
    const again = async () => {
      // A round that fails is made up for by the next one.
      await this.round(backgroundContext({ signal: this.connection.closed })).catch(() => undefined)
      if (this.connection.closed.aborted) return
      this.timer = setTimeout(again, compactionIntervalMs).unref()
    }
    this.timer = setTimeout(again, compactionIntervalMs).unref()
  }

  stop(): void {
    clearTimeout(this.timer)
  }

  /** Forgets what is below `revision`. etcd keeps the state at the revision it is given, hence one less. */
  async compact(context: Context, revision: number): Promise<void> {
    const current = await this.revisions.current(context)
    if (revision > current) throw new FutureRevisionError(revision, current)
    await this.compactAt(context, revision - 1)
  }

  /**
   * Of all servers whose time is that of the key one wins, moves the time on, and compacts what was current when it last
   * won or lost; the others learn the new time. So each round is done once, and history is kept for a round at least.
   * This is the protocol of kube-apiserver, with which it may share the key.
   */
  async round(context: Context): Promise<void> {
    const key = encodeKey(this.connection.settings.compactionKey)
    const due = this.previous
    const response = await this.connection.write<ITxnResponse>(
      TXN,
      {
        compare: [{ key, result: EQUAL, target: VERSION, version: this.time }],
        success: [{ request_put: { key, value: Buffer.from(String(due)) } }],
        failure: [{ request_range: { key } }],
      },
      context,
    )
    this.previous = parseRevision(response.header.revision)
    if (response.succeeded) {
      this.time++
      await this.compactAt(context, due)
      return
    }
    const agreed = response.responses[0]?.response_range.kvs[0]
    this.time = agreed ? parseRevision(agreed.version) : 0
    const compacted = Number(agreed?.value.toString('latin1') ?? 0)
    if (Number.isSafeInteger(compacted) && compacted < this.previous) this.history.noteCompacted(compacted)
  }

  private async compactAt(context: Context, revision: number): Promise<void> {
    if (revision < 1 || revision <= this.history.compacted) return
    try {
      // Compacting is idempotent, so it may be tried again like a read.
      await this.connection.read(COMPACT, { revision }, context)
    } catch (error) {
      if (!(error instanceof KVError) || !isCompacted(error.cause)) throw error
    }
    this.history.noteCompacted(revision)
  }
}
