import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backgroundContext } from '../../../lib/meta/context.js'
import { type EtcdKV, etcd } from '../../../lib/storage/kv/etcd/index.js'
import { type KVEvent, UnavailableError, UnknownOutcomeError } from '../../../lib/storage/kv/types.js'
import { type EtcdCluster, startEtcd } from '../../support/etcd.js'

const ctx = backgroundContext()
let cluster: EtcdCluster
let kv: EtcdKV

beforeAll(async () => {
  cluster = await startEtcd({
    members: 3,
    flags: ['--grpc-keepalive-min-time=100ms'],
  })
  kv = etcd({
    hosts: cluster.endpoints,
    compactionIntervalMs: 0,
    dialTimeoutMs: 500,
    requestTimeoutMs: 5_000,
    keepaliveTimeMs: 300,
    keepaliveTimeoutMs: 300,
  })
  await kv.open(ctx)
})

afterAll(async () => {
  await kv.close()
  await cluster.dispose()
})

interface Fates {
  readonly written: Map<string, number>
  readonly unknown: Set<string>
}

/** Writes keys one after another until `enough`, whatever happens. */
async function writeOn(prefix: string, enough: () => boolean): Promise<Fates> {
  const fates: Fates = { written: new Map(), unknown: new Set() }
  for (let i = 0; !enough(); i++) {
    const key = prefix + i
    try {
      const result = await kv.create(ctx, key, Buffer.from('v'))
      if (!result.ok) throw new Error(`${key} was there already`)
      fates.written.set(key, result.revision)
    } catch (error) {
      if (error instanceof UnknownOutcomeError) fates.unknown.add(key)
      else if (!(error instanceof UnavailableError)) throw error
    }
  }
  return fates
}

/** A write that is acknowledged. A cluster that changes its leader meanwhile gets another try, under another key. */
async function writeLast(to: EtcdKV, prefix: string): Promise<{ readonly key: string; readonly revision: number }> {
  for (let attempt = 0; ; attempt++) {
    const key = `${prefix}last${attempt}`
    try {
      const { ok, revision } = await to.create(ctx, key, Buffer.from('v'))
      expect(ok).toBe(true)
      return { key, revision }
    } catch (error) {
      if (attempt === 20 || !(error instanceof UnavailableError || error instanceof UnknownOutcomeError)) throw error
    }
  }
}

/** Runs `disturb` while writing and watching; then every story must agree. */
async function survives(prefix: string, disturb: () => Promise<void>): Promise<void> {
  const watch = kv.watch(ctx, prefix, { startRevision: 0 })
  const events: KVEvent[] = []
  const watching = (async () => {
    for await (const batch of watch) events.push(...batch.events)
  })()
  await watch.established
  let over = false
  let count = 0
  const writing = writeOn(prefix, () => over && count++ > 20)
  await disturb()
  over = true
  const { written, unknown } = await writing
  const last = await writeLast(kv, prefix)
  await expect.poll(() => events.at(-1)?.key).toBe(last.key)
  watch.cancel()
  await watching
  const told = new Map(events.map((event) => [event.key, event.revision]))
  expect(told.size).toBe(events.length)
  for (const [key, revision] of written) expect(told.get(key)).toBe(revision)
  for (const key of told.keys())
    expect(written.has(key) || unknown.has(key) || key.startsWith(`${prefix}last`)).toBe(true)
  const { items } = await kv.range(ctx, prefix)
  expect(items.map((item) => item.key).sort()).toEqual([...told.keys()].sort())
  expect(written.size).toBeGreaterThan(20)
}

describe('a cluster of three', () => {
  it('that loses its leader by a crash keeps every acknowledged write, and watches tell each once', async () => {
    await survives('/crash/', async () => {
      await cluster.kill(await cluster.leader())
      await expect.poll(() => cluster.leader(), { timeout: 20_000 }).toBeGreaterThanOrEqual(0)
      expect(await kv.currentRevision(ctx)).toBeGreaterThan(0)
      await cluster.restart()
    })
  })

  it('whose leader goes silent is read, written and watched through the others', async () => {
    let frozen = -1
    await survives('/frozen/', async () => {
      frozen = await cluster.leader()
      await cluster.freeze(frozen)
      const started = await kv.create(ctx, '/frozen-elsewhere', Buffer.from('v')).catch(() => undefined)
      expect(started?.ok ?? true).toBe(true)
      await expect.poll(() => kv.currentRevision(ctx).catch(() => 0), { timeout: 20_000 }).toBeGreaterThan(0)
    }).finally(() => cluster.thaw(frozen))
    await cluster.restart()
  })

  it('a member without a leader refuses at once instead of keeping silent, and watches leave it', async () => {
    const leader = await cluster.leader()
    const [alone, other] = [0, 1, 2].filter((index) => index !== leader)
    const lonely = etcd({ hosts: cluster.endpoints[alone!]!, compactionIntervalMs: 0, requestTimeoutMs: 2_000 })
    await lonely.open(ctx)
    const watch = lonely.watch(ctx, '/lonely/', { startRevision: 0 })
    const before = await watch.established
    await cluster.kill(leader)
    await cluster.kill(other)
    const refused = async () =>
      lonely.create(ctx, '/lonely/a', Buffer.from('v')).then(String, (error: Error) => `${error.name} ${error.message}`)
    await expect.poll(refused, { timeout: 20_000 }).toBe('UnavailableError etcd: etcdserver: no leader')
    await cluster.restart()
    const result = await writeLast(lonely, '/lonely/')
    const keys: string[] = []
    for await (const batch of watch) {
      keys.push(...batch.events.map((event) => event.key))
      if (batch.revision >= result.revision) break
    }
    expect(result.revision).toBeGreaterThan(before)
    expect(keys.at(-1)).toBe(result.key)
    expect(new Set(keys).size).toBe(keys.length)
    await lonely.close()
  })

  it('is used through the hosts that are there, when one never was', async () => {
    const partly = etcd({ hosts: ['127.0.0.1:1', ...cluster.endpoints], compactionIntervalMs: 0 })
    await partly.open(ctx)
    const watch = partly.watch(ctx, '/partly/', { startRevision: 0 })
    await watch.established
    const result = await partly.create(ctx, '/partly/a', Buffer.from('v'))
    for await (const batch of watch) if (batch.revision >= result.revision) break
    await partly.close()
  })
})
