import { expect, test, vi } from 'vitest'
import { KeySnapshot } from '../../../lib/storage/cacher/key-tree.js'
import { PagedSnapshots } from '../../../lib/storage/cacher/paged-snapshots.js'
import { widget } from '../../runtime/widgets.js'
import { backends, ctx, freshCollection, running, selecting, switched } from './harness.js'

const state = () => KeySnapshot.ofFew<never>([], [])
const keptOf = (pages: PagedSnapshots, ...revisions: number[]) =>
  revisions.filter((revision) => pages.at(revision) !== undefined)

test('states are forgotten, the oldest first, when they hold more of the past than they may', () => {
  const pages = new PagedSnapshots(100)
  pages.keep(1, state(), '')
  pages.noteReplaced(60)
  pages.keep(2, state(), '')
  pages.noteReplaced(40)
  expect(keptOf(pages, 1, 2)).toEqual([1, 2])
  pages.noteReplaced(1)
  expect(keptOf(pages, 1, 2)).toEqual([2])
  pages.noteReplaced(60)
  expect(keptOf(pages, 1, 2)).toEqual([])
})

test('what is replaced while nothing is kept counts for no state that comes later', () => {
  const pages = new PagedSnapshots(100)
  pages.noteReplaced(1_000)
  pages.keep(1, state(), '')
  pages.noteReplaced(100)
  expect(keptOf(pages, 1)).toEqual([1])
  pages.clear()
})

test('the bound is on what is held for pages alone, not on the state', () => {
  const pages = new PagedSnapshots(100)
  pages.keep(1, state(), '')
  for (let i = 0; i < 50; i++) pages.keep(2, state(), String(i))
  expect(keptOf(pages, 1, 2)).toEqual([1, 2])
  pages.clear()
})

const store = running(backends[0]!)

test('a cache tells of what updates and deletions leave behind, and of nothing else', async () => {
  const { cacher } = await switched(store.kv)
  const collection = freshCollection()
  const noted = vi.spyOn(cacher.pages, 'noteReplaced')
  const sizes = []
  sizes.push((await cacher.create(ctx, `${collection}/a`, widget('a'))).size)
  const tryUpdate = () => ({ object: widget('a', { spec: { width: 1, height: 2 } }) })
  sizes.push((await cacher.guaranteedUpdate(ctx, `${collection}/a`, { tryUpdate })).size)
  await cacher.delete(ctx, `${collection}/a`)
  await cacher.getList(ctx, collection, { predicate: selecting(), recursive: true })
  expect(noted.mock.calls).toHaveLength(2)
  for (const [i, [bytes]] of noted.mock.calls.entries()) expect(Math.abs(bytes - sizes[i]!)).toBeLessThan(50)
})
