import { describe, expect, test } from 'vitest'
import { schemaStrategy } from '../../lib/registry/index.js'
import type { StoredObject } from '../../lib/runtime/stored-object.js'
import { PassingKV } from '../storage/store/harness.js'
import {
  anyway,
  changing,
  deleting,
  freshNamespace,
  inside,
  kinds,
  make,
  metaOf,
  query,
  registries,
  request,
  statusOf,
} from './harness.js'

const { kv, registry } = registries()
const store = registry()

async function made(rest: object = {}, on = store) {
  const ctx = inside(freshNamespace())
  return { ctx, first: await make(on, ctx, 'a', rest) }
}
const read = (ctx: ReturnType<typeof inside>, name = 'a') => store.get(ctx, name, { resourceVersion: '' })

describe('a deletion', () => {
  test('removes the object and tells its name, resource and uid', async () => {
    const { ctx, first } = await made()
    const { result, deleted } = await store.delete(ctx, 'a', anyway, deleting())
    expect(deleted).toBe(true)
    expect(result).toMatchObject({
      status: 'Success',
      details: { name: 'a', group: 'example.com', kind: 'widgets', uid: metaOf(first).uid },
    })
    expect((await statusOf(read(ctx))).reason).toBe('NotFound')
  })

  test('of nothing is NotFound', async () => {
    const status = await statusOf(store.delete(inside(freshNamespace()), 'a', anyway, deleting()))
    expect(status).toMatchObject({ code: 404, message: 'widgets.example.com "a" not found' })
  })

  test('that admission refuses removes nothing, and admission has seen what would have gone', async () => {
    const { ctx, first } = await made()
    const seen: unknown[] = []
    const refuse = (_: unknown, old: object) => {
      seen.push(old)
      throw new Error('refused')
    }
    await expect(store.delete(ctx, 'a', refuse, deleting())).rejects.toThrow('refused')
    expect(seen).toEqual([first.object])
    await read(ctx)
  })

  test.each([
    [
      { uid: 'other' },
      /^Operation cannot be fulfilled on Widget\.example\.com "a": the UID in the precondition \(other\) does not match the UID in record \(.+\)\. The object might have been deleted and then recreated$/,
    ],
    [
      { resourceVersion: '1' },
      /the ResourceVersion in the precondition \(1\) does not match the ResourceVersion in record \(\d+\)\. The object might have been modified$/,
    ],
  ])('whose precondition %j does not hold is a conflict', async (preconditions, message) => {
    const { ctx } = await made()
    const status = await statusOf(store.delete(ctx, 'a', anyway, deleting({ preconditions })))
    expect(status).toMatchObject({ code: 409, reason: 'Conflict' })
    expect(status.message).toMatch(message)
    await read(ctx)
  })

  test('whose preconditions hold is made', async () => {
    const { ctx, first } = await made()
    const preconditions = { uid: metaOf(first).uid ?? '', resourceVersion: first.resourceVersion }
    expect(await store.delete(ctx, 'a', anyway, deleting({ preconditions }))).toMatchObject({ deleted: true })
  })

  test('does not take an object whose precondition ceases to hold in between', async () => {
    class Meddling extends PassingKV {
      override async delete(...args: Parameters<PassingKV['delete']>) {
        if (!meddled) {
          meddled = true
          await store.update(
            ctx,
            'a',
            changing((o) => ({ ...o, spec: { width: 9, height: 9 } })),
            request(),
          )
        }
        return super.delete(...args)
      }
    }
    let meddled = false
    const { ctx, first } = await made()
    const preconditions = { resourceVersion: first.resourceVersion }
    const meddling = registry({ kv: new Meddling(kv) })
    const status = await statusOf(meddling.delete(ctx, 'a', anyway, deleting({ preconditions })))
    expect(status.reason).toBe('Conflict')
    expect((await read(ctx)).object.spec).toEqual({ width: 9, height: 9 })
  })
})

