import { describe, expect, test, vi } from 'vitest'
import { encodeContinue } from '../../../lib/storage/continue-token.js'
import { widget } from '../../runtime/widgets.js'
import { backends, ctx, freshCollection, names, ROOT, running, selecting, switched, thrownBy } from './harness.js'

const store = running(backends[0]!)
const everything = { predicate: selecting(), recursive: true }

const labelled = (name: string, app: string) =>
  widget(name, { metadata: { name, namespace: 'default', uid: `uid-${name}`, labels: { app } } })

/** A collection of a-0 … a-9, of which the even ones are of the app "even". */
async function ten() {
  const made = await switched(store.kv)
  const collection = freshCollection()
  for (let i = 0; i < 10; i++)
    await made.cacher.create(ctx, `${collection}/a-${i}`, labelled(`a-${i}`, i % 2 ? 'odd' : 'even'))
  const page = (token: string, limit = 4, labels = '') =>
    made.cacher.getList(ctx, collection, { predicate: selecting({ limit, continue: token, labels }), recursive: true })
  return { ...made, collection, page }
}

describe('a paged list', () => {
  test('shows one state while writes go on, and says how much is left', async () => {
    const { kv, cacher, collection, page } = await ten()
    const first = await page('')
    const pages = [first]
    for (let i = 0; pages.at(-1)!.continue !== ''; i++) {
      await cacher.create(ctx, `${collection}/a-${9 - i}-new`, widget('new'))
      await cacher.delete(ctx, `${collection}/a-${9 - i}`)
      pages.push(await page(pages.at(-1)!.continue))
    }
    expect(pages.map(({ items }) => names(items).join(' '))).toEqual(['a-0 a-1 a-2 a-3', 'a-4 a-5 a-6 a-7', 'a-8 a-9'])
    expect(pages.map(({ remainingItemCount }) => remainingItemCount)).toEqual([6, 2, undefined])
    expect(new Set(pages.map(({ resourceVersion }) => resourceVersion))).toEqual(new Set([first.resourceVersion]))
    expect(kv.asked).not.toContain('range')
    expect((await cacher.getList(ctx, collection, everything)).items.length).toBe(10)
  })

  test('goes on from the store once its state was dropped here', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const { kv, cacher, collection, page } = await ten()
      const first = await page('')
      await cacher.delete(ctx, `${collection}/a-5`)
      vi.advanceTimersByTime(60_000)
      const second = await page(first.continue)
      expect(names(second.items)).toEqual(['a-4', 'a-5', 'a-6', 'a-7'])
      expect(second).toMatchObject({ resourceVersion: first.resourceVersion, remainingItemCount: 2 })
      expect(kv.asked).toContain('range')
    } finally {
      vi.useRealTimers()
    }
  })

  test('is one of so many that are kept: the oldest go on from the store', async () => {
    const { kv, cacher, collection, page } = await ten()
    const tokens: string[] = []
    for (let i = 0; i < 33; i++) {
      tokens.push((await page('')).continue)
      await cacher.create(ctx, `${collection}/b-${i}`, widget('b'))
    }
    kv.asked.length = 0
    expect(names((await page(tokens[1]!)).items)).toEqual(['a-4', 'a-5', 'a-6', 'a-7'])
    expect(kv.asked).toEqual([])
    expect(names((await page(tokens[0]!)).items)).toEqual(['a-4', 'a-5', 'a-6', 'a-7'])
    expect(kv.asked).toEqual(['range'])
  })

  test('whose state the store has forgotten is refused with a token that goes on with the newest', async () => {
    const { kv, cacher, collection, page } = await ten()
    const first = await page('')
    await cacher.delete(ctx, `${collection}/a-4`)
    await kv.compact(ctx, Number(first.resourceVersion) + 1)
    const refused = await thrownBy(page(first.continue))
    expect(refused).toMatchObject({ code: 'Expired', details: { continue: expect.any(String) } })
    const { continue: token } = (refused as unknown as { details: { continue: string } }).details
    const rest = await page(token, 0)
    expect(names(rest.items)).toEqual(['a-5', 'a-6', 'a-7', 'a-8', 'a-9'])
    expect(Number(rest.resourceVersion)).toBeGreaterThan(Number(first.resourceVersion))
  })

  test('by a selector has full pages, and does not know how much is left', async () => {
    const { page } = await ten()
    const first = await page('', 2, 'app=odd')
    expect([names(first.items), first.remainingItemCount]).toEqual([['a-1', 'a-3'], undefined])
    const rest = await page(first.continue, 0, 'app=odd')
    expect([names(rest.items), rest.continue]).toEqual([['a-5', 'a-7', 'a-9'], ''])
  })

  test("that begins once more at its old beginning is nobody else's list", async () => {
    const { cacher, collection, page } = await ten()
    const first = await page('', 1)
    await cacher.delete(ctx, `${collection}/a-0`)
    await cacher.get(ctx, `${collection}/a-1`)
    const prefix = `/registry${collection}/`
    const again = await page(encodeContinue(`${prefix}/`, prefix, Number(first.resourceVersion)), 0)
    expect([names(again.items)[0], again.items.length]).toEqual(['a-0', 10])
    const now = await cacher.getList(ctx, collection, { ...everything, resourceVersion: '0' })
    expect([names(now.items)[0], now.items.length]).toEqual(['a-1', 9])
    // Nor is theirs its own.
    expect((await page(encodeContinue(`${prefix}/`, prefix, Number(first.resourceVersion)), 0)).items.length).toBe(10)
  })

  test('of the past is read from the store, whether its revision is said or a page of it', async () => {
    const { kv, cacher, collection } = await ten()
    const { resourceVersion } = await cacher.getList(ctx, collection, everything)
    await cacher.delete(ctx, `${collection}/a-9`)
    for (const options of [
      { ...everything, resourceVersionMatch: 'Exact' as const },
      { recursive: true, predicate: selecting({ limit: 20 }) },
    ]) {
      kv.asked.length = 0
      const list = await cacher.getList(ctx, collection, { ...options, resourceVersion })
      expect([list.items.length, list.resourceVersion]).toEqual([10, resourceVersion])
      expect(kv.asked).toEqual(['range'])
    }
  })
})

