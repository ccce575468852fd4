import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { StoredObject } from '../../../lib/runtime/stored-object.js'
import { type KeySnapshot, KeyTree } from '../../../lib/storage/cacher/key-tree.js'
import { SelectedLists } from '../../../lib/storage/cacher/selected-lists.js'
import { widget } from '../../runtime/widgets.js'
import { kinds, selecting, thrownBy } from './harness.js'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const PREFIX = '/registry/widgets/'

const object = (name: string, revision = 1) =>
  new StoredObject(PREFIX + name, kinds.codec.encode(widget(name)), revision, kinds.codec)

function treeOf(count: number): KeyTree<StoredObject> {
  const tree = new KeyTree<StoredObject>()
  for (let i = 0; i < count; i++) tree.set(`${PREFIX}a-${1000 + i}`, object(`a-${1000 + i}`))
  return tree
}

/** Asks for all of the given states, and counts how often they had to be looked at. */
function lists() {
  const selected = new SelectedLists()
  const asked = { searches: 0 }
  const ask = (sets: readonly KeySnapshot<StoredObject>[], labels = 'a=b', prefix = PREFIX) =>
    selected.get({ prefix, sets }, selecting({ labels }), async () => {
      asked.searches++
      return sets.flatMap((set) => set.slice(prefix))
    })
  return { ask, asked, selected }
}

test('who asks for the same gets the same list, at the same time or later', async () => {
  const { ask, asked } = lists()
  const tree = treeOf(100)
  const [first, second] = await Promise.all([ask([tree.snapshot()]), ask([tree.snapshot()])])
  expect(second).toBe(first)
  expect(await ask([tree.snapshot()])).toBe(first)
  expect([first.length, asked.searches]).toEqual([100, 1])
})

test('a change in what a list is selected from makes another list', async () => {
  const { ask, asked } = lists()
  const [one, other] = [treeOf(100), treeOf(70)]
  const before = await ask([one.snapshot(), other.snapshot()])
  other.delete(`${PREFIX}a-1000`)
  const after = await ask([one.snapshot(), other.snapshot()])
  expect([before.length, after.length, asked.searches]).toEqual([170, 169, 2])
})

test('another selector, prefix, or way to read fields is another list', async () => {
  const { ask, asked, selected } = lists()
  const sets = [treeOf(100).snapshot()]
  await ask(sets)
  await ask(sets, 'a=c')
  await ask(sets, 'a=b', `${PREFIX}a-10`)
  expect(asked.searches).toBe(3)
  const byFields = selecting({ fields: 'spec.size=1' })
  const all = sets[0]!.slice(PREFIX)
  const first = await selected.get({ prefix: PREFIX, sets }, byFields, async () => all)
  const withOther = Object.assign(selecting({ fields: 'spec.size=1' }), { getFields: () => ({}) })
  const none = await selected.get({ prefix: PREFIX, sets }, withOther, async () => [])
  expect([first.length, none.length]).toEqual([100, 0])
})

test('a search that failed is not kept', async () => {
  const { ask, selected } = lists()
  const sets = [treeOf(100).snapshot()]
  const failing = () => Promise.reject(new Error('an object cannot be read'))
  const predicate = selecting({ labels: 'a=b' })
  expect((await thrownBy(selected.get({ prefix: PREFIX, sets }, predicate, failing))).message).toMatch('cannot be read')
  expect(await ask(sets)).toHaveLength(100)
})

test('of many lists the oldest are forgotten', async () => {
  const { ask, asked } = lists()
  const sets = [treeOf(100).snapshot()]
  for (let i = 0; i < 20; i++) await ask(sets, `a=v${i}`)
  await ask(sets, 'a=v19')
  expect(asked.searches).toBe(20)
  await ask(sets, 'a=v0')
  expect(asked.searches).toBe(21)
})

test('short lists, which are not kept, push no other list out', async () => {
  const { ask, asked } = lists()
  const [long, short] = [[treeOf(100).snapshot()], [treeOf(10).snapshot()]]
  await ask(long)
  for (let i = 0; i < 20; i++) await ask(short, `a=v${i}`)
  await ask(long)
  expect(asked.searches).toBe(21)
})

test('a list is held no longer than the first of the states it came from, in whatever order they stand', async () => {
  const { ask } = lists()
  const [still, busy] = [treeOf(100), treeOf(100)]
  const replaced: WeakRef<object>[] = []
  for (let revision = 1; revision <= 10; revision++) {
    const state = object('a-1000', revision)
    busy.set(state.key, state)
    replaced.push(new WeakRef(state))
    const sets = [still.snapshot(), busy.snapshot()]
    await ask(sets, `first=v${revision}`)
    await ask(sets.reverse(), `last=v${revision}`)
  }
  for (let i = 0; i < 3; i++) {
    await new Promise((resolve) => setTimeout(resolve, 5))
    collectGarbage()
  }
  const held = replaced.filter((ref) => ref.deref() !== undefined)
  expect(held).toHaveLength(1)
})
