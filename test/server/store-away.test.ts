import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lmdb, type RevisionedKV } from 'express-apiserver'
import { afterAll, describe, expect, test } from 'vitest'
import { UnavailableError } from '../../lib/storage/kv/types.js'
import { PassingKV } from '../storage/store/harness.js'
import { openWatch, send } from '../support/server.js'
import { create, freshPath, served, V2, widget } from './harness.js'

const folder = mkdtempSync(join(tmpdir(), 'express-apiserver-away-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A store that is out of reach while the test wants it so. */
class DistantKV extends PassingKV {
  isAway = false

  override readIndex() {
    return this.isAway ? Promise.reject(new UnavailableError('away')) : super.readIndex()
  }

  override range(...args: Parameters<RevisionedKV['range']>) {
    return this.isAway ? Promise.reject(new UnavailableError('away')) : super.range(...args)
  }
}

const kv = new DistantKV(lmdb(folder, { unsafeNoSync: true }))
const server = served({ storage: kv })

describe('while the store is out of reach', () => {
  test('a watch that needs its newest state is told to come again soon, in words that informers retry by', async () => {
    const path = freshPath()
    await create(server, path, widget('a'))
    kv.isAway = true
    const refused = await send(`${server.url}${path}?watch=true`)
    expect([refused.status, refused.headers['retry-after']]).toEqual([500, '2'])
    expect(refused.json()).toMatchObject({
      reason: 'ServerTimeout',
      message: 'The watch operation against widgets.example.com could not be completed at this time, please try again.',
      details: { group: 'example.com', kind: 'widgets', retryAfterSeconds: 2 },
    })
    kv.isAway = false
    const watch = await openWatch(`${server.url}${path}?watch=true`)
    expect(await watch.until((seen) => seen.length === 1)).toMatchObject([{ type: 'ADDED' }])
    watch.cancel()
  })

  test('a watch that goes on from what its reader knows begins, and waits for what comes', async () => {
    const path = freshPath(V2)
    const { metadata } = await create(server, path, widget('a'))
    await send(`${server.url}${path}`)
    kv.isAway = true
    const watch = await openWatch(`${server.url}${path}?watch=true&resourceVersion=${metadata.resourceVersion}`)
    kv.isAway = false
    await create(server, path, widget('b'))
    expect(await watch.until((seen) => seen.length === 1)).toMatchObject([
      { type: 'ADDED', object: { metadata: { name: 'b' } } },
    ])
    watch.cancel()
  })
})
