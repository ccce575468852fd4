import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Etcd3 } from 'etcd3'
import { describe, expect, it, onTestFinished } from 'vitest'
import { backgroundContext } from '../../../lib/meta/context.js'
import { etcd } from '../../../lib/storage/kv/etcd/index.js'
import { type KVWatch, ReplacedError, type WatchBatch } from '../../../lib/storage/kv/types.js'
import { startEtcd } from '../../support/etcd.js'
import { startTcpProxy } from '../../support/tcp-proxy.js'

const ctx = backgroundContext()

/** A store of its own, behind a proxy, that holds `/r/a`; and a folder. */
async function storeWithOneKey(flagsIn: (folder: string) => string[]) {
  const folder = await mkdtemp(join(tmpdir(), 'etcd-replaced-'))
  const cluster = await startEtcd({ flags: flagsIn(folder) })
  const proxy = await startTcpProxy(cluster.endpoints[0]!)
  const kv = etcd({ hosts: proxy.endpoint, compactionIntervalMs: 0 })
  onTestFinished(async () => {
    await kv.close()
    await proxy.close()
    await cluster.dispose()
    await rm(folder, { recursive: true, force: true })
  })
  await kv.open(ctx)
  await kv.create(ctx, '/r/a', Buffer.from('a'))
  return { folder, cluster, proxy, kv }
}

/** A watch of a quiet store at revision 2, behind a proxy; and a way to put another store of more revisions there. */
async function watched() {
  const flags: string[] = []
  const { folder, cluster, proxy, kv } = await storeWithOneKey(() => flags)
  const watch = kv.watch(ctx, '/r/', { startRevision: 0 })
  await watch.established
  const replace = async (...more: string[]) => {
    proxy.refuse()
    await cluster.kill()
    flags.push(`--data-dir=${join(folder, 'another')}`, ...more)
    await cluster.restart()
    const raw = new Etcd3({ hosts: cluster.endpoints[0]! })
    for (const key of ['/r/b', '/r/c', '/r/d']) await raw.put(key).value('another')
    raw.close()
    proxy.resume()
  }
  return { kv, cluster, proxy, watch, replace }
}

const endOf = async (watch: KVWatch): Promise<unknown> => {
  try {
    for await (const { events } of watch) if (events.length > 0) return events
  } catch (error) {
    return error
  }
  return 'the end'
}

describe('a watch that has seen nothing yet', () => {
  it('ends in the store of another cluster that took the place of its own', async () => {
    const { watch, replace } = await watched()
    await replace('--initial-cluster-token=another')
    const end = await endOf(watch)
    expect(end).toBeInstanceOf(ReplacedError)
    expect(String(end)).toContain('the store is another: its cluster was')
  })

  it('ends in a store that calls itself the same, and begins again with a lower term', async () => {
    const { watch, replace, cluster } = await watched()
    await cluster.kill()
    await cluster.restart()
    await expect.poll(() => watch.connected).toBe(true)
    await replace()
    const end = await endOf(watch)
    expect(end).toBeInstanceOf(ReplacedError)
    expect(String(end)).toContain('the store was put back: member')
  })
})

it('a watch counts as connected from its beginning until its connection breaks, and again from where it goes on', async () => {
  const { kv, proxy, watch, cluster } = await watched()
  expect(watch.connected).toBe(true)
  await kv.create(ctx, '/r/e', Buffer.from('e'))
  const batches = watch[Symbol.asyncIterator]()
  await batches.next()
  proxy.refuse()
  await expect.poll(() => watch.connected).toBe(false)
  await cluster.kill()
  await cluster.restart()
  expect(watch.connected).toBe(false)
  proxy.resume()
  await expect.poll(() => watch.connected, { timeout: 10_000 }).toBe(true)
  const next = batches.next() as Promise<IteratorYieldResult<WatchBatch>>
  await kv.create(ctx, '/r/f', Buffer.from('f'))
  expect((await next).value.events.map(({ key }) => key)).toEqual(['/r/f'])
  watch.cancel()
  await expect.poll(() => watch.connected).toBe(false)
})

it('a watch that was told what stood last ends in a copy of its store from before that, which has gone other ways since', async () => {
  const { folder, cluster, proxy, kv } = await storeWithOneKey((folder) => [`--data-dir=${join(folder, 'data')}`])
  const [data, copy] = [join(folder, 'data'), join(folder, 'copy')]
  await cluster.freeze(0)
  await cp(data, copy, { recursive: true })
  cluster.thaw(0)
  await kv.create(ctx, '/r/b', Buffer.from('b'))
  const [told, untold] = [1, 2].map(() => kv.watch(ctx, '/r/', { startRevision: 0 })) as [KVWatch, KVWatch]
  await Promise.all([told.established, untold.established])
  const found = (await kv.get(ctx, '/r/b')).kv!
  told.anchor!({ type: 'put', key: found.key, revision: found.modRevision, kv: found, prev: undefined })
  proxy.refuse()
  await cluster.kill()
  await rm(data, { recursive: true })
  await cp(copy, data, { recursive: true })
  await cluster.restart()
  const raw = new Etcd3({ hosts: cluster.endpoints[0]! })
  for (const key of ['/r/c', '/r/d']) await raw.put(key).value('another')
  raw.close()
  const ends = [endOf(told), endOf(untold)]
  proxy.resume()
  expect(await ends[0]).toBeInstanceOf(ReplacedError)
  // Who knows of nothing has nothing to compare: it is told what comes next.
  expect(await ends[1]).toMatchObject([{ key: '/r/d' }])
})
