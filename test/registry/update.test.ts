import { describe, expect, test } from 'vitest'
import { field, fieldPath } from '../../lib/meta/index.js'
import type { KubeObject } from '../../lib/meta/types.js'
import { statusStrategy } from '../../lib/registry/index.js'
import type { UpdatedObjectInfo } from '../../lib/registry/rest.js'
import { Store } from '../../lib/storage/index.js'
import { UnavailableError, UnknownOutcomeError } from '../../lib/storage/kv/types.js'
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

const sized = (width: number) => changing((object) => ({ ...object, spec: { width, height: 1 } }))
const withMeta = (change: Partial<KubeObject['metadata']>): UpdatedObjectInfo =>
  changing((object) => ({ ...object, metadata: { ...object.metadata, ...change } }))

async function made(rest: Partial<KubeObject['metadata']> = {}, on = store) {
  const ctx = inside(freshNamespace())
  return { ctx, first: await make(on, ctx, 'a', rest) }
}

describe('optimistic concurrency', () => {
  test('an update of an older state is a conflict', async () => {
    const { ctx, first } = await made()
    await store.update(ctx, 'a', sized(2), request())
    const stale = withMeta({ resourceVersion: first.resourceVersion })
    expect(await statusOf(store.update(ctx, 'a', stale, request()))).toMatchObject({
      code: 409,
      reason: 'Conflict',
      message:
        'Operation cannot be fulfilled on widgets.example.com "a": the object has been modified; please apply your changes to the latest version and try again',
    })
  })

  test.each(['', '0'])('an update that says resourceVersion %j is refused, unless the kind allows it', async (none) => {
    const { ctx, first } = await made()
    const blind = changing((object) => ({
      ...object,
      spec: { width: 5, height: 5 },
      metadata: { ...object.metadata, resourceVersion: none },
    }))
    const status = await statusOf(store.update(ctx, 'a', blind, request()))
    expect(status).toMatchObject({ code: 422, details: { kind: 'widgets', group: 'example.com' } })
    expect(status.message).toContain('metadata.resourceVersion: Invalid value: 0x0: must be specified for an update')
    const { object } = await registry({ allowUnconditionalUpdate: true }).update(ctx, 'a', blind, request())
    expect(object.revision).toBeGreaterThan(first.revision)
  })

  test('a resourceVersion that is no number is an error in Go’s words', async () => {
    const { ctx } = await made()
    const work = store.update(ctx, 'a', withMeta({ resourceVersion: 'abc' }), request())
    await expect(work).rejects.toThrow('strconv.ParseUint: parsing "abc": invalid syntax')
  })

  test('an update that everybody may make blindly is made again when somebody was faster', async () => {
    const blind = registry({ allowUnconditionalUpdate: true })
    const { ctx } = await made()
    let tries = 0
    const info: UpdatedObjectInfo = {
      preconditions: undefined,
      async updatedObject(_, old) {
        if (++tries === 1) await store.update(ctx, 'a', sized(7), request())
        const { resourceVersion: _rv, ...metadata } = old!.object.metadata
        return { ...structuredClone(old!.object), metadata, spec: { width: 8, height: 8 } }
      },
    }
    const { object } = await blind.update(ctx, 'a', info, request())
    expect(tries).toBe(2)
    expect(object.object).toMatchObject({ spec: { width: 8 }, metadata: { generation: 3 } })
  })

  test('preconditions of an update are checked', async () => {
    const { ctx } = await made()
    const status = await statusOf(store.update(ctx, 'a', { ...sized(2), preconditions: { uid: 'other' } }, request()))
    expect(status).toMatchObject({ code: 409, reason: 'Conflict' })
    expect(status.message).toContain('Precondition failed: UID in precondition: other, UID in object meta: ')
  })
})

