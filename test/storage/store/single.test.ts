import { describe, expect, test } from 'vitest'
import { widget } from '../../runtime/widgets.js'
import { ctx, embedded, freshCollection, kinds, PassingKV, thrownBy } from './harness.js'

const { kv, store: makeStore } = embedded()
const store = makeStore()

const labelled = (name: string, label: string) => {
  const object = widget(name)
  object.metadata.labels = { label }
  return object
}

describe('keys and values', () => {
  test('stand where Kubernetes has them, without resourceVersion, in the stored version', async () => {
    const made = await store.create(ctx, '/example.com/widgets/layout/a', widget('a'))
    const { kv: pair } = await kv.get(ctx, '/registry/example.com/widgets/layout/a')
    expect(pair?.value.toString()).toBe(
      '{"kind":"Widget","apiVersion":"example.com/v1","metadata":{"name":"a","namespace":"default","uid":"uid-a"},"spec":{"size":"3x4"}}',
    )
    expect(made.resourceVersion).toBe(String(pair?.modRevision))
    expect(made.key).toBe('/registry/example.com/widgets/layout/a')
  })

  test.each(['/elsewhere', '/elsewhere/', '/elsewhere//'])('stand below the prefix %s', async (prefix) => {
    const elsewhere = makeStore({ prefix })
    const key = `${freshCollection()}/a`
    await elsewhere.create(ctx, key, widget('a'))
    expect((await kv.get(ctx, `/elsewhere${key}`)).kv).toBeDefined()
    expect((await thrownBy(store.get(ctx, key))).code).toBe('KeyNotFound')
  })

  test('the object given to a create is left as it was', async () => {
    const object = widget('a')
    const before = structuredClone(object)
    await store.create(ctx, `${freshCollection()}/a`, object)
    expect(object).toEqual(before)
  })
})

describe('create', () => {
  test('of an existing key is refused, and what stands there stays', async () => {
    const key = `${freshCollection()}/a`
    const first = await store.create(ctx, key, labelled('a', 'first'))
    expect((await thrownBy(store.create(ctx, key, labelled('a', 'second')))).code).toBe('KeyExists')
    expect((await store.get(ctx, key)).value).toEqual(first.value)
  })

  test('of many at once under one key has one winner', async () => {
    const key = `${freshCollection()}/a`
    const tries = Array.from({ length: 10 }, (_, i) => store.create(ctx, key, labelled('a', `l${i}`)))
    const won = (await Promise.allSettled(tries)).filter(({ status }) => status === 'fulfilled')
    expect(won).toHaveLength(1)
  })

  test('of an object that says a resourceVersion is an error', async () => {
    const object = widget('a')
    object.metadata.resourceVersion = '5'
    const error = await thrownBy(store.create(ctx, `${freshCollection()}/a`, object))
    expect(error.message).toBe('resourceVersion should not be set on objects to be created')
  })

  test.each(['0', 'abc', ''])('looks away from resourceVersion %j, as Kubernetes does', async (resourceVersion) => {
    const object = widget('a')
    object.metadata.resourceVersion = resourceVersion
    const made = await store.create(ctx, `${freshCollection()}/a`, object)
    expect(made.object.metadata.resourceVersion).toBe(String(made.revision))
  })
})

describe('get', () => {
  test('of nothing is KeyNotFound', async () => {
    expect((await thrownBy(store.get(ctx, `${freshCollection()}/a`))).code).toBe('KeyNotFound')
  })

  test('gives what is not older than a resourceVersion, and says so of one that has not happened', async () => {
    const key = `${freshCollection()}/a`
    const { resourceVersion, revision } = await store.create(ctx, key, widget('a'))
    expect((await store.get(ctx, key, { resourceVersion })).revision).toBe(revision)
    expect((await store.get(ctx, key, { resourceVersion: '0' })).revision).toBe(revision)
    const future = await thrownBy(store.get(ctx, key, { resourceVersion: '9007199254740993' }))
    expect(future.message).toContain('Too large resource version: 9007199254740993, current: ')
    const past = await thrownBy(store.get(ctx, key, { resourceVersion: '99999999999999999999' }))
    expect(past.message).toContain('value out of range')
  })

  test('of a resourceVersion that is no number says so in Go’s words', async () => {
    const key = `${freshCollection()}/a`
    await store.create(ctx, key, widget('a'))
    expect((await thrownBy(store.get(ctx, key, { resourceVersion: 'abc' }))).message).toBe(
      'resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax',
    )
  })
})

