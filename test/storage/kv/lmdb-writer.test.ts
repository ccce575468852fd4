import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Environment, openEnvironment, openTables, type Tables } from '../../../lib/storage/kv/lmdb/tables.js'
import { Writer } from '../../../lib/storage/kv/lmdb/writer.js'
import { KVError, NoSpaceError, UnknownOutcomeError } from '../../../lib/storage/kv/types.js'
import { bytes } from './contract/harness.js'

let folder = ''
let env: Environment
let tables: Tables
let calls: string[]
/** What the next commits do instead of what they should. */
let faults: ('fails' | 'fails after the fact')[]
let free = Number.POSITIVE_INFINITY

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lmdb-writer-'))
  env = await openEnvironment(folder, false)
  calls = []
  faults = []
  free = Number.POSITIVE_INFINITY
  tables = { ...openTables(env), env: faulty(env) }
})
afterEach(async () => {
  await env.close()
  rmSync(folder, { recursive: true, force: true })
})

function faulty(sound: Environment): Environment {
  return new Proxy(sound, {
    get(target, name) {
      if (name !== 'batch') return Reflect.get(target, name, target)
      return async (action: () => void) => {
        const fault = faults.shift()
        if (fault !== 'fails') await target.batch(action)
        // A disk takes its time to fail: others write meanwhile.
        if (fault !== undefined) await new Promise((resolve) => setImmediate(resolve))
        if (fault !== undefined) throw Object.assign(new Error('Input/output error'), { code: 5 })
        return true
      }
    },
  })
}

const newWriter = () =>
  new Writer(
    tables,
    {
      onVisible: (changes, revision) => calls.push(`visible ${changes.length} at ${revision}`),
      onAdmitted: () => {},
      onDropped: () => calls.push('dropped'),
      onBroken: () => calls.push('broken'),
    },
    { maxBytes: 0, freeBytes: async () => free },
  )

const outcomes = async (writes: (object | Promise<object>)[]) =>
  (await Promise.allSettled(writes)).map((each) => (each.status === 'fulfilled' ? each.value : each.reason))

describe('a batch that fails', () => {
  it('fails all that was built on it, and the store goes on from what is on the disk', async () => {
    const writer = newWriter()
    await writer.create('a', bytes('1'), '')
    faults.push('fails')
    const first = [writer.update('a', bytes('2'), 2, ''), writer.create('b', bytes('b'), '')]
    await new Promise((resolve) => setImmediate(resolve))
    const behind = [writer.update('a', bytes('3'), 3, ''), writer.create('b', bytes('loser'), '')]
    for (const outcome of await outcomes([...first, ...behind])) {
      expect(outcome).toBeInstanceOf(KVError)
      expect(outcome).not.toBeInstanceOf(UnknownOutcomeError)
    }
    expect([writer.visible, writer.dirty.size]).toEqual([2, 0])
    expect(await writer.update('a', bytes('4'), 2, '')).toEqual({ ok: true, revision: 3 })
    expect(calls).toEqual(['visible 1 at 2', 'dropped', 'visible 1 at 3'])
    await writer.close()
  })

  it('is told as a lack of room when the disk has none left', async () => {
    const writer = newWriter()
    faults.push('fails')
    free = 0
    expect(await outcomes([writer.create('a', bytes('1'), '')])).toEqual([expect.any(NoSpaceError)])
    await writer.close()
  })

  it('but stands nevertheless has an unknown outcome, and nothing more is built on it', async () => {
    const writer = newWriter()
    faults.push('fails after the fact')
    const first = writer.create('a', bytes('1'), '')
    await new Promise((resolve) => setImmediate(resolve))
    const behind = writer.create('b', bytes('2'), '')
    const [unknown, known] = await outcomes([first, behind])
    expect(unknown).toBeInstanceOf(UnknownOutcomeError)
    expect(known).toBeInstanceOf(KVError)
    expect(known).not.toBeInstanceOf(UnknownOutcomeError)
    expect(calls).toEqual(['dropped', 'broken'])
    expect(writer.visible).toBe(1)
    expect(() => writer.create('c', bytes('3'), '')).toThrow('reopen the store')
    await writer.close()
    expect(newWriter().visible).toBe(2)
  })
})

describe('writes of one moment', () => {
  it('go to the disk together, in the order of their calls', async () => {
    const writer = newWriter()
    const results = await Promise.all(['c', 'a', 'b'].map((key) => writer.create(key, bytes('v'), '')))
    expect(results.map((result) => result.revision)).toEqual([2, 3, 4])
    expect(calls).toEqual(['visible 3 at 4'])
    await writer.close()
  })

  it('are split into batches of bounded size', async () => {
    const writer = newWriter()
    await Promise.all(Array.from({ length: 5_000 }, (_, i) => writer.create(`k${i}`, bytes('v'), '')))
    expect(calls).toEqual(['visible 4096 at 4097', 'visible 904 at 5001'])
    await writer.close()
  })
})
