import { describe, expect, test } from 'vitest'
import { KVError, UnavailableError } from '../../../lib/storage/kv/types.js'
import { widget } from '../../runtime/widgets.js'
import {
  backends,
  ctx,
  freshCollection,
  kinds,
  names,
  ROOT,
  running,
  selecting,
  switched,
  thrownBy,
  until,
} from './harness.js'

const everything = { predicate: selecting(), recursive: true }

describe.each(backends)('on $name', (backend) => {
  const store = running(backend)

  test('a consistent read sees every write that was acknowledged before it', async () => {
    const { kv, cacher } = await switched(store.kv)
    const collection = freshCollection()
    for (let i = 0; i < 25; i++) {
      const made = await cacher.create(ctx, `${collection}/a-${i}`, widget(`a-${i}`))
      const [read, list] = await Promise.all([
        cacher.get(ctx, `${collection}/a-${i}`),
        cacher.getList(ctx, collection, everything),
      ])
      expect(read.revision).toBe(made.revision)
      expect(list.items.length).toBe(i + 1)
      expect(Number(list.resourceVersion)).toBeGreaterThanOrEqual(made.revision)
      await cacher.delete(ctx, `${collection}/b`).catch(() => undefined)
      await cacher.create(ctx, `${collection}/b`, widget('b'))
      await cacher.delete(ctx, `${collection}/b`)
      expect((await thrownBy(cacher.get(ctx, `${collection}/b`))).message).toContain('key not found')
    }
    const { consistentReads, consistentReadFallbacks } = cacher.stats
    expect(consistentReads + consistentReadFallbacks).toBe(75)
    // Another process may be slow to tell; then the store is asked.
    if (backend.name !== 'lmdb') return
    expect(consistentReadFallbacks).toBe(0)
    // A deletion of what the cache does not hold asks the store; no read ever does.
    expect(new Set(kv.asked.filter((call) => call !== 'get'))).toEqual(new Set(['readIndex']))
  })

  test('a consistent read waits for a feed that is behind, and asks the store when that takes too long', async () => {
    const { kv, cacher } = await switched(store.kv)
    const key = `${freshCollection()}/a`
    kv.hold()
    const made = await cacher.create(ctx, key, widget('a'))
    const read = cacher.get(ctx, key)
    kv.release()
    expect((await read).revision).toBe(made.revision)
    if (backend.name === 'lmdb') expect(kv.asked).not.toContain('get')
    const { consistentReadFallbacks: before } = cacher.stats

    kv.hold()
    const deleted = await cacher.delete(ctx, key)
    expect((await thrownBy(cacher.get(ctx, key))).message).toContain('key not found')
    const list = await cacher.getList(ctx, ROOT, everything)
    expect(Number(list.resourceVersion)).toBeGreaterThanOrEqual(deleted.revision)
    expect(kv.asked).toContain('get')
    expect(cacher.stats.consistentReadFallbacks).toBe(before + 2)
  })

  test('resourceVersion 0 asks nobody, a known one neither', async () => {
    const { kv, cacher } = await switched(store.kv)
    const collection = freshCollection()
    const made = await cacher.create(ctx, `${collection}/a`, widget('a'))
    await until(() => cacher.revision >= made.revision)
    kv.asked.length = 0
    for (const resourceVersion of ['0', made.resourceVersion]) {
      expect((await cacher.get(ctx, `${collection}/a`, { resourceVersion })).revision).toBe(made.revision)
      expect(names((await cacher.getList(ctx, collection, { ...everything, resourceVersion })).items)).toEqual(['a'])
    }
    expect(kv.asked).toEqual([])
  })

  test('a read not older than N waits until N is there, and N of the future is refused', async () => {
    const { kv, cacher } = await switched(store.kv)
    const collection = freshCollection()
    kv.hold()
    const made = await cacher.create(ctx, `${collection}/a`, widget('a'))
    const options = {
      ...everything,
      resourceVersion: made.resourceVersion,
      resourceVersionMatch: 'NotOlderThan',
    } as const
    const read = cacher.get(ctx, `${collection}/a`, { resourceVersion: made.resourceVersion })
    const list = cacher.getList(ctx, collection, options)
    kv.release()
    expect((await read).revision).toBe(made.revision)
    expect(names((await list).items)).toEqual(['a'])
    const resourceVersion = String(made.revision + 1_000)
    const futures: (() => Promise<unknown>)[] = [
      () => cacher.get(ctx, `${collection}/a`, { resourceVersion }),
      () => cacher.getList(ctx, collection, { ...options, resourceVersion }),
      () => cacher.watch(ctx, collection, { ...everything, resourceVersion, sendInitialEvents: true }),
    ]
    for (const future of futures) expect(await thrownBy(future())).toMatchObject({ code: 'TooLargeResourceVersion' })
  })
})