describe('a whole list', () => {
  test('is the same array until something changes, whoever asks', async () => {
    const { cacher, collection } = await ten()
    const list = () => cacher.getList(ctx, collection, everything)
    const { items } = await list()
    expect((await list()).items).toBe(items)
    await cacher.create(ctx, `${collection}/b`, widget('b'))
    const later = await list()
    expect(later.items).not.toBe(items)
    expect([items.length, later.items.length]).toEqual([10, 11])
  })

  test('of everything has what each of its namespaces has, and no namesake of theirs', async () => {
    const { cacher, collection } = await ten()
    await cacher.create(ctx, `${collection}x/b`, widget('b'))
    const [own, other, all] = await Promise.all(
      [collection, `${collection}x`, ROOT].map((key) => cacher.getList(ctx, key, everything)),
    )
    expect([own!.items.length, other!.items.length]).toEqual([10, 1])
    expect(names(all!.items)).toEqual(expect.arrayContaining(['a-0', 'b']))
    expect((await cacher.getList(ctx, `${collection}y`, everything)).items).toEqual([])
  })

  test('pays the limit no heed where any version will do', async () => {
    const { cacher, collection } = await ten()
    const options = { recursive: true, predicate: selecting({ limit: 3 }), resourceVersion: '0' }
    await cacher.get(ctx, `${collection}/a-0`)
    expect((await cacher.getList(ctx, collection, options)).items.length).toBe(10)
  })

  test('of one object has it, if the selector wants it', async () => {
    const { cacher, collection } = await ten()
    const one = (labels: string) =>
      cacher.getList(ctx, `${collection}/a-1`, { predicate: selecting({ labels }), recursive: false })
    expect(names((await one('')).items)).toEqual(['a-1'])
    expect((await one('app=even')).items).toEqual([])
  })

  test.each([
    ['app=even', 5],
    ['app in (odd,none)', 5],
    ['app notin (odd)', 5],
    ['!app', 0],
    ['app', 10],
  ])('by labels %s', async (labels, count) => {
    const { cacher, collection } = await ten()
    const list = await cacher.getList(ctx, collection, { predicate: selecting({ labels }), recursive: true })
    expect(list.items.length).toBe(count)
  })
})
