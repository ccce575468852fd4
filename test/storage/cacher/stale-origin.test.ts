import { beforeEach, describe, expect, test } from 'vitest'
import type { KubeObject } from '../../../lib/meta/types.js'
import type { StoredObject } from '../../../lib/runtime/index.js'
import { DryRunnableStorage, StorageError } from '../../../lib/storage/index.js'
import { widget } from '../../runtime/widgets.js'
import { backends, ctx, freshCollection, kinds, running, switched, thrownBy } from './harness.js'

const store = running(backends[0]!)

type Made = Awaited<ReturnType<typeof switched>>
let made: Made
let key: string
/** What the cache still shows. */
let cached: StoredObject
/** What stands there, or undefined once it was removed. */
let stored: StoredObject | undefined

const sized = (name: string, width: number) => widget(name, { spec: { width, height: 0 } })
const widthOf = (object: { object: KubeObject } | undefined) =>
  (object?.object as KubeObject & { spec: { width: number } })?.spec.width

/** An object in the cache of which another server has changed what is stored, and the cache does not know it. */
async function behindItsBack(change: 'updated' | 'removed' | 'replaced' | 'unchanged') {
  made = await switched(store.kv)
  key = `${freshCollection()}/a`
  cached = await made.cacher.create(ctx, key, sized('a', 1))
  await made.cacher.get(ctx, key)
  made.kv.hold()
  stored = cached
  if (change === 'updated')
    stored = await made.store.guaranteedUpdate(ctx, key, { tryUpdate: () => ({ object: sized('a', 2) }) })
  if (change === 'removed' || change === 'replaced') {
    await made.store.delete(ctx, key)
    stored = undefined
  }
  if (change === 'replaced')
    stored = await made.store.create(ctx, key, { ...sized('a', 3), metadata: { name: 'a', uid: 'another' } })
  expect(made.cacher.cache?.get(`/registry${key}`)?.revision).toBe(cached.revision)
  made.kv.asked.length = 0
}

describe('an object that is as the cache shows it', () => {
  beforeEach(() => behindItsBack('unchanged'))

  test('is updated and deleted without being read', async () => {
    const updated = await made.cacher.guaranteedUpdate(ctx, key, { tryUpdate: () => ({ object: sized('a', 5) }) })
    expect(made.kv.asked).toEqual([])
    made.kv.release()
    await made.cacher.get(ctx, key)
    made.kv.asked.length = 0
    const { revision } = await made.cacher.delete(ctx, key, { uid: 'uid-a', resourceVersion: updated.resourceVersion })
    expect(revision).toBeGreaterThan(updated.revision)
    expect(made.kv.asked).toEqual([])
  })

  test('is not written when nothing changes, and refused for what it is, after one look', async () => {
    const same = await made.cacher.guaranteedUpdate(ctx, key, { tryUpdate: (o) => ({ object: o!.object }) })
    expect(same.revision).toBe(cached.revision)
    const preconditions = { uid: 'another' }
    const refused = await thrownBy(made.cacher.delete(ctx, key, preconditions))
    expect(refused).toMatchObject({ code: 'InvalidObject' })
    const tryUpdate = () => ({ object: sized('a', 6) })
    expect(await thrownBy(made.cacher.guaranteedUpdate(ctx, key, { preconditions, tryUpdate }))).toMatchObject({
      code: 'InvalidObject',
    })
    expect(made.kv.asked).toEqual(['get', 'get', 'get'])
  })
})

