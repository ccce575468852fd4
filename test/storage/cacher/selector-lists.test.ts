import { expect, test } from 'vitest'
import type { StoredList } from '../../../lib/storage/interface.js'
import { widget } from '../../runtime/widgets.js'
import { backends, ctx, freshCollection, kinds, running, selecting, switched, until } from './harness.js'
import { numbers } from './numbers.js'

const store = running(backends[0]!)
const OBJECTS = 600

const shown = ({ items, ...rest }: StoredList) => ({
  ...rest,
  items: items.map(({ key, revision }) => [key, revision]),
})

/** A collection whose objects have one of twenty values of a label, one of three of another, or neither. */
async function collection(next: (below: number) => number) {
  const made = await switched(store.kv)
  const root = freshCollection()
  const { kv } = store
  const nameOf = () => `a-${1000 + next(OBJECTS * 1.2)}`
  const write = async () => {
    const name = nameOf()
    const key = `/registry${root}/${name}`
    const labels = { ...(next(5) ? { shard: String(next(20)) } : {}), ...(next(3) ? { tier: String(next(3)) } : {}) }
    const value = kinds.codec.encode(widget(name, { metadata: { name, labels } }))
    const { kv: there } = await kv.get(ctx, key)
    if (!there) await kv.create(ctx, key, value)
    else if (next(4) === 0) await kv.delete(ctx, key, there.modRevision)
    else await kv.update(ctx, key, value, there.modRevision)
  }
  for (let i = 0; i < 3 * OBJECTS; i++) await write()
  return { ...made, root, write }
}

const SELECTORS = [
  'shard=3',
  'shard in (1,4,19)',
  'tier=1,shard=2',
  'tier==2',
  'shard!=3',
  'shard',
  '!tier',
  'shard=no',
]

test.each([1, 2, 3])(
  'a list by a selector, and every page of one, is what the store says at that revision, whatever is written meanwhile and ' +
    'whenever the cache begins anew (seed %i)',
  async (seed) => {
    const next = numbers(seed)
    const { kv, cacher, store: backend, root, write } = await collection(next)
    for (let round = 0; round < 40; round++) {
      const labels = SELECTORS[next(SELECTORS.length)]!
      const limit = next(2) ? 1 + next(40) : 0
      let token = ''
      do {
        const revision = cacher.revision
        const options = { recursive: true, predicate: selecting({ labels, limit, continue: token }) }
        const page = await cacher.getList(ctx, root, options)
        const exact =
          token === '' ? ({ resourceVersion: page.resourceVersion, resourceVersionMatch: 'Exact' } as const) : {}
        expect(Number(page.resourceVersion)).toBeGreaterThanOrEqual(token === '' ? revision : 1)
        expect(shown(page)).toEqual(shown(await backend.getList(ctx, root, { ...options, ...exact })))
        token = page.continue
        for (let i = next(4); i > 0; i--) await write()
      } while (token !== '')
      if (next(8) !== 0) continue
      const { initializations } = cacher.stats
      kv.breakFeed(new Error('the connection was lost'))
      // What is asked meanwhile is answered all the same.
      if (next(2)) await until(() => cacher.stats.initializations > initializations)
    }
  },
)

test('pages by a selector that an index answers are not looked for among all objects', async () => {
  const { kv, cacher, root } = await collection(numbers(4))
  const looked = new Set<string>()
  const predicate = (token: string) => {
    const made = selecting({ labels: 'shard=3', limit: 5, continue: token })
    const matches = made.matches.bind(made)
    made.matches = (object) => {
      looked.add(object.key)
      return matches(object)
    }
    return made
  }
  let selected = 0
  for (let token = '', first = true; first || token !== ''; first = false) {
    const page = await cacher.getList(ctx, root, { recursive: true, predicate: predicate(token) })
    selected += page.items.length
    token = page.continue
  }
  expect(selected).toBeGreaterThan(10)
  expect(looked.size).toBe(selected)
  expect(kv.asked).not.toContain('range')
})
