import { expect, test } from 'vitest'
import { loadAll } from '../../../lib/storage/cacher/load.js'
import type { KeyValue, RangeOptions, RangeResult, RevisionedKV } from '../../../lib/storage/kv/types.js'

const REVISION = 42

/** A store of so many pairs of so many bytes, which notes what it is asked. */
function storeOf(count: number, bytes: number) {
  const value = Buffer.alloc(bytes)
  const pairs = Array.from({ length: count }, (_, i): KeyValue => {
    const key = `/w/${String(i).padStart(6, '0')}`
    return { key, value, createRevision: 1, modRevision: i + 1, lease: '' }
  })
  const asked: RangeOptions[] = []
  const range = async (_: unknown, __: string, options: RangeOptions): Promise<RangeResult> => {
    asked.push(options)
    const from = options.start ? pairs.findIndex(({ key }) => key >= options.start!) : 0
    const items = pairs.slice(from, from + options.limit!)
    return { items, revision: REVISION, more: from + items.length < count, count: count - from }
  }
  return { kv: { range } as unknown as RevisionedKV, pairs, asked }
}

test('all pairs come in order, in slices of one revision, which is that of the first page', async () => {
  const { kv, pairs, asked } = storeOf(25_000, 10)
  const seen: KeyValue[] = []
  for await (const { items, revision } of loadAll(kv, '/w/')) {
    expect(revision).toBe(REVISION)
    expect(items.length).toBeLessThanOrEqual(128)
    seen.push(...items)
  }
  expect(seen).toEqual(pairs)
  expect(asked.map(({ revision }) => revision)).toEqual([undefined, REVISION, REVISION, REVISION])
  expect(asked.map(({ limit }) => limit)).toEqual([100, 10_000, 10_000, 10_000])
})

test('an empty range is one empty slice: its revision is known', async () => {
  const slices = []
  for await (const slice of loadAll(storeOf(0, 0).kv, '/w/')) slices.push(slice)
  expect(slices).toEqual([{ items: [], revision: REVISION }])
})

test('pages of long values are short, and at most one is made while another is taken in', async () => {
  const { kv, asked } = storeOf(150, 1024 * 1024)
  let taken = 0
  for await (const { items } of loadAll(kv, '/w/')) {
    taken += items.length
    const told = asked.slice(0, -1).reduce((sum, { limit }) => sum + limit!, 0)
    if (taken < 150) expect(taken).toBe(told)
  }
  expect(taken).toBe(150)
  expect(asked.slice(1).every(({ limit }) => limit === 7)).toBe(true)
})

test('other work gets its turn while a page is taken in', async () => {
  const { kv } = storeOf(10_100, 10)
  let turns = 0
  let loading = true
  const tick = () => {
    turns++
    if (loading) setImmediate(tick)
  }
  setImmediate(tick)
  for await (const { items } of loadAll(kv, '/w/')) {
    const until = performance.now() + (items.length > 0 ? 2 : 0)
    while (performance.now() < until);
  }
  loading = false
  // What takes some 160 ms leaves the event loop to others at least every few of them.
  expect(turns).toBeGreaterThan(10)
})

test('who leaves early does not hear of the page that was under way', async () => {
  const { kv } = storeOf(1_000, 10)
  const failing = {
    range: (...args: Parameters<RevisionedKV['range']>) =>
      args[2]?.start ? Promise.reject(new Error('gone')) : kv.range(...args),
  } as unknown as RevisionedKV
  for await (const { items } of loadAll(failing, '/w/')) {
    expect(items.length).toBe(100)
    break
  }
  await expect(
    (async () => {
      for await (const _ of loadAll(failing, '/w/'));
    })(),
  ).rejects.toThrow('gone')
})
