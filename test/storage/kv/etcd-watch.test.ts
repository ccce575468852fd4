import { Etcd3, type IWatchResponse } from 'etcd3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backgroundContext } from '../../../lib/meta/context.js'
import { type EtcdKV, type EtcdOptions, etcd } from '../../../lib/storage/kv/etcd/index.js'
import { CompactedError, type KVEvent, type WatchBatch, type WriteResult } from '../../../lib/storage/kv/types.js'
import { type EtcdCluster, startEtcd } from '../../support/etcd.js'
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.js'

const ctx = backgroundContext()
let cluster: EtcdCluster
let proxy: TcpProxy
let raw: Etcd3
/** A client with a way of its own, which no test cuts. */
let direct: EtcdKV
const opened: EtcdKV[] = []

beforeAll(async () => {
  cluster = await startEtcd({ flags: ['--grpc-keepalive-min-time=100ms'] })
  proxy = await startTcpProxy(cluster.endpoints[0]!)
  raw = new Etcd3({ hosts: cluster.endpoints[0]! })
  direct = await open({ hosts: cluster.endpoints })
})

afterAll(async () => {
  for (const kv of opened) await kv.close()
  raw.close()
  await proxy.close()
  await cluster.dispose()
})

async function open(options: EtcdOptions): Promise<EtcdKV> {
  const kv = etcd({ compactionIntervalMs: 0, ...options })
  opened.push(kv)
  await kv.open(ctx)
  return kv
}

let prefixes = 0
const freshPrefix = () => `/watch/${prefixes++}/`

async function won(write: Promise<WriteResult>): Promise<number> {
  const result = await write
  expect(result.ok).toBe(true)
  return result.revision
}

const create = (key: string, value = 'v') => won(direct.create(ctx, key, Buffer.from(value)))

/** Reads until the batch that reaches `revision`. */
async function readTo(
  iterator: AsyncIterator<WatchBatch>,
  revision: number,
  onBatch: (batch: WatchBatch) => void = () => {},
): Promise<KVEvent[]> {
  const events: KVEvent[] = []
  for (;;) {
    const { value, done } = await iterator.next()
    if (done) throw new Error('the watch ended')
    onBatch(value)
    events.push(...value.events)
    if (value.revision >= revision) return events
  }
}

/** Writes revisions of several keys each, big enough for etcd to cut its answers into fragments. */
async function writeBigHistory(prefix: string): Promise<{ first: number; last: number; expected: string[] }> {
  const expected: string[] = []
  let first = 0
  let last = 0
  for (let round = 0; round < 10; round++) {
    const keys = Array.from({ length: 4 }, (_, i) => `${prefix}${i}`)
    const { header } = await raw.kv.txn({
      success: keys.map((key) => ({ request_put: { key: Buffer.from(key), value: Buffer.alloc(300_000, round) } })),
    })
    last = Number(header.revision)
    first ||= last
    expected.push(...keys.map((key) => `${last} ${key} ${round}`))
  }
  return { first, last, expected }
}

const line = (event: KVEvent) => `${event.revision} ${event.key} ${event.kv?.value[0]}`

/** What etcd itself sends for a range, to know whether it uses fragments. */
async function countFragments(prefix: string, first: number, last: number): Promise<number> {
  const big = new Etcd3({
    hosts: cluster.endpoints[0]!,
    grpcOptions: { 'grpc.max_receive_message_length': 64 * 1024 * 1024 },
  })
  const stream = await big.watchClient.watch()
  let fragments = 0
  await new Promise<void>((resolve, reject) => {
    stream.on('error', reject)
    stream.on('data', (response: IWatchResponse) => {
      if (response.fragment) fragments++
      if (response.events.some((event) => Number(event.kv.mod_revision) === last) && !response.fragment) resolve()
    })
    stream.write({
      create_request: {
        key: Buffer.from(prefix),
        range_end: Buffer.from(`${prefix}~`),
        start_revision: first,
        prev_kv: true,
        fragment: true,
      },
    })
  })
  stream.on('error', () => undefined)
  stream.cancel()
  big.close()
  return fragments
}