describe('what only the server may say', () => {
  test.each([
    ['uid', 'other'],
    ['deletionTimestamp', '2001-01-01T00:00:00Z'],
    ['deletionGracePeriodSeconds', 5],
  ])('%s is immutable', async (name, value) => {
    const { ctx } = await made()
    const status = await statusOf(store.update(ctx, 'a', withMeta({ [name]: value }), request()))
    expect(status).toMatchObject({ code: 422 })
    expect(status.details?.causes).toContainEqual(expect.objectContaining({ field: `metadata.${name}` }))
  })

  test('comes back when a client leaves it out', async () => {
    const { ctx, first } = await made()
    const bare = changing(({ metadata, ...rest }) => ({
      ...rest,
      spec: { width: 3, height: 3 },
      metadata: { name: 'a', resourceVersion: metadata.resourceVersion ?? '' },
    }))
    const { object } = await store.update(ctx, 'a', bare, request())
    const { uid, creationTimestamp, namespace } = metaOf(first)
    expect(metaOf(object)).toMatchObject({ uid, creationTimestamp, namespace })
  })

  test('generation counts changes of what is wanted, and nothing else', async () => {
    const { ctx } = await made()
    const generationAfter = async (info: UpdatedObjectInfo) =>
      metaOf((await store.update(ctx, 'a', info, request())).object).generation
    expect(await generationAfter(withMeta({ labels: { a: 'b' } }))).toBe(1)
    expect(await generationAfter(sized(2))).toBe(2)
    expect(await generationAfter(withMeta({ generation: 99 }))).toBe(2)
    expect(await generationAfter(changing(({ spec: _, ...rest }) => rest))).toBe(3)
  })

  test('a kind may do without generation', async () => {
    const without = registry({ generation: false })
    const { ctx, first } = await made({}, without)
    expect(metaOf(first)).not.toHaveProperty('generation')
    expect(metaOf((await without.update(ctx, 'a', sized(2), request())).object)).not.toHaveProperty('generation')
  })
})

test('an update that changes nothing is not written', async () => {
  const { ctx, first } = await made()
  const { object } = await store.update(
    ctx,
    'a',
    changing((same) => same),
    request(),
  )
  expect(object.revision).toBe(first.revision)
})

test('the stored object that an update is made from stays as it was', async () => {
  const { ctx } = await made()
  const seen: string[] = []
  const info: UpdatedObjectInfo = {
    preconditions: undefined,
    updatedObject(_, old) {
      seen.push(JSON.stringify(old!.object))
      return { ...structuredClone(old!.object), spec: { width: 2, height: 2 } }
    },
  }
  const updateValidation = (_: unknown, __: unknown, old: KubeObject) => void seen.push(JSON.stringify(old))
  await store.update(ctx, 'a', info, request({ updateValidation }))
  expect(seen[1]).toBe(seen[0])
})

test('an update that shares metadata with the stored object changes nothing of it', async () => {
  const ctx = inside(freshNamespace())
  const { namespace } = ctx.requestInfo!
  const foreign = { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'a', namespace }, spec: {} }
  await kv.create(ctx, `/registry/example.com/widgets/${namespace}/a`, Buffer.from(JSON.stringify(foreign)))
  let stored: KubeObject | undefined
  const info: UpdatedObjectInfo = {
    preconditions: undefined,
    updatedObject(_, old) {
      stored = old!.object
      return { ...old!.object, spec: { width: 2, height: 2 } }
    },
  }
  const { object } = await store.update(ctx, 'a', info, request())
  expect(metaOf(object).generation).toBe(1)
  expect(stored?.metadata).not.toHaveProperty('generation')
})

describe('an update of nothing', () => {
  test('is NotFound', async () => {
    expect(await statusOf(store.update(inside(freshNamespace()), 'a', sized(1), request()))).toMatchObject({
      code: 404,
      message: 'widgets.example.com "a" not found',
    })
  })

  test('that names a uid is a conflict: what is not there has none', async () => {
    const named = { ...sized(1), preconditions: { uid: 'mine' } }
    for (const dryRun of [false, true]) {
      const status = await statusOf(store.update(inside(freshNamespace()), 'a', named, request({ dryRun })))
      expect(status).toMatchObject({ code: 409, reason: 'Conflict' })
      expect(status.message).toMatch(/Precondition failed: UID in precondition: mine, UID in object meta: $/)
    }
  })

  test('makes the object where the kind or the request allows it, with all that a create does', async () => {
    const ctx = inside(freshNamespace())
    const seen: string[] = []
    const createValidation = (_: unknown, { metadata }: KubeObject) => void seen.push(metadata.name ?? '')
    const named = (name: string) => changing(() => ({ metadata: { name, resourceVersion: '7', uid: 'mine' } }))
    const allowing = registry({ allowCreateOnUpdate: true })
    const first = await allowing.update(ctx, 'a', named('a'), request({ createValidation }))
    const second = await store.update(ctx, 'b', named('b'), request({ createValidation, forceAllowCreate: true }))
    expect([first.created, second.created]).toEqual([true, true])
    expect(metaOf(first.object).uid).not.toBe('mine')
    expect(metaOf(first.object).generation).toBe(1)
    expect(seen).toEqual(['a', 'b'])
    expect((await store.list(ctx, query())).items).toHaveLength(2)
  })
})

