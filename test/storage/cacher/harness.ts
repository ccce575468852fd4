import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { backgroundContext } from '../../../lib/meta/context.js'
import type { KubeObject } from '../../../lib/meta/types.js'
import { Cacher, type CacherOptions, ChangeFeed } from '../../../lib/storage/cacher/index.js'
import { etcd, lmdb, type RevisionedKV, Store } from '../../../lib/storage/index.js'
import { startEtcd } from '../../support/etcd.js'
import { ctx, kinds, ROOT } from '../store/harness.js'

export { ctx, kinds, ROOT }

/** A store of one kind or the other, for all tests of a file. */
export interface Backend {
  readonly name: string
  start(): Promise<{ kv: RevisionedKV; stop(): Promise<void> }>
}

export const backends: readonly Backend[] = [
  {
    name: 'lmdb',
    async start() {
      const folder = mkdtempSync(join(tmpdir(), 'express-apiserver-cacher-'))
      const kv = lmdb(folder, { unsafeNoSync: true })
      await kv.open(ctx)
      return {
        kv,
        async stop() {
          await kv.close()
          rmSync(folder, { recursive: true, force: true })
        },
      }
    },
  },
  {
    name: 'etcd',
    async start() {
      const server = await startEtcd()
      const kv = etcd({ hosts: server.endpoints, compactionIntervalMs: 0 })
      await kv.open(ctx)
      return {
        kv,
        async stop() {
          await kv.close()
          await server.dispose()
        },
      }
    },
  },
]

/** One cache of widgets on a store. */
export function cacherOn(kv: RevisionedKV, options: Partial<CacherOptions<KubeObject>> = {}) {
  const store = new Store({ kv, codec: kinds.codec })
  const feed = new ChangeFeed(kv, '/registry/')
  const cacher = new Cacher({ store, feed, keyRoot: ROOT, ...options })
  return { store, feed, cacher }
}

/** A running store for a file's tests. */
export function running(backend: Backend): { readonly kv: RevisionedKV } {
  let running: { kv: RevisionedKV; stop(): Promise<void> } | undefined
  beforeAll(async () => {
    running = await backend.start()
  })
  afterAll(() => running?.stop())
  return {
    get kv() {
      return running!.kv
    },
  }
}

export const withSignal = () => {
  const controller = new AbortController()
  return { ctx: backgroundContext({ signal: controller.signal }), end: () => controller.abort() }
}
