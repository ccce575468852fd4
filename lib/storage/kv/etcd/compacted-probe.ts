import type { Context } from '../../../meta/context.js'
import { KVError } from '../types.js'
import type { Connection } from './connection.js'
import { untilOver } from './deadline.js'
import { WatchStream } from './watch-stream.js'

/** The compacted revision, which etcd tells nobody but a watch that wants to begin below it. @internal */
export async function compactedRevisionOf(connection: Connection, key: Buffer, context: Context): Promise<number> {
  const { dialTimeoutMs, requestTimeoutMs } = connection.settings
  for (const host of connection.settings.hosts) {
    const client = await connection.dial(host)
    try {
      await untilOver(client.waitForReady(Date.now() + dialTimeoutMs, 'Watch'), context)
      const token = await connection.token(host)
      const request = { key, range_end: Buffer.alloc(0), startRevision: 1, previous: false }
      const ignore = { created() {}, events() {}, progress() {} }
      const stream = new WatchStream(client, token, request, ignore, requestTimeoutMs)
      const end = await untilOver(stream.ended, context).finally(() => stream.close())
      if (end.kind === 'compacted') return end.revision
    } catch {
      // The next host may know.
    } finally {
      client.close()
    }
  }
  throw new KVError('etcd: the compacted revision is not known')
}
