import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { lmdb } from '../../../lib/storage/kv/lmdb/index.js'
import { startTimeOf } from '../../../lib/storage/kv/lmdb/lock-file.js'
import { ClosedError } from '../../../lib/storage/kv/types.js'
import { StoreProcess } from './child/spawn.js'
import { ctx } from './contract/harness.js'

const folders: string[] = []
let folder = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lmdb-lock-'))
  folders.push(folder)
})
afterAll(() => {
  for (const each of folders) rmSync(each, { recursive: true, force: true })
})

const kinds = process.platform === 'linux' ? (['socket', 'file'] as const) : (['file'] as const)

describe.each(kinds)('a store held by a %s', (lock) => {
  it('refuses a second opener of the same process, saying who holds it, and is free after close', async () => {
    const first = lmdb(folder, { lock })
    await first.open(ctx)
    const second = lmdb(folder, { lock })
    await expect(second.open(ctx)).rejects.toThrow(ClosedError)
    await expect(second.open(ctx)).rejects.toThrow(`held by process ${process.pid}, since`)
    await first.close()
    await second.open(ctx)
    await second.close()
  })

  it('refuses a second process, saying who holds it', async () => {
    const kv = lmdb(folder, { lock })
    await kv.open(ctx)
    const child = new StoreProcess('hold', folder, lock)
    await child.exited
    expect(child.lines).toHaveLength(1)
    expect(child.lines[0]).toContain('refused ClosedError')
    expect(child.lines[0]).toContain(`held by process ${process.pid}, since`)
    await kv.close()
  })

  it('is free at once when its holder is killed', async () => {
    const child = new StoreProcess('hold', folder, lock)
    await child.until((lines) => lines.length > 0)
    expect(child.lines).toEqual(['held'])
    const kv = lmdb(folder, { lock })
    await expect(kv.open(ctx)).rejects.toThrow(`process ${child.process.pid}`)
    await child.kill()
    await kv.open(ctx)
    await kv.close()
  })

  it('is held by exactly one of many openers at once', async () => {
    const openers = Array.from({ length: 8 }, () => lmdb(folder, { lock }))
    const outcomes = await Promise.allSettled(openers.map((kv) => kv.open(ctx)))
    expect(outcomes.filter((outcome) => outcome.status === 'fulfilled')).toHaveLength(1)
    await Promise.all(openers.map((kv) => kv.close()))
  })
})

describe('a lock file', () => {
  const holder = () => join(folder, 'holder.json')

  it('is taken over when its process number belongs to another process by now', async () => {
    writeFileSync(holder(), JSON.stringify({ pid: process.ppid, startTime: 'long ago', since: 'then', token: 'x' }))
    const kv = lmdb(folder, { lock: 'file' })
    await kv.open(ctx)
    expect(JSON.parse(readFileSync(holder(), 'utf8'))).toMatchObject({ pid: process.pid })
    await kv.close()
  })

  it('is respected when its process runs since the time it says', async () => {
    const startTime = await startTimeOf(process.ppid)
    writeFileSync(holder(), JSON.stringify({ pid: process.ppid, startTime, since: 'then', token: 'x' }))
    await expect(lmdb(folder, { lock: 'file' }).open(ctx)).rejects.toThrow(
      `held by process ${process.ppid}, since then`,
    )
    expect(existsSync(holder())).toBe(true)
  })

  it('that nobody can read is set aside, and leaves nothing behind', async () => {
    writeFileSync(holder(), '{ not a lock')
    const kv = lmdb(folder, { lock: 'file' })
    await kv.open(ctx)
    await kv.close()
    expect(readdirSync(folder).filter((name) => name.startsWith('holder'))).toEqual([])
  })

  it('tells processes apart by their start', async () => {
    const own = await startTimeOf(process.pid)
    expect(own).toBe(await startTimeOf(process.pid))
    expect(await startTimeOf(2 ** 22 + 1)).toBeUndefined()
    const child = new StoreProcess('hold', folder)
    await child.until((lines) => lines.length > 0)
    expect(await startTimeOf(child.process.pid!)).not.toBe(own)
    await child.kill()
  })
})

describe('the driver', () => {
  it('is loaded by open and not before', async () => {
    const child = new StoreProcess('load', folder)
    await child.exited
    expect(child.lines).toEqual(['made false', 'opened true'])
  })
})
