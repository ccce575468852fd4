import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { ValueTransformer } from '../../../lib/storage/index.js'
import { widget } from '../../runtime/widgets.js'
import { ctx, embedded, freshCollection, kinds, names, selecting, thrownBy } from './harness.js'

const { kv, store: makeStore } = embedded()

/** AES-GCM with the key's path as associated data; `old` keys are read, and their values are stale. */
function aesGcm(key: Buffer, old?: Buffer): ValueTransformer {
  const open = (value: Buffer, path: string, secret: Buffer) => {
    const decipher = createDecipheriv('aes-256-gcm', secret, value.subarray(0, 12))
    decipher.setAAD(Buffer.from(path)).setAuthTag(value.subarray(12, 28))
    return Buffer.concat([decipher.update(value.subarray(28)), decipher.final()])
  }
  return {
    toStorage(value, path) {
      const nonce = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(path))
      const sealed = Buffer.concat([cipher.update(value), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), sealed])
    },
    fromStorage(value, path) {
      try {
        return { value: open(value, path, key), stale: false }
      } catch (err) {
        if (!old) throw err
        return { value: open(value, path, old), stale: true }
      }
    },
  }
}

const first = randomBytes(32)
const second = randomBytes(32)
const store = makeStore({ transformer: aesGcm(first) })
const touch = { tryUpdate: (existing?: { object: ReturnType<typeof widget> }) => ({ object: existing!.object }) }

describe('encryption at rest', () => {
  test('keeps the plain text out of the store, and is invisible above it', async () => {
    const key = `${freshCollection()}/a`
    const made = await store.create(ctx, key, widget('secret-name'))
    const { kv: pair } = await kv.get(ctx, `/registry${key}`)
    expect(pair?.value.includes('secret-name')).toBe(false)
    const read = await store.get(ctx, key)
    expect(read.encodedAs(kinds.v1)).toEqual(made.encodedAs(kinds.v1))
    expect((await store.delete(ctx, key)).object.metadata.name).toBe('secret-name')
  })

  test('also holds for lists with selectors, and for watches', async () => {
    const collection = freshCollection()
    await store.create(ctx, `${collection}/a`, widget('a'))
    await store.create(ctx, `${collection}/b`, widget('b'))
    const predicate = selecting({ fields: 'metadata.name=b' })
    const list = await store.getList(ctx, collection, { predicate, recursive: true })
    expect(names(list.items)).toEqual(['b'])
    for await (const event of await store.watch(ctx, collection, { predicate, recursive: true })) {
      expect(event.type === 'ADDED' && event.object.object.metadata.name).toBe('b')
      break
    }
  })

  test('does not write what did not change, although each encryption differs', async () => {
    const key = `${freshCollection()}/a`
    const { revision } = await store.create(ctx, key, widget('a'))
    expect((await store.guaranteedUpdate(ctx, key, touch)).revision).toBe(revision)
  })

  test('writes a value under an old key anew at its next update, once', async () => {
    const key = `${freshCollection()}/a`
    const { revision } = await store.create(ctx, key, widget('a'))
    const rotated = makeStore({ transformer: aesGcm(second, first) })
    const renewed = await rotated.guaranteedUpdate(ctx, key, touch)
    expect(renewed.revision).toBeGreaterThan(revision)
    expect((await rotated.guaranteedUpdate(ctx, key, touch)).revision).toBe(renewed.revision)
    const withoutOld = makeStore({ transformer: aesGcm(second) })
    expect((await withoutOld.get(ctx, key)).object.metadata.name).toBe('a')
  })

  test('refuses a value that was moved from another key', async () => {
    const collection = freshCollection()
    await store.create(ctx, `${collection}/a`, widget('a'))
    const { kv: pair } = await kv.get(ctx, `/registry${collection}/a`)
    await kv.create(ctx, `/registry${collection}/b`, pair!.value)
    await thrownBy(store.get(ctx, `${collection}/b`))
    expect((await store.get(ctx, `${collection}/a`)).object.metadata.name).toBe('a')
  })
})