describe('an object with finalizers', () => {
  const finalizers = ['example.com/wait']

  test('is marked, counts one generation more, and stays', async () => {
    const { ctx } = await made({ finalizers })
    const { result, deleted } = await store.delete(ctx, 'a', anyway, deleting())
    expect(deleted).toBe(false)
    expect('object' in result && metaOf(result)).toMatchObject({
      deletionTimestamp: expect.stringMatching(/^20.*Z$/),
      deletionGracePeriodSeconds: 0,
      generation: 2,
      finalizers,
    })
  })

  test('that is marked already is not written again', async () => {
    const { ctx } = await made({ finalizers })
    await store.delete(ctx, 'a', anyway, deleting())
    const before = await read(ctx)
    const again = await store.delete(ctx, 'a', anyway, deleting())
    expect(again.deleted).toBe(false)
    expect((await read(ctx)).revision).toBe(before.revision)
  })

  test('that gets its finalizer while it is being removed is marked instead', async () => {
    class Meddling extends PassingKV {
      override async delete(...args: Parameters<PassingKV['delete']>) {
        if (!meddled) {
          meddled = true
          const add = changing((o) => ({ ...o, metadata: { ...o.metadata, finalizers } }))
          await store.update(ctx, 'a', add, request())
        }
        return super.delete(...args)
      }
    }
    let meddled = false
    const { ctx } = await made()
    const { deleted } = await registry({ kv: new Meddling(kv) }).delete(ctx, 'a', anyway, deleting())
    expect(deleted).toBe(false)
    expect(metaOf(await read(ctx)).deletionTimestamp).toBeTruthy()
  })

  test('that loses its finalizers while it is being marked is removed instead', async () => {
    class Meddling extends PassingKV {
      override async update(...args: Parameters<PassingKV['update']>) {
        if (!meddled) {
          meddled = true
          const free = changing((o) => ({ ...o, metadata: { ...o.metadata, finalizers: [] } }))
          await store.update(ctx, 'a', free, request())
        }
        return super.update(...args)
      }
    }
    let meddled = false
    const { ctx } = await made({ finalizers })
    const { deleted } = await registry({ kv: new Meddling(kv) }).delete(ctx, 'a', anyway, deleting())
    expect(deleted).toBe(true)
    expect((await statusOf(read(ctx))).reason).toBe('NotFound')
  })

  test.each([
    [{ propagationPolicy: 'Foreground' }, ['foregroundDeletion']],
    [{ propagationPolicy: 'Orphan' }, ['orphan']],
    [{ orphanDependents: true }, ['orphan']],
  ])('of the garbage collector waits for it: %j', async (options, expected) => {
    const { ctx } = await made()
    const { deleted } = await store.delete(ctx, 'a', anyway, deleting(options))
    expect(deleted).toBe(false)
    expect(metaOf(await read(ctx)).finalizers).toEqual(expected)
  })

  test.each([{ propagationPolicy: 'Background' }, { orphanDependents: false }])(
    'of the garbage collector alone goes at once in the background: %j',
    async (options) => {
      const { ctx } = await made({ finalizers: ['orphan'] })
      expect(await store.delete(ctx, 'a', anyway, deleting(options))).toMatchObject({ deleted: true })
    },
  )

  test('that a policy would free of its finalizers is shown without them by a dry run, and stays', async () => {
    const { ctx } = await made({ finalizers: ['orphan'] })
    const options = deleting({ propagationPolicy: 'Background', dryRun: ['All'] })
    const { result, deleted } = await store.delete(ctx, 'a', anyway, options)
    expect(deleted).toBe(true)
    const { finalizers: _, ...rest } = metaOf(await read(ctx))
    expect((result as StoredObject).object.metadata).toEqual(rest)
  })

  test('that is there already keeps its place', async () => {
    const { ctx } = await made({ finalizers: ['orphan', 'example.com/wait'] })
    await store.delete(ctx, 'a', anyway, deleting({ propagationPolicy: 'Orphan' }))
    expect(metaOf(await read(ctx)).finalizers).toEqual(['orphan', 'example.com/wait'])
  })

  test('keeps the finalizers of others whatever the policy', async () => {
    const { ctx } = await made({ finalizers: ['example.com/wait', 'orphan'] })
    await store.delete(ctx, 'a', anyway, deleting({ propagationPolicy: 'Foreground' }))
    expect(metaOf(await read(ctx)).finalizers).toEqual(['example.com/wait', 'foregroundDeletion'])
  })
})