describe('two servers on one etcd', () => {
  const store = running(backends[1]!)

  test('each reads at once what the other has written', async () => {
    const [one, other] = [await switched(store.kv), await switched(store.kv)]
    const key = `${freshCollection()}/a`
    let { revision } = await one.cacher.create(ctx, key, widget('a'))
    for (let i = 0; i < 20; i++) {
      const [writer, reader] = i % 2 ? [one, other] : [other, one]
      expect((await reader.cacher.get(ctx, key)).revision).toBe(revision)
      const tryUpdate = () => ({ object: widget('a', { spec: { width: i, height: 0 } }) })
      revision = (await writer.cacher.guaranteedUpdate(ctx, key, { tryUpdate })).revision
    }
    for (const { cacher } of [one, other]) expect(cacher.stats.consistentReads).toBeGreaterThan(0)
  })

  test('writes beside the prefix cost consistent reads a moment once, then the feed follows them', async () => {
    const { kv, feed, cacher } = await switched(store.kv)
    const key = `${freshCollection()}/a`
    await cacher.create(ctx, key, widget('a'))
    kv.answersProgress = false
    const { stats } = cacher
    // Soon all reads are answered from here, ten in a row.
    for (let i = 0, inARow = 0; inARow < 10; i++) {
      const before = stats.consistentReadFallbacks
      await store.kv.create(ctx, `/foreign${key}/${i}`, Buffer.from('x'))
      expect((await cacher.get(ctx, key)).name).toBe('a')
      inARow = stats.consistentReadFallbacks === before ? inARow + 1 : 0
    }
    expect(kv.feeds).toEqual(['/registry/', ''])
    const { revision } = await cacher.create(ctx, `${key}2`, widget('a2'))
    await until(() => feed.revision >= revision)
    expect(cacher.cache!.get(`/registry${key}2`)?.revision).toBe(revision)
    expect(cacher.stats.initializations).toBe(1)
  })
})

describe('a store that cannot be asked', () => {
  const store = running(backends[0]!)

  test('fails a consistent read, and no other', async () => {
    const { kv, cacher } = await switched(store.kv)
    const key = `${freshCollection()}/a`
    await cacher.create(ctx, key, widget('a'))
    await cacher.get(ctx, key)
    kv.readIndex = () => Promise.reject(new UnavailableError('gone'))
    await expect(cacher.get(ctx, key)).rejects.toThrow(UnavailableError)
    expect((await cacher.get(ctx, key, { resourceVersion: '0' })).name).toBe('a')
    // Nobody can tell whether the future has come.
    await expect(cacher.get(ctx, key, { resourceVersion: '999999' })).rejects.toThrow(KVError)
  })

  test('is behind what it told: the cache is given up before anybody is answered from it', async () => {
    const { kv, feed, cacher } = await switched(store.kv)
    const key = `${freshCollection()}/a`
    const made = await cacher.create(ctx, key, widget('a'))
    await cacher.get(ctx, key)
    expect(feed.revision).toBe(made.revision)
    kv.asked.length = 0
    kv.readIndex = () => made.revision - 1
    expect((await cacher.get(ctx, key)).name).toBe('a')
    expect(kv.asked).toEqual(['get'])
    expect(cacher.cache).toBeUndefined()
    kv.readIndex = () => store.kv.readIndex()
    await until(() => cacher.cache !== undefined)
    expect(cacher.stats.initializations).toBe(2)
    expect((await cacher.get(ctx, key)).encodedAs(kinds.v1)).toEqual(made.encodedAs(kinds.v1))
  })
})