describe('an object that was updated behind the back of the cache', () => {
  beforeEach(() => behindItsBack('updated'))

  test('is updated from what is stored', async () => {
    const from: (number | undefined)[] = []
    const result = await made.cacher.guaranteedUpdate(ctx, key, {
      tryUpdate: (existing) => {
        from.push(widthOf(existing))
        return { object: sized('a', 10 + widthOf(existing)!) }
      },
    })
    expect([widthOf(result), from]).toEqual([12, [1, 2]])
  })

  test('is not taken for unchanged because the cached one would be', async () => {
    const result = await made.cacher.guaranteedUpdate(ctx, key, { tryUpdate: () => ({ object: sized('a', 1) }) })
    expect(widthOf(result)).toBe(1)
    expect(result.revision).toBeGreaterThan(stored!.revision)
    expect((await made.store.get(ctx, key)).revision).toBe(result.revision)
  })

  test('is left alone when it is what it shall become', async () => {
    const result = await made.cacher.guaranteedUpdate(ctx, key, { tryUpdate: () => ({ object: sized('a', 2) }) })
    expect(result.revision).toBe(stored!.revision)
  })

  test('is refused to who names the version that the cache shows, and given to who names the stored one', async () => {
    const tryUpdate = () => ({ object: sized('a', 20) })
    for (const write of [
      (resourceVersion: string) =>
        made.cacher.guaranteedUpdate(ctx, key, { preconditions: { resourceVersion }, tryUpdate }),
      (resourceVersion: string) => made.cacher.delete(ctx, key, { resourceVersion }),
    ]) {
      const refused = await thrownBy(write(cached.resourceVersion))
      expect(refused.message).toContain(`ResourceVersion in object meta: ${stored!.resourceVersion}`)
      stored = await write(stored!.resourceVersion)
    }
    expect((await thrownBy(made.store.get(ctx, key))).message).toContain('not found')
  })

  test('is judged by what is stored, whatever was thrown for the cached one', async () => {
    const seen: (number | undefined)[] = []
    const judge = (object: KubeObject) => {
      seen.push(widthOf({ object }))
      if (widthOf({ object }) === 1) throw new StorageError('InvalidObject', key, 'one is too few')
    }
    const tryUpdate = (existing: StoredObject | undefined) => {
      judge(existing!.object)
      return { object: sized('a', 30) }
    }
    expect(widthOf(await made.cacher.guaranteedUpdate(ctx, key, { tryUpdate }))).toBe(30)
    await made.store.guaranteedUpdate(ctx, key, { tryUpdate: () => ({ object: sized('a', 31) }) })
    expect(widthOf(await made.cacher.delete(ctx, key, undefined, judge))).toBe(31)
    expect(seen).toEqual([1, 2, 1, 31])
  })

  test('is deleted only if what is stored may be', async () => {
    const validate = (object: KubeObject) => {
      if (widthOf({ object }) === 2) throw new StorageError('InvalidObject', key, 'two are too many')
    }
    expect((await thrownBy(made.cacher.delete(ctx, key, undefined, validate))).message).toContain('two are too many')
    expect((await made.store.get(ctx, key)).revision).toBe(stored!.revision)
  })

  test('is tried on what is stored by a dry run', async () => {
    const dry = new DryRunnableStorage(made.cacher, kinds.codec)
    const tryUpdate = (existing: StoredObject | undefined) => ({ object: sized('a', 10 + widthOf(existing)!) })
    expect(widthOf(await dry.guaranteedUpdate(ctx, key, { tryUpdate }, true))).toBe(12)
    const seen: number[] = []
    await dry.delete(ctx, key, undefined, (object) => void seen.push(widthOf({ object })), true)
    expect(seen).toEqual([2])
    expect((await made.store.get(ctx, key)).revision).toBe(stored!.revision)
  })
})

describe('an object that was removed behind the back of the cache', () => {
  beforeEach(() => behindItsBack('removed'))

  test('is not found by an update, a refused one, one that changes nothing, or a deletion', async () => {
    const refuse = () => {
      throw new StorageError('InvalidObject', key, 'never')
    }
    const writes: (() => Promise<unknown>)[] = [
      () => made.cacher.guaranteedUpdate(ctx, key, { tryUpdate: () => ({ object: sized('a', 9) }) }),
      () => made.cacher.guaranteedUpdate(ctx, key, { tryUpdate: () => ({ object: sized('a', 1) }) }),
      () => made.cacher.guaranteedUpdate(ctx, key, { tryUpdate: refuse }),
      () => made.cacher.guaranteedUpdate(ctx, key, { preconditions: { uid: 'x' }, tryUpdate: refuse }),
      () => made.cacher.delete(ctx, key),
      () => made.cacher.delete(ctx, key, { uid: 'x' }),
      () => made.cacher.delete(ctx, key, undefined, refuse),
    ]
    for (const write of writes) expect(await thrownBy(write())).toMatchObject({ code: 'KeyNotFound' })
  })

  test('is created anew by an update that may', async () => {
    const from: (number | undefined)[] = []
    const tryUpdate = (existing: StoredObject | undefined) => {
      from.push(widthOf(existing))
      return { object: sized('a', 1) }
    }
    const result = await made.cacher.guaranteedUpdate(ctx, key, { ignoreNotFound: true, tryUpdate })
    expect(from).toEqual([1, undefined])
    expect((await made.store.get(ctx, key)).revision).toBe(result.revision)
  })
})

describe('an object that was replaced behind the back of the cache', () => {
  beforeEach(() => behindItsBack('replaced'))

  test('is not the one that is to be deleted, or updated, by its uid', async () => {
    const preconditions = { uid: 'uid-a' }
    const tryUpdate = () => ({ object: sized('a', 9) })
    for (const write of [
      () => made.cacher.delete(ctx, key, preconditions),
      () => made.cacher.guaranteedUpdate(ctx, key, { preconditions, tryUpdate }),
    ])
      expect((await thrownBy(write())).message).toContain('UID in object meta: another')
    expect((await made.store.get(ctx, key)).revision).toBe(stored!.revision)
    const gone = await made.cacher.delete(ctx, key, { uid: 'another' })
    expect(gone.object.metadata.uid).toBe('another')
  })
})