describe('a grace period', () => {
  const graceful = registry({
    parts: {
      strategy: {
        ...schemaStrategy({ namespaced: true, storageVersion: kinds.v1 }),
        gracePeriodSeconds: (_, asked) => asked ?? 30,
      },
    },
  })

  test('marks the object with its end, may be shortened, and not lengthened', async () => {
    const { ctx } = await made({}, graceful)
    const grace = async (gracePeriodSeconds?: number) => {
      const options = gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }
      const outcome = await graceful.delete(ctx, 'a', anyway, deleting(options))
      return outcome.deleted ? 'gone' : metaOf(await read(ctx)).deletionGracePeriodSeconds
    }
    expect([await grace(), await grace(60), await grace(10), await grace(20), await grace(0)]).toEqual([
      30,
      30,
      10,
      10,
      'gone',
    ])
  })

  test('ends in the future', async () => {
    const { ctx } = await made({}, graceful)
    const before = Date.now()
    await graceful.delete(ctx, 'a', anyway, deleting({ gracePeriodSeconds: 100 }))
    expect(Date.parse(metaOf(await read(ctx)).deletionTimestamp ?? '')).toBeGreaterThan(before + 90_000)
  })
})

describe('deleting a collection', () => {
  async function filled(count: number) {
    const ctx = inside(freshNamespace())
    const names = Array.from({ length: count }, (_, i) => `w${i}`)
    await Promise.all(names.map((name, i) => make(store, ctx, name, { labels: { odd: String(i % 2 === 1) } })))
    return ctx
  }
  const left = async (ctx: ReturnType<typeof inside>) =>
    (await store.list(ctx, query())).items.map((item) => metaOf(item).name)

  test('takes what its selectors choose, and gives back what it found', async () => {
    const ctx = await filled(4)
    const found = await store.deleteCollection(ctx, anyway, deleting(), query({ labels: 'odd=true' }))
    expect(found.items.map((item) => metaOf(item).name)).toEqual(['w1', 'w3'])
    expect(await left(ctx)).toEqual(['w0', 'w2'])
  })

  test('takes a page when a limit is given', async () => {
    const ctx = await filled(4)
    await store.deleteCollection(ctx, anyway, deleting(), query({ limit: 3 }))
    expect(await left(ctx)).toEqual(['w3'])
  })

  test('takes of a version what there was just then', async () => {
    const ctx = await filled(2)
    const { resourceVersion } = await store.list(ctx, query())
    await make(store, ctx, 'later')
    const found = await store.deleteCollection(ctx, anyway, deleting(), query({ resourceVersion }))
    expect(found).toMatchObject({ items: { length: 2 }, continue: '', remainingItemCount: undefined })
    expect(await left(ctx)).toEqual(['later'])
  })

  test('refuses a version that is no number as a bad request', async () => {
    const work = store.deleteCollection(await filled(1), anyway, deleting(), query({ resourceVersion: 'abc' }))
    await expect(work).rejects.toThrow('invalid resource version: resourceVersion: Invalid value: "abc"')
  })

  test('by two at once leaves nothing, and neither of them fails', async () => {
    const ctx = await filled(60)
    const all = () => store.deleteCollection(ctx, anyway, deleting(), query())
    await Promise.all([all(), all()])
    expect(await left(ctx)).toEqual([])
  })

  test('marks those that have finalizers', async () => {
    const ctx = await filled(2)
    await make(store, ctx, 'held', { finalizers: ['example.com/wait'] })
    await store.deleteCollection(ctx, anyway, deleting(), query())
    expect(await left(ctx)).toEqual(['held'])
    expect(metaOf(await read(ctx, 'held')).deletionTimestamp).toBeTruthy()
  })

  test('tells the first refusal, and those before it are gone', async () => {
    const ctx = await filled(30)
    const refuse = (_: unknown, { metadata }: { metadata: { name?: string } }) => {
      if (metadata.name === 'w7') throw new Error('w7 stays')
    }
    await expect(store.deleteCollection(ctx, refuse, deleting(), query())).rejects.toThrow('w7 stays')
    expect(await left(ctx)).toContain('w7')
    expect((await left(ctx)).length).toBeLessThan(30)
  })

  test('over all namespaces asks admission about each object in its own namespace', async () => {
    const namespaces = [freshNamespace(), freshNamespace()]
    for (const namespace of namespaces) await make(store, inside(namespace), 'a', { labels: { all: 'over' } })
    const seen: unknown[] = []
    const everywhere = inside('')
    const watch = (ctx: typeof everywhere | { requestInfo: { namespace: string } | undefined }) => {
      seen.push(ctx.requestInfo?.namespace)
    }
    await store.deleteCollection(everywhere, watch as typeof anyway, deleting(), query({ labels: 'all=over' }))
    expect(new Set(seen)).toEqual(new Set(namespaces))
    expect((await store.list(everywhere, query({ labels: 'all=over' }))).items).toEqual([])
  })
})
