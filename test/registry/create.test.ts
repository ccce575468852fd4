import { describe, expect, test } from 'vitest'
import type { KubeObject } from '../../lib/meta/types.js'
import { PassingKV } from '../storage/store/harness.js'
import {
  anyway,
  changing,
  DRY,
  deleting,
  freshNamespace,
  inside,
  kinds,
  make,
  metaOf,
  query,
  REAL,
  registries,
  request,
  statusOf,
} from './harness.js'

const { kv, registry } = registries()
const store = registry()

const plain = (metadata: KubeObject['metadata'], rest: object = {}): KubeObject => ({
  metadata,
  spec: { width: 1, height: 1 },
  ...rest,
})

describe('a new object', () => {
  test('stands under group, plural, namespace and name', async () => {
    const namespace = freshNamespace()
    const made = await make(store, inside(namespace), 'a')
    expect(made.key).toBe(`/registry/example.com/widgets/${namespace}/a`)
    expect((await kv.get(inside(''), made.key)).kv?.modRevision).toBe(made.revision)
  })

  test('of a cluster-scoped kind stands under group, plural and name, and has no namespace', async () => {
    const cluster = registry({ namespaced: false, parts: { keyRoot: '/example.com/clusterwidgets' } })
    const made = await make(cluster, inside(''), 'a', { namespace: 'ignored' })
    expect(made.key).toBe('/registry/example.com/clusterwidgets/a')
    expect(metaOf(made)).not.toHaveProperty('namespace')
  })

  test('gets uid, creation time and generation from the server alone', async () => {
    const claims = { uid: 'mine', creationTimestamp: '1970-01-01T00:00:00Z', generation: 9 }
    const meta = metaOf(await make(store, inside(freshNamespace()), 'a', claims))
    expect(meta.uid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    expect(meta.creationTimestamp).toMatch(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
    expect(meta.generation).toBe(1)
  })

  test('is never born deleted', async () => {
    const claims = { deletionTimestamp: '2020-01-01T00:00:00Z', deletionGracePeriodSeconds: 0 }
    const meta = metaOf(await make(store, inside(freshNamespace()), 'a', claims))
    expect(meta).not.toHaveProperty('deletionTimestamp')
    expect(meta).not.toHaveProperty('deletionGracePeriodSeconds')
  })

  test('gets the namespace of the request, and is refused with another', async () => {
    const ctx = inside(freshNamespace())
    expect(metaOf(await make(store, ctx, 'a')).namespace).toBe(ctx.requestInfo?.namespace)
    expect(await statusOf(make(store, ctx, 'b', { namespace: 'other' }))).toMatchObject({
      code: 400,
      message: 'the namespace of the provided object does not match the namespace sent on the request',
    })
  })

  test('without a namespace is refused where it needs one', async () => {
    const status = await statusOf(make(store, inside(''), 'a'))
    expect(status.code).toBeGreaterThanOrEqual(400)
    expect(status.message).toMatch(/namespace/i)
  })

  test('of a taken name is refused', async () => {
    const ctx = inside(freshNamespace())
    await make(store, ctx, 'a')
    expect(await statusOf(make(store, ctx, 'a'))).toMatchObject({
      code: 409,
      reason: 'AlreadyExists',
      message: 'widgets.example.com "a" already exists',
      details: { name: 'a', group: 'example.com', kind: 'widgets' },
    })
  })

  test('of the name of one that is on its way out hears so', async () => {
    const ctx = inside(freshNamespace())
    await make(store, ctx, 'a', { finalizers: ['example.com/wait'] })
    await store.delete(ctx, 'a', anyway, deleting())
    expect((await statusOf(make(store, ctx, 'a'))).message).toBe(
      'object is being deleted: widgets.example.com "a" already exists',
    )
  })

  test.each(['UPPER', 'a_b', '-a', 'a/b', '..', 'x'.repeat(254)])('named %s is refused with 422', async (name) => {
    const status = await statusOf(make(store, inside(freshNamespace()), name))
    expect(status).toMatchObject({ code: 422, reason: 'Invalid', details: { kind: 'Widget', group: 'example.com' } })
    expect(status.details?.causes?.[0]).toMatchObject({ field: 'metadata.name' })
  })

  test('without any name hears that one is required', async () => {
    const status = await statusOf(store.create(inside(freshNamespace()), plain({}), anyway, REAL))
    expect(status.details?.causes).toEqual([
      {
        reason: 'FieldValueRequired',
        message: 'Required value: name or generateName is required',
        field: 'metadata.name',
      },
    ])
  })

  test('that says a resourceVersion is an error, which is no Status', async () => {
    const work = make(store, inside(freshNamespace()), 'a', { resourceVersion: '5' })
    await expect(work).rejects.toThrow('resourceVersion should not be set on objects to be created')
  })

  test('that validating admission refuses is not stored', async () => {
    const ctx = inside(freshNamespace())
    const refuse = () => Promise.reject(new Error('refused'))
    await expect(store.create(ctx, plain({ name: 'a' }), refuse, REAL)).rejects.toThrow('refused')
    expect((await store.list(ctx, query())).items).toEqual([])
  })

  test('is complete when validating admission sees it', async () => {
    const ctx = inside(freshNamespace())
    let seen: KubeObject | undefined
    const keep = (_: unknown, object: KubeObject) => {
      seen = structuredClone(object)
    }
    await store.create(ctx, plain({ generateName: 'a-' }), keep, REAL)
    expect(seen?.metadata).toMatchObject({ generation: 1, namespace: ctx.requestInfo?.namespace })
    expect(seen?.metadata.name).toMatch(/^a-.{5}$/)
    expect(seen?.metadata.uid).toBeTruthy()
  })
})

describe('a generated name', () => {
  const named = (store: ReturnType<typeof registry>, ctx = inside(freshNamespace()), dry = REAL) =>
    store.create(ctx, plain({ generateName: 'w-' }), anyway, dry)

  /** Says of so many creates that the key exists. */
  class Crowded extends PassingKV {
    readonly keys: string[] = []
    constructor(private left: number) {
      super(kv)
    }
    override async create(...args: Parameters<PassingKV['create']>) {
      this.keys.push(args[1])
      if (this.left-- > 0) return { ok: false as const, current: undefined, revision: 1 }
      return super.create(...args)
    }
  }

  test('is the base and five characters', async () => {
    expect(metaOf(await named(store)).name).toMatch(/^w-[bcdfghjklmnpqrstvwxz2456789]{5}$/)
  })

  test('gives way to a name', async () => {
    const made = await make(store, inside(freshNamespace()), 'chosen', { generateName: 'w-' })
    expect(metaOf(made).name).toBe('chosen')
  })

  test('is made anew while it is taken, each time another one', async () => {
    const crowded = new Crowded(7)
    const made = await named(registry({ kv: crowded }))
    expect(crowded.keys).toHaveLength(8)
    expect(new Set(crowded.keys).size).toBe(8)
    expect(made.key).toBe(crowded.keys[7])
  })

  test('is given up after eight, and the client may come again', async () => {
    const crowded = new Crowded(100)
    const status = await statusOf(named(registry({ kv: crowded })))
    expect(crowded.keys).toHaveLength(8)
    expect(status).toMatchObject({ code: 409, reason: 'AlreadyExists', details: { retryAfterSeconds: 1 } })
    expect(status.message).toContain('the server was not able to generate a unique name for the object')
  })

  test('asks admission about every try, and each time with a fresh object', async () => {
    const seen: string[] = []
    const work = registry({ kv: new Crowded(2) }).create(
      inside(freshNamespace()),
      plain({ generateName: 'w-' }),
      (_, { metadata }) => {
        seen.push(metadata.name ?? '')
        metadata.labels = { ...metadata.labels, [`try-${seen.length}`]: 'x' }
      },
      REAL,
    )
    expect(metaOf(await work).labels).toEqual({ 'try-3': 'x' })
    expect(new Set(seen).size).toBe(3)
  })

  test('of a taken name that the client chose is not tried again', async () => {
    const crowded = new Crowded(100)
    await statusOf(make(registry({ kv: crowded }), inside(freshNamespace()), 'a'))
    expect(crowded.keys).toHaveLength(1)
  })
})

describe('a dry run', () => {
  const events = async (work: () => Promise<unknown>) => {
    const before = await kv.currentRevision(inside(''))
    await work()
    return (await kv.currentRevision(inside(''))) - before
  }

  test('of every verb stores nothing and says what it would have said', async () => {
    const ctx = inside(freshNamespace())
    const made = await make(store, ctx, 'a')
    await make(store, ctx, 'held', { finalizers: ['example.com/wait'] })
    const dryDelete = deleting({ dryRun: ['All'] })
    const written = await events(async () => {
      expect(metaOf(await store.create(ctx, plain({ name: 'b' }), anyway, DRY))).not.toHaveProperty('resourceVersion')
      const bigger = changing((object) => ({ ...object, spec: { width: 9, height: 9 } }))
      const updated = await store.update(ctx, 'a', bigger, request(DRY))
      expect(updated.object.object).toMatchObject({ spec: { width: 9 }, metadata: { generation: 2 } })
      expect(updated.object.resourceVersion).toBe(made.resourceVersion)
      expect(await store.delete(ctx, 'a', anyway, dryDelete)).toMatchObject({ deleted: true })
      const held = await store.delete(ctx, 'held', anyway, dryDelete)
      expect(held.deleted).toBe(false)
      expect((await store.deleteCollection(ctx, anyway, dryDelete, query())).items).toHaveLength(2)
      const release = changing(({ metadata: { finalizers: _, ...metadata }, ...rest }) => ({ ...rest, metadata }))
      await store.update(ctx, 'held', release, request(DRY))
    })
    expect(written).toBe(0)
    expect((await store.list(ctx, query())).items).toHaveLength(2)
    expect(metaOf(await store.get(ctx, 'held', { resourceVersion: '' }))).not.toHaveProperty('deletionTimestamp')
  })

  test('of the end of the last finalizer leaves the object', async () => {
    const ctx = inside(freshNamespace())
    await make(store, ctx, 'a', { finalizers: ['example.com/wait'] })
    await store.delete(ctx, 'a', anyway, deleting())
    const release = changing((object) => ({ ...object, metadata: { ...object.metadata, finalizers: [] } }))
    expect(await events(() => store.update(ctx, 'a', release, request(DRY)))).toBe(0)
    expect(metaOf(await store.get(ctx, 'a', { resourceVersion: '' })).finalizers).toEqual(['example.com/wait'])
  })

  test('is refused like the real thing', async () => {
    const ctx = inside(freshNamespace())
    await make(store, ctx, 'a')
    expect((await statusOf(store.create(ctx, plain({ name: 'a' }), anyway, DRY))).reason).toBe('AlreadyExists')
    expect((await statusOf(store.create(ctx, plain({ name: 'B' }), anyway, DRY))).reason).toBe('Invalid')
    expect(
      (
        await statusOf(
          store.update(
            ctx,
            'b',
            changing((o) => o),
            request(DRY),
          ),
        )
      ).reason,
    ).toBe('NotFound')
    expect((await statusOf(store.delete(ctx, 'b', anyway, deleting({ dryRun: ['All'] })))).reason).toBe('NotFound')
    const other = deleting({ dryRun: ['All'], preconditions: { uid: 'other' } })
    expect((await statusOf(store.delete(ctx, 'a', anyway, other))).reason).toBe('Conflict')
    const refuse = () => Promise.reject(new Error('refused'))
    await expect(store.create(ctx, plain({ name: 'c' }), refuse, DRY)).rejects.toThrow('refused')
    await expect(store.delete(ctx, 'a', refuse, deleting({ dryRun: ['All'] }))).rejects.toThrow('refused')
  })
})

test('a time to live comes from the resource', async () => {
  const mortal = registry({ parts: { ttl: (object) => (object.metadata.name === 'mortal' ? 60 : 0) } })
  const ctx = inside(freshNamespace())
  const leaseOf = async (name: string) => (await kv.get(ctx, (await make(mortal, ctx, name)).key)).kv?.lease
  expect(await leaseOf('mortal')).not.toBe('')
  expect(await leaseOf('immortal')).toBe('')
})

test('what is decorated is what readers see, and what is stored stays', async () => {
  const decorator = (object: KubeObject): KubeObject => ({ ...object, seen: true })
  const decorated = registry({ parts: { decorator } })
  const ctx = inside(freshNamespace())
  await make(store, ctx, 'a')
  expect((await decorated.get(ctx, 'a', { resourceVersion: '' })).object.seen).toBe(true)
  const [listed] = (await decorated.list(ctx, query())).items
  expect(listed?.encodedAs(kinds.v1).toString()).toContain('"seen":true')
  expect(listed?.resourceVersion).not.toBe('')
  for await (const event of await decorated.watch(ctx, query())) {
    expect(event.type === 'ADDED' && event.object.object.seen).toBe(true)
    break
  }
  expect((await store.get(ctx, 'a', { resourceVersion: '' })).object).not.toHaveProperty('seen')
})