describe('the strategy', () => {
  const checked = registry({
    validate: ({ spec }) =>
      (spec as { width: number }).width > 100 ? [field.forbidden(fieldPath('spec', 'width'), 'too wide')] : undefined,
    validateUpdate: ({ spec }, { spec: old }) =>
      (spec as { width: number }).width < (old as { width: number }).width
        ? [field.forbidden(fieldPath('spec', 'width'), 'may not shrink')]
        : [],
    warnings: ({ spec }) => ((spec as { width: number }).width > 50 ? ['rather wide'] : undefined),
  })

  test('sees creates and updates', async () => {
    const { ctx } = await made({}, checked)
    await checked.update(ctx, 'a', sized(10), request())
    expect((await statusOf(checked.update(ctx, 'a', sized(5), request()))).message).toContain('may not shrink')
    expect((await statusOf(checked.update(ctx, 'a', sized(101), request()))).message).toContain('too wide')
    expect(ctx.warnings).toEqual([])
    await checked.update(ctx, 'a', sized(60), request())
    expect(ctx.warnings).toEqual(['rather wide'])
  })

  test('names all problems of an update at once', async () => {
    const { ctx } = await made({}, checked)
    const bad = changing((object) => ({
      ...object,
      spec: { width: 101, height: 1 },
      metadata: { ...object.metadata, labels: { '-': 'x' } },
    }))
    const causes = (await statusOf(checked.update(ctx, 'a', bad, request()))).details?.causes
    expect(new Set(causes?.map((cause) => cause.field))).toEqual(new Set(['metadata.labels', 'spec.width']))
  })
})

describe('the status subresource', () => {
  const main = registry({ statusSubresource: true })
  const status = registry({ parts: { strategy: statusStrategy(main.options.strategy, kinds.v1) } })
  const both = (spec: number, state: string) =>
    changing((object) => ({ ...object, spec: { width: spec, height: 1 }, status: { state } }))

  test('is not written by a create', async () => {
    const ctx = inside(freshNamespace())
    const object = { metadata: { name: 'a' }, status: { state: 'claimed' } }
    const created = await main.create(ctx, object, anyway, { dryRun: false, fieldManager: '' })
    expect(created.object).not.toHaveProperty('status')
  })

  test('is written by itself alone, and writes nothing else', async () => {
    const { ctx } = await made({}, main)
    const viaMain = (await main.update(ctx, 'a', both(2, 'main'), request())).object
    expect(viaMain.object).toMatchObject({ spec: { width: 2 }, metadata: { generation: 2 } })
    expect(viaMain.object).not.toHaveProperty('status')
    const viaStatus = (await status.update(ctx, 'a', both(3, 'status'), request())).object
    expect(viaStatus.object).toMatchObject({ spec: { width: 2 }, status: { state: 'status' } })
    expect(metaOf(viaStatus).generation).toBe(2)
    const again = (await main.update(ctx, 'a', both(4, 'main'), request())).object
    expect(again.object).toMatchObject({ spec: { width: 4 }, status: { state: 'status' } })
  })

  test('leaves labels, annotations, finalizers and owners alone', async () => {
    const { ctx } = await made({ labels: { a: 'b' } }, main)
    const meddling = withMeta({ labels: { c: 'd' }, annotations: { e: 'f' }, finalizers: ['example.com/x'] })
    const { object } = await status.update(ctx, 'a', meddling, request())
    expect(metaOf(object).labels).toEqual({ a: 'b' })
    expect(metaOf(object)).not.toHaveProperty('annotations')
    expect(metaOf(object)).not.toHaveProperty('finalizers')
  })

  test('is bound to the state its writer has seen', async () => {
    const { ctx, first } = await made({}, main)
    await main.update(ctx, 'a', both(2, ''), request())
    const stale = changing((object) => ({
      ...object,
      status: {},
      metadata: { ...object.metadata, resourceVersion: first.resourceVersion },
    }))
    expect((await statusOf(status.update(ctx, 'a', stale, request()))).reason).toBe('Conflict')
  })

  test('cannot make an object', async () => {
    const ctx = inside(freshNamespace())
    expect((await statusOf(status.update(ctx, 'a', both(1, ''), request()))).reason).toBe('NotFound')
  })
})