describe('delete', () => {
  test('gives back the last state at the revision of the deletion', async () => {
    const key = `${freshCollection()}/a`
    const made = await store.create(ctx, key, widget('a'))
    const gone = await store.delete(ctx, key)
    expect(gone.revision).toBeGreaterThan(made.revision)
    expect(gone.object.metadata).toMatchObject({ name: 'a', resourceVersion: String(gone.revision) })
    expect((await thrownBy(store.delete(ctx, key))).code).toBe('KeyNotFound')
  })

  test('is refused when its preconditions name another uid or resourceVersion', async () => {
    const key = `${freshCollection()}/a`
    const { resourceVersion } = await store.create(ctx, key, widget('a'))
    const byUid = await thrownBy(store.delete(ctx, key, { uid: 'other' }))
    expect(byUid.message).toContain('Precondition failed: UID in precondition: other, UID in object meta: uid-a')
    const byVersion = await thrownBy(store.delete(ctx, key, { resourceVersion: '1' }))
    expect(byVersion.code).toBe('InvalidObject')
    await store.delete(ctx, key, { uid: 'uid-a', resourceVersion })
  })

  test('is refused by what its check throws, and nothing is deleted', async () => {
    const key = `${freshCollection()}/a`
    await store.create(ctx, key, widget('a'))
    const refuse = () => Promise.reject(new Error('no'))
    expect((await thrownBy(store.delete(ctx, key, undefined, refuse))).message).toBe('no')
    await store.get(ctx, key)
  })

  test('asks the check again, with the new state, when somebody wrote in between', async () => {
    const key = `${freshCollection()}/a`
    await store.create(ctx, key, labelled('a', 'old'))
    const seen: unknown[] = []
    await store.delete(ctx, key, undefined, async (object) => {
      seen.push(object.metadata.labels?.label)
      if (seen.length === 1)
        await store.guaranteedUpdate(ctx, key, { tryUpdate: () => ({ object: labelled('a', 'new') }) })
    })
    expect(seen).toEqual(['old', 'new'])
  })

  test('of a key that somebody else deletes in between is KeyNotFound', async () => {
    const key = `${freshCollection()}/a`
    await store.create(ctx, key, widget('a'))
    const error = await thrownBy(
      store.delete(ctx, key, undefined, async () => {
        await store.delete(ctx, key)
      }),
    )
    expect(error.code).toBe('KeyNotFound')
  })
})

