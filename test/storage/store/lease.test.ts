import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Context } from '../../../lib/meta/context.js'
import { LeaseManager } from '../../../lib/storage/index.js'
import { widget } from '../../runtime/widgets.js'
import { ctx, embedded, freshCollection, PassingKV } from './harness.js'

const { kv, store: makeStore } = embedded()
const store = makeStore()
const leaseOf = async (key: string) => (await kv.get(ctx, `/registry${key}`)).kv?.lease

describe('a time to live', () => {
  test('is a lease, and objects without one have none', async () => {
    const collection = freshCollection()
    await store.create(ctx, `${collection}/short`, widget('short'), 60)
    await store.create(ctx, `${collection}/long`, widget('long'))
    expect(await leaseOf(`${collection}/short`)).not.toBe('')
    expect(await leaseOf(`${collection}/long`)).toBe('')
  })

  test('goes with an update that asks for none, and comes with one that does', async () => {
    const key = `${freshCollection()}/a`
    await store.create(ctx, key, widget('a'), 60)
    const { revision } = await store.guaranteedUpdate(ctx, key, { tryUpdate: () => ({ object: widget('a') }) })
    expect(await leaseOf(key)).toBe('')
    const again = await store.guaranteedUpdate(ctx, key, { tryUpdate: () => ({ object: widget('a'), ttlSeconds: 60 }) })
    expect(again.revision).toBeGreaterThan(revision)
    expect(await leaseOf(key)).not.toBe('')
  })

  test('ends the object', async () => {
    const key = `${freshCollection()}/a`
    await store.create(ctx, key, widget('a'), 1)
    await vi.waitFor(async () => expect(await leaseOf(key)).toBeUndefined(), { timeout: 10_000, interval: 100 })
  })
})

describe('the lease manager', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000 })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  class Granting extends PassingKV {
    readonly granted: number[] = []
    override async grantLease(_: Context, ttlSeconds: number) {
      this.granted.push(ttlSeconds)
      return { id: `lease-${this.granted.length}`, ttlSeconds }
    }
  }
  const manager = () => {
    const granting = new Granting(kv)
    const leases = new LeaseManager(granting)
    return { granted: granting.granted, leaseFor: (seconds: number) => leases.leaseFor(ctx, seconds) }
  }

  test('gives objects of one lifetime one lease, which ends at most 5 % late and never early', async () => {
    const { granted, leaseFor } = manager()
    const ids = [await leaseFor(100), await leaseFor(100)]
    vi.setSystemTime(1_000_000 + 5_000)
    ids.push(await leaseFor(100))
    expect(new Set(ids).size).toBe(1)
    vi.setSystemTime(1_000_000 + 5_001)
    expect(await leaseFor(100)).not.toBe(ids[0])
    expect(granted).toEqual([105, 105])
  })

  test('prolongs a life by a minute at most', async () => {
    const { granted, leaseFor } = manager()
    await leaseFor(100_000)
    expect(granted).toEqual([100_060])
  })

  test('gives another lifetime another lease', async () => {
    const { leaseFor } = manager()
    const long = await leaseFor(1000)
    expect(await leaseFor(10)).not.toBe(long)
    expect(await leaseFor(2000)).not.toBe(long)
  })

  test('begins another lease after a thousand objects', async () => {
    const { granted, leaseFor } = manager()
    for (let i = 0; i < 1001; i++) await leaseFor(100)
    expect(granted).toHaveLength(2)
  })
})
