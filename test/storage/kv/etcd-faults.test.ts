import { setTimeout as sleep } from 'node:timers/promises'
import { Etcd3 } from 'etcd3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backgroundContext } from '../../../lib/meta/context.js'
import { type EtcdKV, type EtcdOptions, etcd } from '../../../lib/storage/kv/etcd/index.js'
import {
  ClosedError,
  type KeyValue,
  KVError,
  NoSpaceError,
  UnavailableError,
  UnknownOutcomeError,
} from '../../../lib/storage/kv/types.js'
import { type EtcdCluster, startEtcd } from '../../support/etcd.js'
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.js'

const ctx = backgroundContext()
let cluster: EtcdCluster
let proxy: TcpProxy
let raw: Etcd3
const opened: EtcdKV[] = []

beforeAll(async () => {
  cluster = await startEtcd()
  proxy = await startTcpProxy(cluster.endpoints[0]!)
  raw = new Etcd3({ hosts: cluster.endpoints[0]! })
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

const value = Buffer.from('v')
/** How often the key was written in its present life; 0 = absent. */
const writesOf = async (key: string) => Number((await raw.kv.range({ key: Buffer.from(key) })).kvs[0]?.version ?? 0)
const failureOf = (work: Promise<unknown>) => work.then(String, (error: unknown) => error)

describe('a write to etcd', () => {
  it('whose answer is lost has an unknown outcome, and stands once', async () => {
    const kv = await open({ hosts: proxy.endpoint })
    proxy.holdAnswers()
    const failure = failureOf(kv.create(ctx, '/lost/answer', value))
    await expect.poll(() => writesOf('/lost/answer')).toBe(1)
    proxy.cut()
    proxy.resume()
    expect(await failure).toBeInstanceOf(UnknownOutcomeError)
    const again = await kv.create(ctx, '/lost/answer', value)
    expect(again.ok).toBe(false)
    expect(await writesOf('/lost/answer')).toBe(1)
  })

  it('whose request is lost has an unknown outcome, and stands nowhere', async () => {
    const kv = await open({ hosts: proxy.endpoint })
    proxy.pause()
    const failure = failureOf(kv.create(ctx, '/lost/request', value))
    await new Promise((resolve) => setTimeout(resolve, 50))
    proxy.cut()
    proxy.resume()
    expect(await failure).toBeInstanceOf(UnknownOutcomeError)
    expect(await writesOf('/lost/request')).toBe(0)
    expect((await kv.create(ctx, '/lost/request', value)).ok).toBe(true)
  })

  it('that is past its deadline after it was sent has an unknown outcome', async () => {
    const kv = await open({ hosts: proxy.endpoint })
    proxy.holdAnswers()
    const late = backgroundContext({ deadline: Date.now() + 1_000 })
    expect(await failureOf(kv.create(late, '/lost/late', value))).toBeInstanceOf(UnknownOutcomeError)
    proxy.cut()
    proxy.resume()
  })

  it('that was sent runs to its end although its caller leaves', async () => {
    const kv = await open({ hosts: proxy.endpoint })
    proxy.holdAnswers()
    const aborter = new AbortController()
    const left = kv.create(backgroundContext({ signal: aborter.signal }), '/lost/left', value)
    await expect.poll(() => writesOf('/lost/left')).toBe(1)
    aborter.abort()
    proxy.resume()
    expect(await left).toMatchObject({ ok: true })
  })

  it('an aborted call leaves other calls on the same connection alone', async () => {
    const kv = await open({ hosts: proxy.endpoint })
    const accepted = proxy.accepted
    proxy.holdAnswers()
    const aborter = new AbortController()
    const aborted = failureOf(kv.get(backgroundContext({ signal: aborter.signal }), '/lost/a'))
    const others = Array.from({ length: 10 }, (_, i) => kv.create(ctx, `/lost/beside/${i}`, value))
    await expect.poll(() => writesOf('/lost/beside/9')).toBe(1)
    aborter.abort()
    expect(await aborted).toBeInstanceOf(UnavailableError)
    proxy.resume()
    expect((await Promise.all(others)).every((result) => result.ok)).toBe(true)
    expect(proxy.accepted).toBe(accepted)
  })

  it('that finds no connection was not sent', async () => {
    const kv = await open({ hosts: proxy.endpoint, dialTimeoutMs: 1_000 })
    proxy.refuse()
    // The first call after the break may still find the old connection; it must then not claim to know.
    const first = await failureOf(kv.create(ctx, '/refused/a', value))
    expect(first).toBeInstanceOf(KVError)
    const failure = await failureOf(kv.create(ctx, '/refused/b', value))
    expect(failure).toBeInstanceOf(UnavailableError)
    proxy.resume()
    expect([await writesOf('/refused/a'), await writesOf('/refused/b')]).toEqual([0, 0])
    // What was not sent may be sent again.
    const again = () => kv.create(ctx, '/refused/b', value).then(({ ok }) => ok, String)
    await expect.poll(again).toBe(true)
  })

  it('is never sent twice, whatever happens to connections', async () => {
    const kv = await open({ hosts: proxy.endpoint })
    const outcomes = new Map<string, string>()
    const writer = async (w: number) => {
      for (let i = 0; i < 40; i++) {
        const key = `/cut/${w}/${i}`
        const result = await kv.create(ctx, key, value).catch((error: unknown) => error)
        if (result instanceof UnknownOutcomeError) outcomes.set(key, 'unknown')
        else if (result instanceof UnavailableError) outcomes.set(key, 'none')
        else outcomes.set(key, (result as { ok: boolean }).ok ? 'written' : 'met its own key')
        if (i % 10 === w) proxy.cut()
      }
    }
    await Promise.all([0, 1, 2, 3].map(writer))
    expect([...outcomes.values()]).not.toContain('met its own key')
    expect([...outcomes.values()]).toContain('unknown')
    for (const [key, outcome] of outcomes) {
      const writes = await writesOf(key)
      if (outcome === 'written') expect(writes).toBe(1)
      else if (outcome === 'none') expect(writes).toBe(0)
      else expect(writes).toBeLessThanOrEqual(1)
    }
  })
})

describe('a closed store', () => {
  it('lets nobody wait for a connection', async () => {
    const kv = await open({ hosts: proxy.endpoint, dialTimeoutMs: 60_000, requestTimeoutMs: 60_000 })
    proxy.refuse()
    await failureOf(kv.create(ctx, '/closed/first', value))
    const failures = [failureOf(kv.get(ctx, '/closed/a')), failureOf(kv.create(ctx, '/closed/a', value))]
    await new Promise((resolve) => setTimeout(resolve, 20))
    await kv.close()
    expect(await Promise.all(failures)).toEqual([expect.any(ClosedError), expect.any(ClosedError)])
    proxy.resume()
  })
})

describe('a read from etcd', () => {
  it('is tried again when its connection breaks', async () => {
    const kv = await open({ hosts: proxy.endpoint })
    await kv.create(ctx, '/read/again', value)
    proxy.pause()
    const reading = kv.get(ctx, '/read/again')
    const asking = kv.currentRevision(ctx)
    await new Promise((resolve) => setTimeout(resolve, 50))
    proxy.cut()
    proxy.resume()
    expect((await reading).kv?.value).toEqual(value)
    expect(await asking).toBeGreaterThanOrEqual(1)
  })

  it('that gets no answer until its deadline was not possible', async () => {
    const kv = await open({ hosts: proxy.endpoint, requestTimeoutMs: 1_000 })
    proxy.pause()
    const late = () => backgroundContext({ deadline: Date.now() + 100 })
    expect(await failureOf(kv.get(late(), '/read/late'))).toBeInstanceOf(UnavailableError)
    expect(await failureOf(kv.currentRevision(late()))).toBeInstanceOf(UnavailableError)
    expect(await failureOf(kv.range(ctx, '/read/'))).toBeInstanceOf(UnavailableError)
    proxy.cut()
    proxy.resume()
  })

  it('gets answers beyond 4 MiB, in one page or in many, all of one revision', async () => {
    const kv = await open({ hosts: proxy.endpoint, pageSize: 10_000 })
    const large = Buffer.alloc(100_000, 'x')
    await Promise.all(Array.from({ length: 80 }, (_, i) => kv.create(ctx, `/large/${i + 100}`, large)))
    const whole = await kv.range(ctx, '/large/')
    expect([whole.items.length, whole.count, whole.more]).toEqual([80, 80, false])
    const small = await open({ hosts: proxy.endpoint, pageSize: 7 })
    const paged = await small.range(ctx, '/large/')
    const brief = (items: readonly KeyValue[]) =>
      items.map((item) => [item.key, item.modRevision, item.value.equals(large)])
    expect(brief(paged.items)).toEqual(brief(whole.items))
    expect(brief((await small.range(ctx, '/large/', { limit: 15 })).items)).toEqual(brief(whole.items.slice(0, 15)))
  })

  it('asks for smaller pages when answers are longer than it takes', async () => {
    const kv = await open({ hosts: proxy.endpoint, maxMessageBytes: 1_000_000 })
    const { items, count } = await kv.range(ctx, '/large/')
    expect([items.length, count]).toEqual([80, 80])
    const tiny = await open({ hosts: proxy.endpoint, maxMessageBytes: 50_000 })
    expect(await failureOf(tiny.range(ctx, '/large/'))).toBeInstanceOf(KVError)
  })

  it('pages keep the revision of the first while others write', async () => {
    const kv = await open({ hosts: proxy.endpoint, pageSize: 10 })
    const writer = await open({ hosts: cluster.endpoints })
    await Promise.all(Array.from({ length: 200 }, (_, i) => writer.create(ctx, `/pages/${i + 1000}`, value)))
    let writing = true
    const churn = (async () => {
      for (let i = 0; writing; i++) {
        const key = `/pages/${((i * 37) % 200) + 1000}`
        const { kv: current } = await writer.get(ctx, key)
        if (current) await writer.delete(ctx, key, current.modRevision)
        else await writer.create(ctx, key, value)
      }
    })()
    for (let i = 0; i < 10; i++) {
      const now = await kv.range(ctx, '/pages/')
      const then = await kv.range(ctx, '/pages/', { revision: now.revision })
      expect(now.items).toEqual(then.items)
      expect(now.count).toBe(now.items.length)
    }
    writing = false
    await churn
  })
})

describe('an etcd whose quota is used up', () => {
  it('refuses writes for want of space, and reads, deletes and watches go on', async () => {
    const small = await startEtcd({ flags: ['--quota-backend-bytes=4000000'] })
    try {
      const kv = await open({ hosts: small.endpoints })
      const watch = kv.watch(ctx, '/full/', { startRevision: 0 })
      await watch.established
      const large = Buffer.alloc(500_000, 'x')
      let failure: unknown
      let written = 0
      // etcd looks at the size of its file, which grows when it commits: every 100 ms, however much was written.
      while (failure === undefined && written < 200) {
        await kv.create(ctx, `/full/${written}`, large).then(
          () => written++,
          (error: unknown) => {
            failure = error
          },
        )
        await sleep(20)
      }
      expect(failure).toBeInstanceOf(NoSpaceError)
      expect(await failureOf(kv.create(ctx, '/full/small', value))).toBeInstanceOf(NoSpaceError)
      const { items } = await kv.range(ctx, '/full/')
      // The first refused may stand: etcd makes the write with which its quota is used up, and then complains.
      expect([written, written + 1]).toContain(items.length)
      expect((failure as NoSpaceError).mayBeWritten).toBe(true)
      const gone = await kv.delete(ctx, '/full/0', items[0]!.modRevision)
      expect(gone.ok).toBe(true)
      for await (const batch of watch) if (batch.revision >= gone.revision) break
      expect(await kv.currentRevision(ctx)).toBe(gone.revision)
    } finally {
      await small.dispose()
    }
  })
})
