import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lmdb } from 'express-apiserver'
import { expect, onTestFinished, test } from 'vitest'
import { backgroundContext } from '../../lib/meta/context.js'
import { WatchCaches } from '../../lib/server/watch-caches.js'
import { Store } from '../../lib/storage/index.js'
import { kinds } from '../storage/store/harness.js'

test('a cache that is added while the others run, or while there are none, is filled at once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'express-apiserver-caches-'))
  const kv = lmdb(folder, { unsafeNoSync: true })
  const errors: unknown[] = []
  const caches = new WatchCaches(kv, '/registry', (err) => errors.push(err))
  onTestFinished(async () => {
    caches.stop()
    await kv.close()
    rmSync(folder, { recursive: true, force: true })
  })
  await kv.open(backgroundContext())
  caches.start()
  const add = (name: string) => caches.add(name, new Store({ kv, codec: kinds.codec }), `/example.com/${name}`)
  for (const name of ['first', 'second']) {
    const cacher = add(name)
    expect(caches.unready()).toEqual([name])
    expect(await cacher.ready(10_000)).toBe(true)
  }
  expect(caches.unready()).toEqual([])
  caches.stop()
  expect(await add('third').ready(20)).toBe(false)
  expect(caches.unready()).toEqual(['first', 'second', 'third'])
  expect(errors).toEqual([])
})
