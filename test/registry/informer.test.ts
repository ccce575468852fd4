import { afterEach, expect, test } from 'vitest'
import type { Context } from '../../lib/meta/context.js'
import { Informer } from '../../lib/registry/index.js'
import type { ListQuery } from '../../lib/registry/rest.js'
import { anyway, changing, deleting, freshNamespace, inside, make, registries, request } from './harness.js'

const { registry } = registries()
const store = registry()

const informers = new Set<Informer>()
afterEach(() => {
  for (const informer of informers) informer.stop()
  informers.clear()
})

/** The store as one namespace sees it, with all that may go wrong. */
function source(namespace: string) {
  const wrong = { lists: 0, endWatches: undefined as ((error?: Error) => void) | undefined, watches: 0 }
  return {
    wrong,
    convertToTable: store.convertToTable.bind(store),
    async list(ctx: Context, query: ListQuery) {
      if (wrong.lists-- > 0) throw new Error('not now')
      return store.list({ ...inside(namespace), signal: ctx.signal }, query)
    },
    async *watch(ctx: Context, query: ListQuery) {
      wrong.watches++
      const ended = new AbortController()
      let reason: Error | undefined
      wrong.endWatches = (error) => {
        reason = error
        ended.abort()
      }
      const signal = AbortSignal.any([ctx.signal, ended.signal])
      yield* await store.watch({ ...inside(namespace), signal }, query)
      if (reason) throw reason
    },
  }
}

function informing(namespace: string, wrong = 0) {
  const from = source(namespace)
  from.wrong.lists = wrong
  const failures: unknown[] = []
  const informer = new Informer({ ...from, watch: async (ctx, query) => from.watch(ctx, query) }, (err) =>
    failures.push(err),
  )
  informers.add(informer)
  const known = () =>
    [...informer.list()].map(({ metadata, spec }) => `${metadata.name}=${(spec as { width: number }).width}`)
  const knows = (...expected: string[]) => expect.poll(() => known().sort(), { interval: 5 }).toEqual(expected)
  return { ...from, informer, known, knows, failures }
}

const sized = (width: number) => changing((object) => ({ ...object, spec: { width, height: 1 } }))

test('an informer knows what exists once it is synced, and follows what happens', async () => {
  const namespace = freshNamespace()
  const ctx = inside(namespace)
  await make(store, ctx, 'a')
  const { informer, known, knows } = informing(namespace)
  await informer.synced()
  expect(known()).toEqual(['a=1'])
  await make(store, ctx, 'b')
  await store.update(ctx, 'a', sized(2), request())
  await knows('a=2', 'b=1')
  await store.delete(ctx, 'a', anyway, deleting())
  await knows('b=1')
})

test('an informer whose source is not ready yet tries until it is', async () => {
  const namespace = freshNamespace()
  await make(store, inside(namespace), 'a')
  const { informer, known } = informing(namespace, 2)
  await informer.synced()
  expect(known()).toEqual(['a=1'])
})

test.each([
  ['by an error', new Error('410')],
  ['by itself', undefined],
])('an informer whose watch ended %s misses nothing that happened since', async (_, error) => {
  const namespace = freshNamespace()
  const ctx = inside(namespace)
  for (const name of ['gone', 'stays']) await make(store, ctx, name)
  const { informer, wrong, knows } = informing(namespace)
  await informer.synced()
  await expect.poll(() => wrong.watches).toBe(1)
  wrong.lists = 1
  wrong.endWatches?.(error)
  await store.delete(ctx, 'gone', anyway, deleting())
  await make(store, ctx, 'new')
  await knows('new=1', 'stays=1')
  await store.update(ctx, 'new', sized(3), request())
  await knows('new=3', 'stays=1')
})

test('a stopped informer keeps what it knew and hears no more', async () => {
  const namespace = freshNamespace()
  const { informer, known, wrong } = informing(namespace)
  await informer.synced()
  await expect.poll(() => wrong.watches).toBe(1)
  informer.stop()
  await make(store, inside(namespace), 'late')
  await new Promise((resolve) => setTimeout(resolve, 30))
  expect(known()).toEqual([])
  expect(wrong.watches).toBe(1)
})

/** Notes what an informer tells: `+` was there before it, `-` is gone. */
function heardBy({ informer }: ReturnType<typeof informing>): string[] {
  const heard: string[] = []
  informer.subscribe((type, { metadata }, isInInitialList) => {
    heard.push(`${isInInitialList ? 'initial ' : ''}${type} ${metadata.name}`)
  })
  return heard
}

test('a listener can tell what was there from what is new, also after the watch had to begin anew', async () => {
  const namespace = freshNamespace()
  const ctx = inside(namespace)
  for (const name of ['changes', 'goes', 'stays']) await make(store, ctx, name)
  const one = informing(namespace)
  const heard = heardBy(one)
  await one.informer.synced()
  expect(heard.splice(0)).toEqual(['initial ADDED changes', 'initial ADDED goes', 'initial ADDED stays'])
  await expect.poll(() => one.wrong.watches).toBe(1)
  await make(store, ctx, 'new')
  await one.knows('changes=1', 'goes=1', 'new=1', 'stays=1')
  expect(heard.splice(0)).toEqual(['ADDED new'])
  one.wrong.lists = 1
  one.wrong.endWatches?.()
  await store.delete(ctx, 'goes', anyway, deleting())
  await store.update(ctx, 'changes', sized(2), request())
  await make(store, ctx, 'newer')
  await one.knows('changes=2', 'new=1', 'newer=1', 'stays=1')
  expect(heard.sort()).toEqual(['ADDED newer', 'DELETED goes', 'MODIFIED changes'])
})

test.each([
  ['throws', () => fail()],
  ['is rejected', async () => fail()],
])('a listener that %s is told of, and hears the next change like all others', async (_, failing) => {
  const namespace = freshNamespace()
  const one = informing(namespace)
  let calls = 0
  one.informer.subscribe(() => {
    calls++
    return failing()
  })
  const heard = heardBy(one)
  await one.informer.synced()
  await expect.poll(() => one.wrong.watches).toBe(1)
  for (const name of ['a', 'b']) await make(store, inside(namespace), name)
  await one.knows('a=1', 'b=1')
  expect(heard).toEqual(['ADDED a', 'ADDED b'])
  await expect.poll(() => one.failures.map((err) => (err as Error).message)).toEqual(['mine', 'mine'])
  expect([calls, one.wrong.watches]).toEqual([2, 1])
})

function fail(): never {
  throw new Error('mine')
}