describe('guaranteedUpdate', () => {
  test('writes what was made of the stored state', async () => {
    const key = `${freshCollection()}/a`
    const made = await store.create(ctx, key, widget('a'))
    const updated = await store.guaranteedUpdate(ctx, key, {
      tryUpdate: (existing) => ({ object: { ...existing!.object, spec: { width: 9, height: 9 } } }),
    })
    expect(updated.revision).toBeGreaterThan(made.revision)
    expect((await store.get(ctx, key)).object.spec).toEqual({ width: 9, height: 9 })
  })

  test('of nothing is KeyNotFound, or a create where that is wanted', async () => {
    const key = `${freshCollection()}/a`
    const tryUpdate = () => ({ object: widget('a') })
    expect((await thrownBy(store.guaranteedUpdate(ctx, key, { tryUpdate }))).code).toBe('KeyNotFound')
    await store.guaranteedUpdate(ctx, key, { ignoreNotFound: true, tryUpdate })
    expect((await store.get(ctx, key)).object.metadata.name).toBe('a')
  })

  test('that changes nothing writes nothing', async () => {
    const key = `${freshCollection()}/a`
    const made = await store.create(ctx, key, widget('a'))
    const before = await kv.currentRevision(ctx)
    const same = await store.guaranteedUpdate(ctx, key, { tryUpdate: (existing) => ({ object: existing!.object }) })
    expect(same.revision).toBe(made.revision)
    expect(await kv.currentRevision(ctx)).toBe(before)
  })

  test('that changes nothing but the order of members writes nothing', async () => {
    const key = `${freshCollection()}/a`
    const { revision } = await store.create(ctx, key, widget('a', { extra: { one: 1, two: [{ x: 1, y: 2 }] } }))
    const reordered = widget('a', { extra: { two: [{ y: 2, x: 1 }], one: 1 } })
    reordered.metadata = Object.fromEntries(Object.entries(reordered.metadata).reverse())
    const same = await store.guaranteedUpdate(ctx, key, { tryUpdate: () => ({ object: reordered }) })
    expect(same.revision).toBe(revision)
    const turned = widget('a', { extra: { two: [{ y: 1, x: 2 }], one: 1 } })
    const other = await store.guaranteedUpdate(ctx, key, { tryUpdate: () => ({ object: turned }) })
    expect(other.revision).toBeGreaterThan(revision)
  })

  test('begins again with the newer state when somebody wrote in between', async () => {
    const key = `${freshCollection()}/a`
    await store.create(ctx, key, labelled('a', 'old'))
    class Interrupted extends PassingKV {
      left = 2
      override async update(...args: Parameters<PassingKV['update']>) {
        if (this.left-- > 0)
          await store.guaranteedUpdate(ctx, key, { tryUpdate: () => ({ object: labelled('a', `other${this.left}`) }) })
        return super.update(...args)
      }
    }
    const seen: unknown[] = []
    const interrupted = makeStore({ kv: new Interrupted(kv) })
    await interrupted.guaranteedUpdate(ctx, key, {
      tryUpdate(existing) {
        seen.push(existing!.object.metadata.labels?.label)
        return { object: labelled('a', 'mine') }
      },
    })
    expect(seen).toEqual(['old', 'other1', 'other0'])
    expect((await store.get(ctx, key)).object.metadata.labels).toEqual({ label: 'mine' })
  })

  test('checks its preconditions against every state it meets', async () => {
    const key = `${freshCollection()}/a`
    const { resourceVersion } = await store.create(ctx, key, labelled('a', 'old'))
    const error = await thrownBy(
      store.guaranteedUpdate(ctx, key, {
        preconditions: { resourceVersion },
        async tryUpdate() {
          await store.guaranteedUpdate(ctx, key, { tryUpdate: () => ({ object: labelled('a', 'other') }) })
          return { object: labelled('a', 'mine') }
        },
      }),
    )
    expect(error.code).toBe('InvalidObject')
    expect((await store.get(ctx, key)).object.metadata.labels).toEqual({ label: 'other' })
  })

  test('makes the object when it was deleted in between, where that is wanted', async () => {
    const key = `${freshCollection()}/a`
    await store.create(ctx, key, labelled('a', 'old'))
    const seen: boolean[] = []
    await store.guaranteedUpdate(ctx, key, {
      ignoreNotFound: true,
      async tryUpdate(existing) {
        seen.push(existing !== undefined)
        if (existing) await store.delete(ctx, key)
        return { object: labelled('a', 'mine') }
      },
    })
    expect(seen).toEqual([true, false])
  })

  test('of a hundred at once loses none', async () => {
    const key = `${freshCollection()}/a`
    await store.create(ctx, key, widget('a', { spec: { width: 0, height: 0 } }))
    const add = () =>
      store.guaranteedUpdate(ctx, key, {
        tryUpdate(existing) {
          const { width } = existing!.object.spec as { width: number }
          return { object: widget('a', { spec: { width: width + 1, height: 0 } }) }
        },
      })
    await Promise.all(Array.from({ length: 100 }, add))
    expect((await store.get(ctx, key)).object.spec).toEqual({ width: 100, height: 0 })
  })

  test('of an object in another order of keys writes it once, and then no more', async () => {
    const key = `${freshCollection()}/a`
    const foreign = '{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"a"},"spec":{"size":"1x2"}}\n'
    await kv.create(ctx, `/registry${key}`, Buffer.from(foreign))
    const touch = () => store.guaranteedUpdate(ctx, key, { tryUpdate: (existing) => ({ object: existing!.object }) })
    const first = await touch()
    expect((await touch()).revision).toBe(first.revision)
    expect(first.object.spec).toEqual({ width: 1, height: 2 })
  })

  test('ends when its context does, however often it loses', async () => {
    const key = `${freshCollection()}/a`
    await store.create(ctx, key, widget('a'))
    class Losing extends PassingKV {
      tries = 0
      override async update(context: typeof ctx, path: string) {
        if (++this.tries === 3) controller.abort()
        if (this.tries > 1000) throw new Error('it goes on for ever')
        const { kv: current, revision } = await super.get(context, path)
        return { ok: false as const, current, revision }
      }
    }
    const controller = new AbortController()
    const losing = new Losing(kv)
    const update = makeStore({ kv: losing }).guaranteedUpdate({ ...ctx, signal: controller.signal }, key, {
      tryUpdate: () => ({ object: labelled('a', 'mine') }),
    })
    expect((await thrownBy(update)).message).toBe('the caller has gone')
    expect(losing.tries).toBe(3)
  })
})

test('count counts what is below a key, and not what merely begins like it', async () => {
  const collection = freshCollection()
  await store.create(ctx, `${collection}/a`, widget('a'))
  await store.create(ctx, `${collection}/b`, widget('b'))
  await store.create(ctx, `${collection}x/c`, widget('c'))
  expect(await store.count(ctx, collection)).toBe(2)
})

describe('values that cannot be read', () => {
  test('are named by their key, and the others are read on', async () => {
    const collection = freshCollection()
    await store.create(ctx, `${collection}/good`, widget('good'))
    await kv.create(ctx, `/registry${collection}/bad`, Buffer.from('k8s\0\n\x10'))
    const bad = await store.get(ctx, `${collection}/bad`)
    expect(() => bad.encodedAs(kinds.v1)).toThrow(
      `the value stored at /registry${collection}/bad cannot be read: it is in the protobuf format of Kubernetes`,
    )
    expect((await store.get(ctx, `${collection}/good`)).object.metadata.name).toBe('good')
  })

  test('can be neither updated nor deleted with a check, so that nothing unseen is lost', async () => {
    const key = `${freshCollection()}/bad`
    await kv.create(ctx, `/registry${key}`, Buffer.from('k8s\0'))
    const update = store.guaranteedUpdate(ctx, key, { tryUpdate: (existing) => ({ object: existing!.object }) })
    expect((await thrownBy(update)).message).toContain('cannot be read')
    expect((await thrownBy(store.delete(ctx, key, undefined, () => {}))).message).toContain('cannot be read')
  })
})
