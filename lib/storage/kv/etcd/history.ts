import type { Context } from '../../../meta/context.js'
import { CompactedError, FutureRevisionError, KVError } from '../types.js'
import { compactedRevisionOf } from './compacted-probe.js'
import type { Connection } from './connection.js'
import { isCompacted, isFutureRevision } from './errors.js'
import type { RevisionCheck } from './revision.js'

/**
 * What is known of the revisions that the store still keeps. etcd's compaction at a revision leaves the state at that very
 * revision readable, but not its changes (before 3.4.35 and 3.5.17 deletes are lost): it counts as forgotten here.
 * @internal
 */
export class History {
  private forgotten = 0

  constructor(
    private readonly connection: Connection,
    private readonly revisions: RevisionCheck,
  ) {}

  /** The highest revision known to be compacted. */
  get compacted(): number {
    return this.forgotten
  }

  noteCompacted(revision: number): void {
    this.forgotten = Math.max(this.forgotten, revision)
  }

  throwIfForgotten(revision: number): void {
    if (revision <= this.forgotten) throw new CompactedError(revision, this.forgotten)
  }

  /** Names the revisions where etcd's error leaves them out. */
  async explain(error: unknown, requested: number, key: Buffer, context: Context): Promise<unknown> {
    const cause = error instanceof KVError ? error.cause : error
    if (isFutureRevision(cause)) return new FutureRevisionError(requested, await this.revisions.current(context))
    if (!isCompacted(cause)) return error
    // A failure to learn more must not hide what is known: that the asked revision is gone.
    const compacted = await compactedRevisionOf(this.connection, key, context).catch(() => requested)
    this.noteCompacted(Math.max(compacted, requested))
    return new CompactedError(requested, this.forgotten)
  }
}