describe('finalizers', () => {
  const release = withMeta({ finalizers: [] })

  test('keep a deleted object until the last of them is gone', async () => {
    const { ctx } = await made({ finalizers: ['example.com/one', 'example.com/two'] })
    await store.delete(ctx, 'a', anyway, deleting())
    const { object } = await store.update(ctx, 'a', withMeta({ finalizers: ['example.com/two'] }), request())
    expect(metaOf(object).deletionTimestamp).toBeTruthy()
    const last = await store.update(ctx, 'a', release, request())
    expect(metaOf(last.object).finalizers ?? []).toEqual([])
    expect((await statusOf(store.get(ctx, 'a', { resourceVersion: '' }))).reason).toBe('NotFound')
  })

  test('let an object go that was marked without a grace period', async () => {
    const ctx = inside(freshNamespace())
    const storage = new Store({ kv, codec: kinds.codec })
    const marked = { name: 'a', uid: 'u', finalizers: ['example.com/one'], deletionTimestamp: '2001-01-01T00:00:00Z' }
    const namespace = ctx.requestInfo?.namespace ?? ''
    const object: KubeObject = { apiVersion: kinds.v1.apiVersion, kind: 'Widget', metadata: { ...marked, namespace } }
    await storage.create(ctx, `/example.com/widgets/${namespace}/a`, object)
    await store.update(ctx, 'a', release, request())
    expect((await statusOf(store.get(ctx, 'a', { resourceVersion: '' }))).reason).toBe('NotFound')
  })

  test('that go from an object nobody deletes leave it there', async () => {
    const { ctx } = await made({ finalizers: ['example.com/one'] })
    await store.update(ctx, 'a', release, request())
    await store.get(ctx, 'a', { resourceVersion: '' })
  })

  test('cannot be added once the object is on its way out', async () => {
    const { ctx } = await made({ finalizers: ['example.com/one'] })
    await store.delete(ctx, 'a', anyway, deleting())
    const status = await statusOf(
      store.update(ctx, 'a', withMeta({ finalizers: ['example.com/one', 'example.com/new'] }), request()),
    )
    expect(status.message).toContain('no new finalizers can be added if the object is being deleted')
  })

  test('of an object that somebody changes while the last one goes are a conflict, and the object stays', async () => {
    class Meddling extends PassingKV {
      override async delete(...args: Parameters<PassingKV['delete']>) {
        if (!meddled) {
          meddled = true
          await store.update(ctx, 'a', withMeta({ labels: { late: 'yes' } }), request())
        }
        return super.delete(...args)
      }
    }
    let meddled = false
    const { ctx } = await made({ finalizers: ['example.com/one'] })
    await store.delete(ctx, 'a', anyway, deleting())
    const status = await statusOf(registry({ kv: new Meddling(kv) }).update(ctx, 'a', release, request()))
    expect(status.reason).toBe('Conflict')
    expect(metaOf(await store.get(ctx, 'a', { resourceVersion: '' })).labels).toEqual({ late: 'yes' })
  })
})

describe('what the store says is told in the words of the API', () => {
  class Failing extends PassingKV {
    constructor(private readonly error: Error) {
      super(kv)
    }
    override async update(): Promise<never> {
      throw this.error
    }
  }
  const failing = (error: Error) => registry({ kv: new Failing(error) })

  test('a store that is not there is a timeout to come back after', async () => {
    const { ctx } = await made()
    expect(await statusOf(failing(new UnavailableError('down')).update(ctx, 'a', sized(2), request()))).toMatchObject({
      code: 500,
      reason: 'ServerTimeout',
      details: { retryAfterSeconds: 2 },
    })
  })

  test('a write that nobody can tell of is a timeout, never a refusal', async () => {
    const { ctx } = await made()
    const work = failing(new UnknownOutcomeError('cut')).update(ctx, 'a', sized(2), request())
    expect(await statusOf(work)).toMatchObject({
      code: 504,
      reason: 'Timeout',
      message: 'Timeout: the store did not confirm the write; it may or may not have been made',
    })
  })
})
