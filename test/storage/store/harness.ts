import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { backgroundContext, type Context } from '../../../lib/meta/context.js'
import { parseFieldSelector } from '../../../lib/meta/fields/index.js'
import { parseLabelSelector } from '../../../lib/meta/labels/index.js'
import type { KubeObject } from '../../../lib/meta/types.js'
import { Cacher, ChangeFeed } from '../../../lib/storage/cacher/index.js'
import { type Interface, lmdb, SelectionPredicate, Store, type StoreOptions } from '../../../lib/storage/index.js'
import type {
  GetResult,
  KVWatch,
  Lease,
  RangeOptions,
  RangeResult,
  RevisionedKV,
  WatchOptions,
  WriteOptions,
  WriteResult,
} from '../../../lib/storage/kv/types.js'
import { widgets } from '../../runtime/widgets.js'

export const ctx: Context = backgroundContext()
export const kinds = widgets()
export const ROOT = '/example.com/widgets'

/** Whether the tests of the Store are run on a cache in front of it: it must pass them all the same. */
export const throughCache = process.env.STORAGE_UNDER_TEST === 'cacher'

/** A store of the embedded kind in a folder of its own, for all tests of a file. */
export function embedded(): {
  readonly kv: RevisionedKV
  store(options?: Partial<StoreOptions<KubeObject>>): Interface
} {
  const folder = mkdtempSync(join(tmpdir(), 'express-apiserver-store-'))
  const kv = lmdb(folder, { unsafeNoSync: true })
  const caches: Cacher[] = []
  let opened = false
  beforeAll(async () => {
    await kv.open(ctx)
    opened = true
    for (const { feed } of caches) feed.start()
    for (const cacher of caches) expect(await cacher.ready(5_000)).toBe(true)
  })
  afterAll(async () => {
    await kv.close()
    rmSync(folder, { recursive: true, force: true })
  })
  return {
    kv,
    store: (options = {}) => {
      const store = new Store({ kv, codec: kinds.codec, ...options })
      if (!throughCache) return store
      const feed = new ChangeFeed(options.kv ?? kv, `${options.prefix ?? '/registry'}/`)
      const cacher = new Cacher({ store, feed, keyRoot: ROOT })
      caches.push(cacher)
      if (opened) feed.start()
      return cacher
    },
  }
}

/** A store that passes everything on; tests override what shall go wrong. */
export class PassingKV implements RevisionedKV {
  constructor(readonly inner: RevisionedKV) {}

  open(context: Context): Promise<void> {
    return this.inner.open(context)
  }
  get(context: Context, key: string, options?: { readonly revision?: number }): Promise<GetResult> {
    return this.inner.get(context, key, options)
  }
  range(context: Context, prefix: string, options?: RangeOptions): Promise<RangeResult> {
    return this.inner.range(context, prefix, options)
  }
  count(context: Context, prefix: string): Promise<{ readonly count: number; readonly revision: number }> {
    return this.inner.count(context, prefix)
  }
  readIndex(): number | Promise<number> {
    return this.inner.readIndex()
  }
  create(context: Context, key: string, value: Buffer, options?: WriteOptions): Promise<WriteResult> {
    return this.inner.create(context, key, value, options)
  }
  update(context: Context, key: string, value: Buffer, expected: number, options?: WriteOptions): Promise<WriteResult> {
    return this.inner.update(context, key, value, expected, options)
  }
  delete(context: Context, key: string, expected: number): Promise<WriteResult> {
    return this.inner.delete(context, key, expected)
  }
  watch(context: Context, prefix: string, options: WatchOptions): KVWatch {
    return this.inner.watch(context, prefix, options)
  }
  currentRevision(context: Context): Promise<number> {
    return this.inner.currentRevision(context)
  }
  compact(context: Context, revision: number): Promise<void> {
    return this.inner.compact(context, revision)
  }
  compactedRevision(): number {
    return this.inner.compactedRevision()
  }
  grantLease(context: Context, ttlSeconds: number): Promise<Lease> {
    return this.inner.grantLease(context, ttlSeconds)
  }
  close(): Promise<void> {
    return this.inner.close()
  }
}

export interface Selection {
  readonly labels?: string
  readonly fields?: string
  readonly limit?: number
  readonly continue?: string
}

const fieldsOf = ({ metadata }: KubeObject) => ({ 'metadata.name': metadata.name ?? '' })

/** What a query of these parameters would select. */
export const selecting = ({ labels = '', fields = '', limit = 0, continue: token = '' }: Selection = {}) =>
  new SelectionPredicate(parseLabelSelector(labels), parseFieldSelector(fields), fieldsOf, limit, token)

let folders = 0
/** A collection that no other test uses. */
export const freshCollection = (): string => `${ROOT}/ns-${++folders}`

export const names = (items: Iterable<{ readonly object: KubeObject }>): string[] =>
  Array.from(items, ({ object }) => object.metadata.name ?? '')

/** What a promise was rejected with; fails when it was not. */
export async function thrownBy(work: Promise<unknown>): Promise<Error & { code?: string }> {
  const outcome = await work.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )
  if ('value' in outcome) throw new Error('nothing was thrown')
  return outcome.error as Error
}
