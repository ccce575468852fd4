import { Etcd3 } from 'etcd3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backgroundContext } from '../../../lib/meta/context.js'
import { Compactor } from '../../../lib/storage/kv/etcd/compaction.js'
import { Connection } from '../../../lib/storage/kv/etcd/connection.js'
import { History } from '../../../lib/storage/kv/etcd/history.js'
import { etcd } from '../../../lib/storage/kv/etcd/index.js'
import { resolveOptions } from '../../../lib/storage/kv/etcd/options.js'
import { RevisionCheck } from '../../../lib/storage/kv/etcd/revision.js'
import { CompactedError } from '../../../lib/storage/kv/types.js'
import { type EtcdCluster, startEtcd } from '../../support/etcd.js'

const ctx = backgroundContext()
const KEY = 'compact_rev_key'
let cluster: EtcdCluster
let raw: Etcd3

beforeAll(async () => {
  cluster = await startEtcd()
  raw = new Etcd3({ hosts: cluster.endpoints[0]! })
})

afterAll(async () => {
  raw.close()
  await cluster.dispose()
})

/** One server's compactor, whose rounds the test does by hand. */
async function server() {
  const connection = new Connection(resolveOptions({ hosts: cluster.endpoints, compactionIntervalMs: 0 }))
  await connection.open()
  const revisions = new RevisionCheck(connection)
  const history = new History(connection, revisions)
  const compactor = new Compactor(connection, history, revisions)
  return { round: () => compactor.round(ctx), history, revisions, close: () => connection.close() }
}

const put = async (key: string) =>
  Number((await raw.kv.put({ key: Buffer.from(key), value: Buffer.from('v') })).header.revision)
const agreedTime = async () => Number((await raw.kv.range({ key: Buffer.from(KEY) })).kvs[0]?.version ?? 0)

/** Whether etcd itself still knows the state of a revision. */
const isKept = (revision: number) =>
  raw.kv.range({ key: Buffer.from(KEY), revision }).then(
    () => true,
    () => false,
  )

// One story: the first round of all begins the time that servers agree on.
describe('compaction of a shared etcd', { shuffle: false }, () => {
  it('is done by one server a round, of what was current one round before', async () => {
    const a = await server()
    const b = await server()
    const old = await put('/a')
    await put('/b')
    await a.round()
    await b.round()
    expect(await agreedTime()).toBe(1)
    expect(await isKept(old)).toBe(true)
    const young = await put('/c')
    await put('/d')
    await a.round()
    await b.round()
    expect(await agreedTime()).toBe(2)
    expect([await isKept(old), await isKept(young)]).toEqual([false, true])
    expect(a.history.compacted).toBeGreaterThan(old)
    expect(b.history.compacted).toBe(a.history.compacted)
    await put('/e')
    await a.round()
    await b.round()
    expect([await isKept(young), await agreedTime()]).toEqual([false, 3])
    a.close()
    b.close()
  })

  it('is taken over by another server when the one that did it is gone', async () => {
    const before = await agreedTime()
    const a = await server()
    const b = await server()
    for (let i = 0; i < 2; i++) await Promise.all([a.round(), b.round()])
    a.close()
    const revision = await put('/x')
    await put('/y')
    for (let i = 0; i < 3; i++) await b.round()
    expect(await isKept(revision)).toBe(false)
    expect(b.history.compacted).toBeGreaterThanOrEqual(revision)
    expect(await agreedTime()).toBeGreaterThan(before)
    b.close()
  })

  it('keeps the rounds of a kube-apiserver, which shares the key', async () => {
    const a = await server()
    await a.round()
    const compacted = await a.revisions.current(ctx)
    await raw.kv.put({ key: Buffer.from(KEY), value: Buffer.from(String(compacted)) })
    await raw.kv.compact({ revision: compacted })
    await a.round()
    expect(a.history.compacted).toBe(compacted)
    const time = await agreedTime()
    await a.round()
    expect(await agreedTime()).toBe(time + 1)
    a.close()
  })

  it('happens by itself at the interval of an opened store, until it is closed', async () => {
    const kv = etcd({ hosts: cluster.endpoints, compactionIntervalMs: 20 })
    await kv.open(ctx)
    const revision = await put('/by-itself')
    await put('/later')
    await expect.poll(() => isKept(revision)).toBe(false)
    await expect(kv.get(ctx, '/by-itself', { revision })).rejects.toThrow(CompactedError)
    expect((await kv.get(ctx, '/by-itself')).kv?.modRevision).toBe(revision)
    await kv.close()
    const last = await put('/after-close')
    await put('/after-close')
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(await isKept(last)).toBe(true)
  })
})
