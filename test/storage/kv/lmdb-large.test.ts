import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type LmdbKV, lmdb } from '../../../lib/storage/kv/lmdb/index.js'
import { TooLargeError } from '../../../lib/storage/kv/types.js'
import { bytes, ctx, keysOf, plain, won } from './contract/harness.js'

const SIZE = 20_500
const folder = mkdtempSync(join(tmpdir(), 'lmdb-large-'))
const keys = Array.from({ length: SIZE }, (_, i) => `/large/${String(i).padStart(6, '0')}`)
let kv: LmdbKV
let filled = 0

beforeAll(async () => {
  kv = lmdb(folder, { compactionIntervalMs: 0 })
  await kv.open(ctx)
  await Promise.all(keys.map((key) => won(kv.create(ctx, key, bytes(key)))))
  filled = await kv.currentRevision(ctx)
})
afterAll(async () => {
  await kv.close()
  rmSync(folder, { recursive: true, force: true })
})

// One story: the keys change from test to test.
describe('twenty thousand keys', { shuffle: false }, () => {
  it('are read whole, in order, at one revision, and counted', async () => {
    const now = await kv.currentRevision(ctx)
    const { items, revision, count, more } = await kv.range(ctx, '/large/')
    expect({ filled, revision, count, more }).toEqual({ filled: SIZE + 1, revision: now, count: SIZE, more: false })
    expect(keysOf(items)).toEqual(keys)
    expect((await kv.count(ctx, '/large/')).count).toBe(SIZE)
    expect((await kv.count(ctx, '/large/0001')).count).toBe(100)
  })

  it('are paged at one revision with exact counts, while they change', async () => {
    const { revision } = await kv.range(ctx, '/large/', { limit: 1 })
    let start = '/large/'
    let seen = 0
    for (let more = true; more; ) {
      const page = await kv.range(ctx, '/large/', { start, limit: 1_500, revision })
      expect(page.items.every((item) => item.value.toString() === item.key)).toBe(true)
      expect(page.count).toBe(SIZE - seen)
      seen += page.items.length
      more = page.more
      start = `${page.items.at(-1)!.key}\0`
      const { items } = await kv.range(ctx, '/large/', { start, limit: 3 })
      await Promise.all(items.map((item) => won(kv.delete(ctx, item.key, item.modRevision))))
      await won(kv.create(ctx, `${start}new`, bytes('new')))
    }
    expect(seen).toBe(SIZE)
  })

  it('are counted right from any place at any kept revision', async () => {
    const now = await kv.currentRevision(ctx)
    for (const revision of [now, now - 7, SIZE + 1, SIZE - 3_000, 500]) {
      for (const start of ['/large/', '/large/0001', '/large/0199994', '/large/003000\0']) {
        const { items } = await kv.range(ctx, '/large/', { revision, start })
        const { count, more } = await kv.range(ctx, '/large/', { revision, start, limit: 1 })
        expect({ count, more }).toEqual({ count: items.length, more: items.length > 1 })
      }
    }
  })

  it('are read at one revision while others write between the slices', async () => {
    const before = await kv.range(ctx, '/large/')
    const reading = kv.range(ctx, '/large/')
    const writes = before.items
      .slice(-600)
      .map((item) => won(kv.update(ctx, item.key, bytes('changed'), item.modRevision)))
    const during = await reading
    await Promise.all(writes)
    expect(during.revision).toBe(before.revision)
    expect(during.items.map(plain)).toEqual(before.items.map(plain))
  })

  it('survive a reopening', async () => {
    const before = await kv.range(ctx, '/large/')
    await kv.close()
    kv = lmdb(folder, { compactionIntervalMs: 0 })
    await kv.open(ctx)
    const after = await kv.range(ctx, '/large/')
    expect(after.revision).toBe(before.revision)
    expect(after.items.map(plain)).toEqual(before.items.map(plain))
  })
})

describe('long keys', () => {
  const limit = 1_500

  it.each([
    ['one-byte letters', 'k'.repeat(limit)],
    ['three-byte letters', '漢'.repeat(limit / 3)],
    ['NULs', '\0'.repeat(900)],
  ])('of %s are kept with their history', async (_, key) => {
    const first = await won(kv.create(ctx, key, bytes('1')))
    const second = await won(kv.update(ctx, key, bytes('2'), first))
    expect((await kv.get(ctx, key)).kv?.value.toString()).toBe('2')
    expect((await kv.get(ctx, key, { revision: first })).kv?.value.toString()).toBe('1')
    expect(keysOf((await kv.range(ctx, key)).items)).toEqual([key])
    expect(keysOf((await kv.range(ctx, key, { revision: first })).items)).toEqual([key])
    await won(kv.delete(ctx, key, second))
  })

  it.each([['k'.repeat(limit + 1)], ['漢'.repeat(limit / 3 + 1)], ['\0'.repeat(1_400)]])(
    'beyond the limit are refused',
    async (key) => {
      await expect(kv.create(ctx, key, bytes('v'))).rejects.toThrow(TooLargeError)
    },
  )
})
