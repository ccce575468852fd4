import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { lmdb } from '../../../lib/storage/kv/lmdb/index.js'
import type { KVEvent, RevisionedKV } from '../../../lib/storage/kv/types.js'
import { StoreProcess, storeArguments } from './child/spawn.js'
import { ctx, history } from './contract/harness.js'

const folders: string[] = []
let folder = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lmdb-durability-'))
  folders.push(folder)
})
afterAll(() => {
  for (const each of folders) rmSync(each, { recursive: true, force: true })
})

describe('a killed process', () => {
  it('leaves every acknowledged write, no half of any other, and a store that goes on', {
    timeout: 120_000,
  }, async () => {
    const acknowledged = new Map<number, string>()
    for (let round = 1; round <= 5; round++) {
      const child = new StoreProcess('write', join(folder, 'store'))
      await child.until((lines) => lines.length > 150 * round)
      await child.kill()
      for (const line of child.lines) note(line, acknowledged)
      await inspect(join(folder, 'store'), acknowledged)
    }
    expect(acknowledged.size).toBeGreaterThan(1_000)
  })
})

function note(line: string, acknowledged: Map<number, string>): void {
  const [word, revision, key] = line.split(' ')
  if (word !== 'ack') return
  expect(revision).not.toBe('lost')
  expect(acknowledged.has(Number(revision))).toBe(false)
  acknowledged.set(Number(revision), key!)
}

async function inspect(path: string, acknowledged: ReadonlyMap<number, string>): Promise<void> {
  const kv = lmdb(path)
  await kv.open(ctx)
  const last = await kv.currentRevision(ctx)
  expect(last).toBeGreaterThanOrEqual(Math.max(...acknowledged.keys()))
  const events = await history(kv, '', 2, last)
  expect(events.map((event) => event.revision)).toEqual(Array.from({ length: last - 1 }, (_, i) => i + 2))
  for (const [revision, key] of acknowledged) expect(events[revision - 2]!.key).toBe(key)
  await expectWhole(kv, events)
  await kv.close()
}

/** Every value is whole, and the history ends in what stands. */
async function expectWhole(kv: RevisionedKV, events: readonly KVEvent[]): Promise<void> {
  const state = new Map<string, number>()
  for (const { key, kv: pair, prev, revision } of events) {
    expect(prev?.modRevision).toBe(state.get(key))
    if (pair === undefined) state.delete(key)
    else {
      state.set(key, revision)
      const [seal, body] = [pair.value.subarray(0, 32), pair.value.subarray(32)]
      expect(createHash('sha256').update(body).digest().equals(seal)).toBe(true)
    }
  }
  const { items } = await kv.range(ctx, '')
  expect(new Map(items.map((item) => [item.key, item.modRevision]))).toEqual(state)
}

describe('a trace of system calls', { timeout: 120_000 }, () => {
  const available = spawnSync('strace', ['-e', 'trace=none', 'true']).status === 0
  const required = process.env.CI !== undefined

  it('shows the disk being waited for between the commit of a write and its acknowledgement', ({ skip }) => {
    skip(!available && !required, 'strace is not installed or may not trace here')
    expect(unsynced(trace('sync'))).toEqual([])
  })

  it('shows no such thing when the store is told not to wait', ({ skip }) => {
    skip(!available && !required, 'strace is not installed or may not trace here')
    expect(unsynced(trace('no-sync'))).toEqual([0, 1, 2, 3, 4])
  })

  function trace(option: string): string[] {
    const output = join(folder, 'trace')
    const calls = 'trace=fdatasync,fsync,msync,pwrite64,pwritev,write'
    const args = ['-f', '-y', '-o', output, '-e', calls, process.execPath]
    const run = spawnSync('strace', [...args, ...storeArguments('trace', join(folder, 'store'), option)])
    expect(run.status).toBe(0)
    return readFileSync(output, 'utf8').split('\n')
  }
})

/** Which writes were acknowledged without a finished sync after their pages had been written. */
function unsynced(lines: readonly string[]): number[] {
  const missing: number[] = []
  for (let i = 0; i < 5; i++) {
    const begin = lines.findIndex((line) => line.includes(`"mark begin ${i}\\n"`))
    const ack = lines.findIndex((line) => line.includes(`"mark ack ${i}\\n"`))
    const between = lines.slice(begin, ack)
    expect(begin).toBeGreaterThan(-1)
    expect(ack).toBeGreaterThan(begin)
    const written = between.findIndex((line) => /p?write(64|v)?\(\d+<[^>]*data\.mdb>/.test(line))
    expect(written).toBeGreaterThan(-1)
    if (!between.slice(written).some(isFinishedSync)) missing.push(i)
  }
  return missing
}

/** One line when nothing came between, or the second of two when another thread's call did. */
const isFinishedSync = (line: string): boolean =>
  /\b(fdatasync|fsync)\(\d+<[^>]*data\.mdb>\)\s+= 0/.test(line) ||
  /\bmsync\(.*\)\s+= 0/.test(line) ||
  /<\.\.\. (fdatasync|fsync|msync) resumed>.*= 0/.test(line)
