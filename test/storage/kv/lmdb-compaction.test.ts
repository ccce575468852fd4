import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { open } from 'lmdb'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SLICE_EVENTS } from '../../../lib/storage/kv/lmdb/compaction.js'
import { type LmdbKV, type LmdbOptions, lmdb } from '../../../lib/storage/kv/lmdb/index.js'
import { openStore } from '../../../lib/storage/kv/lmdb/open.js'
import { bytes, ctx, plain, won } from './contract/harness.js'

const INTERNAL = {
  mapSize: 0,
  maxValueBytes: 1_000,
  historyLimit: 0,
  compactionIntervalMs: 0,
  noSync: false,
  lock: undefined,
}

let folder = ''
let kv: LmdbKV

async function start(options: LmdbOptions = {}): Promise<void> {
  kv = lmdb(folder, options)
  await kv.open(ctx)
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lmdb-compaction-'))
})
afterEach(async () => {
  await kv.close()
  rmSync(folder, { recursive: true, force: true })
})

/** Overwrites ten keys again and again. */
async function churn(rounds: number): Promise<number> {
  const keys = Array.from({ length: 10 }, (_, i) => `/churn/${i}`)
  let revision = 0
  for (let round = 0; round < rounds; round++) {
    await Promise.all(
      keys.map(async (key) => {
        const { kv: current } = await kv.get(ctx, key)
        const value = bytes(`${round}`)
        const write = current ? kv.update(ctx, key, value, current.modRevision) : kv.create(ctx, key, value)
        revision = Math.max(revision, await won(write))
      }),
    )
  }
  return revision
}

/** How many entries two tables have on the disk. */
async function historyOnDisk(): Promise<{ events: number; superseded: number }> {
  await kv.close()
  const env = open({ path: folder, noSubdir: false, encoding: 'binary' })
  const entries = (name: string) =>
    (env.openDB({ name, encoding: 'binary', keyEncoding: 'binary' }).getStats() as { entryCount: number }).entryCount
  const counts = { events: entries('events'), superseded: entries('superseded') }
  await env.close()
  return counts
}

describe('compaction on the disk', () => {
  it('goes in slices of bounded work, each in a turn of its own, and removes all that is not needed', async () => {
    const slices: number[] = []
    let turns = 0
    const turnsAtSlice: number[] = []
    let finished = () => {}
    const total = 1_999
    const done = new Promise<void>((resolve) => {
      finished = resolve
    })
    await start({
      compactionIntervalMs: 0,
      onCompactionSlice(events) {
        slices.push(events)
        turnsAtSlice.push(turns)
        if (slices.reduce((sum, each) => sum + each, 0) === total) finished()
      },
    })
    const last = await churn(200)
    expect(last).toBe(2_001)
    let counting = true
    const count = () => {
      turns++
      if (counting) setImmediate(count)
    }
    setImmediate(count)
    await kv.compact(ctx, last)
    await done
    counting = false
    expect(Math.max(...slices)).toBeLessThanOrEqual(SLICE_EVENTS)
    expect(slices.length).toBe(Math.ceil(total / SLICE_EVENTS))
    expect(new Set(turnsAtSlice).size).toBe(slices.length)
    // The newest event stays, with the pair before it.
    expect(await historyOnDisk()).toEqual({ events: 1, superseded: 1 })
  })

  it('that a restart cut short goes on after it, and the compacted revision is remembered', async () => {
    await start({ compactionIntervalMs: 0 })
    const last = await churn(150)
    await kv.compact(ctx, last)
    await kv.close()
    let left = 0
    await start({ compactionIntervalMs: 0, onCompactionSlice: (events) => (left += events) })
    expect(kv.compactedRevision()).toBe(last - 1)
    // Each of these waits for a flush, and so does each slice.
    for (let i = 0; i < 40; i++) await won(kv.create(ctx, `/after/${i}`, bytes('v')))
    expect(left).toBeGreaterThan(0)
    expect(await historyOnDisk()).toEqual({ events: 41, superseded: 1 })
  })

  it('leaves what a read under way needs, and takes it afterwards', async () => {
    await start()
    await kv.close()
    const slices: number[] = []
    const store = await openStore(folder, { ...INTERNAL, onCompactionSlice: (events) => slices.push(events) })
    const { writer, reader, pins, compactor } = store
    const created = await writer.create('/a', bytes('old'), '')
    const unpin = pins.add(created.revision)
    const updated = await writer.update('/a', bytes('new'), created.revision, '')
    for (let i = 0; i < 10; i++) await writer.create(`/b/${i}`, bytes('v'), '')
    await compactor.compact(writer.visible)
    // Each of these waits for a flush, as each slice does.
    for (let i = 0; i < 10; i++) await writer.create(`/c/${i}`, bytes('v'), '')
    expect(slices).toEqual([])
    expect(reader.at('/a', created.revision)?.value.toString()).toBe('old')
    unpin()
    for (let i = 0; i < 10; i++) await writer.create(`/d/${i}`, bytes('v'), '')
    expect(slices).toEqual([11])
    expect(reader.at('/a', updated.revision)?.value.toString()).toBe('new')
    expect(reader.at('/a', created.revision)).toBeUndefined()
    await store.close()
  })

  it('happens by itself beyond the limit of history', async () => {
    await start({ historyLimit: 100, compactionIntervalMs: 0 })
    await churn(40)
    const last = await churn(1)
    await won(kv.create(ctx, '/last', bytes('v')))
    expect(kv.compactedRevision()).toBeGreaterThan(last - 200)
    expect(kv.compactedRevision()).toBeLessThanOrEqual(last + 1 - 100)
  })

  it('happens by itself at intervals, and keeps what came since the interval before', async () => {
    await start({ compactionIntervalMs: 5 })
    await churn(3)
    const kept = await kv.currentRevision(ctx)
    while (kv.compactedRevision() < kept - 1) await new Promise((resolve) => setTimeout(resolve, 1))
    expect(kv.compactedRevision()).toBe(kept - 1)
    expect(plain((await kv.get(ctx, '/churn/0', { revision: kept })).kv)).toMatchObject({ value: '2' })
  })

  it('does not happen when it is turned off', async () => {
    await start({ historyLimit: 0, compactionIntervalMs: 0 })
    await churn(40)
    expect(kv.compactedRevision()).toBe(0)
    expect((await kv.get(ctx, '/churn/0', { revision: 11 })).kv?.value.toString()).toBe('0')
  })
})
