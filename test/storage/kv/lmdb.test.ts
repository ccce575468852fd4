import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { backgroundContext } from '../../../lib/meta/context.js'
import { type LmdbKV, lmdb } from '../../../lib/storage/kv/lmdb/index.js'
import { describeRevisionedKV } from './contract.js'

const ctx = backgroundContext()
const folders: string[] = []

// It has no connections to `cut`, and nobody else can write to it (`foreign`): the tests of both are skipped.
describeRevisionedKV('lmdb', {
  async open() {
    const folder = await mkdtemp(join(tmpdir(), 'lmdb-contract-'))
    folders.push(folder)
    const kv = lmdb(folder)
    await kv.open(ctx)
    return kv
  },
  async reopen(kv) {
    await kv.close()
    const again = lmdb((kv as LmdbKV).path)
    await again.open(ctx)
    return again
  },
  tooLargeBytes: 2 * 1024 * 1024,
  alone: true,
  async dispose() {
    for (const folder of folders) await rm(folder, { recursive: true, force: true })
  },
})
