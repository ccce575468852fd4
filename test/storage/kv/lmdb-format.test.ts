import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { open } from 'lmdb'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { lmdb } from '../../../lib/storage/kv/lmdb/index.js'
import { KVError } from '../../../lib/storage/kv/types.js'
import { bytes, ctx, won } from './contract/harness.js'

const folders: string[] = []
let folder = ''

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lmdb-format-'))
  folders.push(folder)
})
afterAll(() => {
  for (const each of folders) rmSync(each, { recursive: true, force: true })
})

const KEYS = {
  writeKey: (key: string, target: Buffer, start: number) => start + target.write(key, start),
  readKey: (target: Buffer, start: number, end: number) => target.toString('utf8', start, end),
}

/** The same file without the store's own code. */
const raw = () => open<Buffer, string>({ path: folder, noSubdir: false, encoding: 'binary', keyEncoder: KEYS })

describe('the format of a store', () => {
  it('a new store is empty at revision 1, and its first write is revision 2', async () => {
    const kv = lmdb(folder)
    await kv.open(ctx)
    expect(await kv.currentRevision(ctx)).toBe(1)
    expect(await kv.count(ctx, '')).toEqual({ count: 0, revision: 1 })
    expect((await kv.range(ctx, '', { revision: 1 })).items).toEqual([])
    expect(await won(kv.create(ctx, 'a', bytes('v')))).toBe(2)
    await kv.close()
  })

  it('is stamped with the product and a version', async () => {
    const kv = lmdb(folder)
    await kv.open(ctx)
    await kv.close()
    const env = raw()
    expect(JSON.parse(env.get('format')!.toString())).toEqual({
      product: 'express-apiserver revisioned key-value store',
      version: 1,
    })
    await env.close()
  })

  it('a newer one is refused with both versions, and left as it is', async () => {
    const kv = lmdb(folder)
    await kv.open(ctx)
    await kv.close()
    const stamp = JSON.stringify({ product: 'express-apiserver revisioned key-value store', version: 7 })
    const env = raw()
    await env.put('format', Buffer.from(stamp))
    await env.close()
    await expect(lmdb(folder).open(ctx)).rejects.toThrow(/format version 7, written by a newer release.*version 1/)
    const again = raw()
    expect(again.get('format')!.toString()).toBe(stamp)
    await again.close()
  })

  it.each([
    ['other products', '{"product":"other","version":1}'],
    ['nobody', 'not JSON'],
    ['nothing', 'null'],
  ])('a stamp of %s is refused', async (_, stamp) => {
    const env = raw()
    await env.put('format', Buffer.from(stamp))
    await env.close()
    await expect(lmdb(folder).open(ctx)).rejects.toThrow('not ours')
  })

  it('a database of somebody else is refused, and left as it is', async () => {
    const env = raw()
    await env.put('theirs', Buffer.from('kept'))
    await env.close()
    await expect(lmdb(folder).open(ctx)).rejects.toThrow(/not ours.*theirs/)
    const again = raw()
    expect([...again.getKeys({ start: '' })]).toEqual(['theirs'])
    await again.close()
  })

  it.each([
    ['garbage', Buffer.alloc(16_384, 'garbage')],
    ['a few bytes', Buffer.from('few')],
    ['zeros', Buffer.alloc(16_384)],
  ])('a file of %s is refused', async (_, content) => {
    writeFileSync(join(folder, 'data.mdb'), content)
    await expect(lmdb(folder).open(ctx)).rejects.toThrow('is not an LMDB database')
    expect(readFileSync(join(folder, 'data.mdb')).equals(content)).toBe(true)
  })

  it('a data file that cannot be written is refused', async () => {
    mkdirSync(join(folder, 'data.mdb'))
    await expect(lmdb(folder).open(ctx)).rejects.toThrow(/cannot be used/)
  })

  it('a path that cannot be a folder is refused, and can be opened once it is one', async () => {
    const path = join(folder, 'file')
    writeFileSync(path, '')
    const kv = lmdb(path)
    await expect(kv.open(ctx)).rejects.toThrow(KVError)
    rmSync(path)
    await kv.open(ctx)
    expect(await kv.currentRevision(ctx)).toBe(1)
    await kv.close()
  })
})