describe('a watch on etcd', () => {
  it('that is cut again and again in the middle of history and of fragments resumes without a gap or a repeat', async () => {
    const p = freshPrefix()
    const { first, last, expected } = await writeBigHistory(p)
    expect(await countFragments(p, first, last)).toBeGreaterThan(0)
    const kv = await open({ hosts: proxy.endpoint })
    const iterator = kv.watch(ctx, p, { startRevision: first })[Symbol.asyncIterator]()
    let cuts = 0
    const events = await readTo(iterator, last, (batch) => {
      const sizes = new Map<number, number>()
      for (const event of batch.events) sizes.set(event.revision, (sizes.get(event.revision) ?? 0) + 1)
      expect([...sizes.values()].every((size) => size === 4)).toBe(true)
      if (cuts++ < 4) proxy.cut()
    })
    expect(events.map(line)).toEqual(expected)
    expect(events.slice(4).every((event) => event.prev?.value[0] === event.kv!.value[0]! - 1)).toBe(true)
  })

  it('whose history is longer than what it may hold reads it piece by piece', async () => {
    const p = freshPrefix()
    const { first, last, expected } = await writeBigHistory(p)
    const kv = await open({ hosts: proxy.endpoint })
    const watch = kv.watch(ctx, p, { startRevision: first, bufferLimit: 4 })
    await watch.established
    const events = await readTo(watch[Symbol.asyncIterator](), last)
    expect(events.map(line)).toEqual(expected)
  })

  it('that delivered nothing before its connection broke has lost nothing', async () => {
    const p = freshPrefix()
    const kv = await open({ hosts: proxy.endpoint })
    const watch = kv.watch(ctx, p, { startRevision: 0 })
    await watch.established
    proxy.refuse()
    const revisions = []
    for (let i = 0; i < 5; i++) revisions.push(await create(p + i))
    proxy.resume()
    const events = await readTo(watch[Symbol.asyncIterator](), revisions.at(-1)!)
    expect(events.map((event) => event.revision)).toEqual(revisions)
  })

  it.each(['stop', 'kill'] as const)('goes on after etcd ends (%s) and starts again', async (how) => {
    const p = freshPrefix()
    const kv = await open({ hosts: proxy.endpoint })
    const watch = kv.watch(ctx, p, { startRevision: 0 })
    const iterator = watch[Symbol.asyncIterator]()
    await watch.established
    const before = await create(`${p}before`)
    expect((await readTo(iterator, before)).map((event) => event.revision)).toEqual([before])
    const unread = await create(`${p}unread`)
    await cluster[how]()
    await cluster.restart()
    const after = await create(`${p}after`)
    expect((await readTo(iterator, after)).map((event) => event.revision)).toEqual([unread, after])
    expect((await kv.get(ctx, `${p}after`)).kv?.modRevision).toBe(after)
  })

  it('notices a connection that has gone silent and goes on through another host', async () => {
    const p = freshPrefix()
    const other = await startTcpProxy(cluster.endpoints[0]!)
    other.refuse()
    const kv = await open({
      hosts: [proxy.endpoint, other.endpoint],
      keepaliveTimeMs: 200,
      keepaliveTimeoutMs: 200,
      dialTimeoutMs: 1_000,
      requestTimeoutMs: 5_000,
    })
    const watch = kv.watch(ctx, p, { startRevision: 0 })
    await watch.established
    other.resume()
    expect(other.open).toBe(0)
    proxy.pause()
    try {
      const revision = await create(`${p}a`)
      const events = await readTo(watch[Symbol.asyncIterator](), revision)
      expect(events.map((event) => event.revision)).toEqual([revision])
      expect(other.open).toBeGreaterThan(0)
      expect((await kv.get(ctx, `${p}a`)).kv?.modRevision).toBe(revision)
    } finally {
      proxy.resume()
      proxy.cut()
      await kv.close()
      await other.close()
    }
  })

  it('that was away while its place was compacted ends as compacted', async () => {
    const p = freshPrefix()
    const kv = await open({ hosts: proxy.endpoint })
    const watch = kv.watch(ctx, p, { startRevision: 0 })
    const start = await watch.established
    proxy.refuse()
    await create(`${p}a`)
    await create(`${p}b`)
    const last = await create(`${p}c`)
    await direct.compact(ctx, last)
    proxy.resume()
    const failure = await readTo(watch[Symbol.asyncIterator](), last).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(CompactedError)
    expect(failure).toMatchObject({ requested: start + 1, compacted: last - 1 })
    expect(kv.compactedRevision()).toBe(last - 1)
  })

  it('a client that did not compact itself learns from a refused read where history begins', async () => {
    const p = freshPrefix()
    const revisions = []
    for (let i = 0; i < 4; i++) revisions.push(await create(p + i))
    await direct.compact(ctx, revisions[3]!)
    const kv = await open({ hosts: cluster.endpoints })
    expect(kv.compactedRevision()).toBe(0)
    const failure = await kv.range(ctx, p, { revision: revisions[0]! }).catch((error: unknown) => error)
    expect(failure).toMatchObject({ requested: revisions[0], compacted: revisions[3]! - 1 })
    expect(kv.compactedRevision()).toBe(revisions[3]! - 1)
  })

  it('closing the store ends it while no host is reachable', async () => {
    const kv = await open({ hosts: proxy.endpoint })
    const watch = kv.watch(ctx, freshPrefix(), { startRevision: 0 })
    await watch.established
    proxy.refuse()
    const next = watch[Symbol.asyncIterator]().next()
    await kv.close()
    expect(await next).toMatchObject({ done: true })
    proxy.resume()
  })

  it('leaves no connection behind when it is cancelled', async () => {
    const own = await startTcpProxy(cluster.endpoints[0]!)
    const kv = await open({ hosts: own.endpoint })
    const watches = Array.from({ length: 5 }, () => kv.watch(ctx, freshPrefix(), { startRevision: 0 }))
    await Promise.all(watches.map((watch) => watch.established))
    await expect.poll(() => own.open).toBe(7)
    for (const watch of watches) watch.cancel()
    await expect.poll(() => own.open).toBe(2)
    await kv.close()
    await expect.poll(() => own.open).toBe(0)
    await own.close()
  })
})
