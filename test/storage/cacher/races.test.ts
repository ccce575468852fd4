import { describe, expect, test } from 'vitest'
import { KVError } from '../../../lib/storage/kv/types.js'
import { widget } from '../../runtime/widgets.js'
import { backends, collect, ctx, freshCollection, running, selecting, switched, until, withSignal } from './harness.js'

const store = running(backends[0]!)
const everything = { predicate: selecting(), recursive: true }

/** Gives the feed up so many microtasks after the answer to a revision check was there. */
async function giveUpAfter(microtasks: number, work: (cacher: Awaited<ReturnType<typeof switched>>) => Promise<void>) {
  const made = await switched(store.kv)
  const { kv, feed } = made
  kv.readIndex = () => {
    const answer = Promise.resolve(store.kv.readIndex() as number)
    answer.then(async () => {
      for (let i = 0; i < microtasks; i++) await undefined
      kv.readIndex = () => store.kv.readIndex()
      feed.restart(new KVError('given up'))
    })
    return answer
  }
  await work(made)
  await until(() => made.cacher.cache !== undefined)
}

describe.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])('a cache given up %i microtasks after a revision check', (microtasks) => {
  test('answers no list with a revision that is not its own', () =>
    giveUpAfter(microtasks, async ({ cacher }) => {
      const collection = freshCollection()
      const { revision } = await cacher.create(ctx, `${collection}/a`, widget('a'))
      const list = await cacher.getList(ctx, collection, everything)
      expect(Number(list.resourceVersion)).toBeGreaterThanOrEqual(revision)
      expect(list.items.length).toBe(1)
    }))

  test.each(['', '0'])('leaves no watch (from "%s") behind that hears nothing of what comes', (resourceVersion) =>
    giveUpAfter(microtasks, async ({ cacher }) => {
      const collection = freshCollection()
      await cacher.create(ctx, `${collection}/a`, widget('a'))
      const { ctx: watching, end } = withSignal()
      const sendInitialEvents = resourceVersion === ''
      const options = { ...everything, resourceVersion, sendInitialEvents }
      const watch = await cacher.watch(watching, collection, options)
      const seen = collect(watch, (told) => told.includes('ADDED c')).catch((err: { code: string }) => err.code)
      // While the cache is away, and once it is back.
      await cacher.create(ctx, `${collection}/b`, widget('b'))
      await until(() => cacher.cache !== undefined)
      await cacher.create(ctx, `${collection}/c`, widget('c'))
      const initial = sendInitialEvents ? ['ADDED a'] : []
      expect([[...initial, 'ADDED b', 'ADDED c'], 'Expired']).toContainEqual(await seen)
      end()
    }),
  )
})

test('a paged list that was under way when the cache was given up keeps nothing for later pages', async () => {
  const { kv, feed, cacher } = await switched(store.kv)
  const collection = freshCollection()
  const objects = Array.from({ length: 200 }, (_, i) => widget(`a-${i}`, { metadata: { name: `a-${i}`, labels: {} } }))
  await Promise.all(objects.map((object) => cacher.create(ctx, `${collection}/${object.metadata.name}`, object)))
  await cacher.getList(ctx, collection, everything)
  // A list by selector gives others their turn on its way.
  const predicate = selecting({ fields: 'metadata.name!=a-0', limit: 150 })
  const { matches } = predicate
  let looked = 0
  predicate.matches = (object) => {
    if (looked++ === 100) feed.restart(new KVError('given up'))
    return matches.call(predicate, object)
  }
  const first = await cacher.getList(ctx, collection, { predicate, recursive: true })
  expect(first.items.length).toBe(150)
  kv.asked.length = 0
  await cacher.getList(ctx, collection, { predicate: selecting({ continue: first.continue }), recursive: true })
  expect(kv.asked).toContain('range')
})
