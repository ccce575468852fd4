import { expect, test } from 'vitest'
import { isStorageError } from '../../../lib/storage/index.js'
import { ClosedError, KVError } from '../../../lib/storage/kv/types.js'
import { widget } from '../../runtime/widgets.js'
import { dice } from '../kv/contract/harness.js'
import { backends, ctx, freshCollection, running, selecting, switched, until, withSignal } from './harness.js'

const store = running(backends[0]!)
const everything = { predicate: selecting(), recursive: true }
const pause = (ms = 0) => new Promise((resolve) => setTimeout(resolve, ms))

/** What was acknowledged: for each key its revisions in order, 0 where it was removed. */
class Truth {
  readonly #changes = new Map<string, { readonly revision: number; readonly stands: boolean }[]>()
  newest = 0

  note(name: string, revision: number, stands: boolean): void {
    const changes = this.#changes.get(name) ?? []
    this.#changes.set(name, [...changes, { revision, stands }])
    this.newest = Math.max(this.newest, revision)
  }

  /** The last acknowledged change of a key. */
  last(name: string): number {
    return this.#changes.get(name)?.at(-1)?.revision ?? 0
  }

  /** `name@revision` of everything that stood at a revision. */
  at(revision: number): string[] {
    return [...this.#changes.keys()].sort().flatMap((name) => {
      const last = this.#changes.get(name)!.findLast((change) => change.revision <= revision)
      return last?.stands ? [`${name}@${last.revision}`] : []
    })
  }

  wasRemovedAfter(name: string, revision: number): boolean {
    return this.#changes.get(name)?.some((change) => change.revision >= revision && !change.stands) ?? true
  }
}

async function scene(seed: number) {
  const made = await switched(store.kv, { windowEvents: 40 })
  const next = dice(seed)
  const collection = freshCollection()
  const [truth, checks]: [Truth, (() => void)[]] = [new Truth(), []]
  const state = { calm: false, over: false }
  const names = Array.from('abcdefghi')
  return { ...made, next, collection, truth, checks, state, names }
}

type Scene = Awaited<ReturnType<typeof scene>>

/** Changes keys that nobody else does, through the cache or behind its back. */
async function write({ cacher, store, next, collection, truth, state }: Scene, names: readonly string[]) {
  for (let i = 0; i < 200 || !state.calm; i++) {
    const name = names[next(names.length)]!
    const key = `${collection}/${name}`
    const through = next(3) ? cacher : store
    try {
      if (next(4) === 0) truth.note(name, (await through.delete(ctx, key)).revision, false)
      else {
        const tryUpdate = () => ({ object: widget(name, { spec: { width: i, height: next(1_000_000) } }) })
        truth.note(name, (await through.guaranteedUpdate(ctx, key, { ignoreNotFound: true, tryUpdate })).revision, true)
      }
    } catch (err) {
      if (!isStorageError(err, 'KeyNotFound')) throw err
    }
    if (next(8) === 0) await pause()
  }
}

/** Reads one and all, and remembers what must have been seen. */
async function read({ cacher, next, collection, truth, checks, state, names }: Scene) {
  while (!state.over) {
    const name = names[next(names.length)]!
    const [floor, newest] = [truth.last(name), truth.newest]
    const found = await cacher.get(ctx, `${collection}/${name}`).catch((err: unknown) => {
      if (!isStorageError(err, 'KeyNotFound')) throw err
    })
    if (found) expect(found.revision).toBeGreaterThanOrEqual(floor)
    else checks.push(() => expect(floor === 0 || truth.wasRemovedAfter(name, floor)).toBe(true))
    const list = await cacher.getList(ctx, collection, everything)
    const [revision, seen] = [Number(list.resourceVersion), list.items.map((o) => `${o.name}@${o.revision}`)]
    expect(revision).toBeGreaterThanOrEqual(newest)
    checks.push(() => expect(seen).toEqual(truth.at(revision)))
    await pause(next(3))
  }
}

/** Lists and watches as an informer does; what it holds must have been the state after every event. */
async function inform({ cacher, next, collection, truth, checks, state }: Scene) {
  const counts = { events: 0, expired: 0 }
  while (!state.over) {
    const list = await cacher.getList(ctx, collection, { ...everything, resourceVersion: next(2) ? '0' : '' })
    const held = new Map(list.items.map((object) => [object.name, object.revision]))
    let at = Number(list.resourceVersion)
    const check = (revision: number) => {
      const now = [...held].sort().map(([name, own]) => `${name}@${own}`)
      checks.push(() => expect(now).toEqual(truth.at(revision)))
    }
    check(at)
    // Every now and then it comes back with what it knew last.
    for (let again = true; again && !state.over; ) {
      const { ctx: watching, end } = withSignal()
      const leaving = setTimeout(end, next(60))
      try {
        const options = { ...everything, resourceVersion: String(at), sendInitialEvents: false, bookmarkIntervalMs: 3 }
        for await (const event of await cacher.watch(watching, collection, options)) {
          const revision = event.type === 'BOOKMARK' ? Number(event.resourceVersion) : event.object.revision
          if (event.type === 'BOOKMARK') expect(revision).toBeGreaterThanOrEqual(at)
          else {
            expect(revision).toBeGreaterThan(at)
            if (event.type === 'DELETED') expect(held.delete(event.object.name)).toBe(true)
            else {
              expect(held.has(event.object.name)).toBe(event.type === 'MODIFIED')
              held.set(event.object.name, revision)
            }
            counts.events++
          }
          at = revision
          check(at)
        }
      } catch (err) {
        if (!isStorageError(err, 'Expired') && !(err instanceof ClosedError)) throw err
        counts.expired++
        again = false
      } finally {
        clearTimeout(leaving)
        end()
      }
    }
  }
  return counts
}

/** Every fault twice, in any order. */
async function disturb({ kv, feed, next, truth, state }: Scene) {
  const faults = [
    () => kv.breakFeed(new KVError('broken')),
    () => feed.restart(new KVError('begin anew')),
    () => {
      feed.stop()
      feed.start()
    },
    async () => {
      kv.hold()
      await pause(next(60))
      kv.release()
    },
    () => kv.compact(ctx, Math.max(1, truth.newest - next(50))),
  ]
  const planned = [...faults, ...faults]
  while (planned.length > 0) {
    await pause(20 + next(60))
    await planned.splice(next(planned.length), 1)[0]!()
  }
  state.calm = true
}

test.each([1, 2])('whatever breaks, nobody is told what is not so (seed %i)', async (seed) => {
  const made = await scene(seed)
  const { cacher, checks, collection, names, state, truth } = made
  const writing = Promise.all([0, 3, 6].map((from) => write(made, names.slice(from, from + 3))))
  const over = writing
    .then(() => until(() => cacher.cache !== undefined))
    .finally(() => {
      state.over = true
    })
  const informers = Promise.all([inform(made), inform(made), inform(made)])
  await Promise.all([over, read(made), read(made), disturb(made), informers])
  expect((await informers).reduce((sum, { events }) => sum + events, 0)).toBeGreaterThan(50)
  expect(cacher.stats.initializations).toBeGreaterThan(1)
  const { items } = await cacher.getList(ctx, collection, everything)
  expect(items.map((object) => `${object.name}@${object.revision}`)).toEqual(truth.at(truth.newest))
  for (const check of checks) check()
})
