import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { lmdb } from '../../../lib/storage/kv/lmdb/index.js'
import { NoSpaceError, type RevisionedKV } from '../../../lib/storage/kv/types.js'
import { bytes, ctx, history, keysOf, record, won } from './contract/harness.js'

let folder = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lmdb-space-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})

const VALUE = Buffer.alloc(3_000, 'v')

/** Creates keys, `width` at once, until one is refused for want of room; gives those that were acknowledged. */
async function fill(kv: RevisionedKV, width: number): Promise<{ revisions: Map<string, number>; refusals: unknown[] }> {
  const revisions = new Map<string, number>()
  const refusals: unknown[] = []
  for (let round = 0; refusals.length === 0; round++) {
    const keys = Array.from({ length: width }, (_, i) => `/fill/${round}/${i}`)
    const outcomes = await Promise.allSettled(keys.map((key) => won(kv.create(ctx, key, VALUE))))
    for (const [i, outcome] of outcomes.entries()) {
      if (outcome.status === 'fulfilled') revisions.set(keys[i]!, outcome.value)
      else refusals.push(outcome.reason)
    }
  }
  return { revisions, refusals }
}

/** What stands is what was acknowledged, and history has nothing else. */
async function expectJust(kv: RevisionedKV, revisions: ReadonlyMap<string, number>): Promise<void> {
  const { items } = await kv.range(ctx, '/fill/')
  expect(new Map(items.map((item) => [item.key, item.modRevision]))).toEqual(revisions)
  const last = await kv.currentRevision(ctx)
  const events = await history(kv, '', 2, last)
  expect(events.map((event) => event.revision)).toEqual(Array.from({ length: last - 1 }, (_, i) => i + 2))
}

describe('a store that has reached its own limit', () => {
  it('refuses what adds, goes on reading and deleting, and takes writes again after a compaction', async () => {
    const kv = lmdb(folder, { mapSize: 1024 * 1024 })
    await kv.open(ctx)
    const { revisions, refusals } = await fill(kv, 8)
    for (const refusal of refusals) expect(refusal).toBeInstanceOf(NoSpaceError)
    expect(revisions.size).toBeGreaterThan(100)
    await expectJust(kv, revisions)
    const [first] = revisions
    await expect(kv.update(ctx, first![0], VALUE, first![1])).rejects.toThrow(NoSpaceError)
    await expect(kv.grantLease(ctx, 60)).rejects.toThrow(NoSpaceError)
    let last = 0
    for (const [key, revision] of revisions) last = await won(kv.delete(ctx, key, revision))
    await kv.compact(ctx, last)
    // The pages come free slice by slice.
    for (let attempt = 0; ; attempt++) {
      const outcome = await kv.create(ctx, '/fill/again', VALUE).catch((error: unknown) => error)
      if (!(outcome instanceof NoSpaceError)) break
      expect(attempt).toBeLessThan(10_000)
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(keysOf((await kv.range(ctx, '/fill/')).items)).toEqual(['/fill/again'])
    await kv.close()
  })
})

describe('a full disk', () => {
  const mounted = (): boolean => spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', folder]).status === 0

  it('fails the batch and all behind it, changes nothing, and is forgotten when there is room', async ({ skip }) => {
    skip(process.getuid?.() !== 0 || !mounted(), 'only root can mount the small disk that this test fills')
    const ballast = join(folder, 'ballast')
    try {
      writeFileSync(ballast, Buffer.alloc(2 * 1024 * 1024))
      const kv = lmdb(join(folder, 'store'))
      await kv.open(ctx)
      const watch = await record(kv, '/fill/', 0)
      const { revisions, refusals } = await fill(kv, 100)
      for (const refusal of refusals) expect(refusal).toBeInstanceOf(NoSpaceError)
      await expectJust(kv, revisions)
      const before = await kv.currentRevision(ctx)
      await expectCascade(kv)
      expect(await kv.currentRevision(ctx)).toBe(before)
      unlinkSync(ballast)
      revisions.set('/fill/z', await won(kv.create(ctx, '/fill/z', bytes('room again'))))
      expect(revisions.get('/fill/z')).toBe(before + 1)
      await watch.reached(before + 1)
      expect(new Map(watch.events.map((event) => [event.key, event.revision]))).toEqual(revisions)
      await kv.close()
      const again = lmdb(join(folder, 'store'))
      await again.open(ctx)
      await expectJust(again, revisions)
      await again.close()
    } finally {
      spawnSync('umount', ['-l', folder])
    }
  })
})

/** Writes that build on one that does not fit: none of them stands, and the losers' answers are no answers either. */
async function expectCascade(kv: RevisionedKV): Promise<void> {
  const large = Buffer.alloc(1_400_000)
  const whole = [1, 2, 3].map((i) => kv.create(ctx, `/cascade/${i}`, large))
  const revision = await kv.currentRevision(ctx)
  const behind = [kv.create(ctx, '/cascade/1', bytes('loser')), kv.update(ctx, '/cascade/1', bytes('w'), revision + 1)]
  await new Promise((resolve) => setImmediate(resolve))
  const later = [kv.delete(ctx, '/cascade/1', revision + 4), kv.create(ctx, '/cascade/9', bytes('later'))]
  for (const outcome of await Promise.allSettled([...whole, ...behind, ...later])) {
    expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(NoSpaceError) })
  }
  expect((await kv.range(ctx, '/cascade/')).items).toEqual([])
}
