import { describe, expect, test, vi } from 'vitest'
import { decodeContinue, encodeContinue } from '../../../lib/storage/index.js'
import { widget } from '../../runtime/widgets.js'
import { ctx, embedded, freshCollection, kinds, names, type Selection, selecting, thrownBy } from './harness.js'

const { kv, store: makeStore } = embedded()
const store = makeStore()

const list = (collection: string, selection: Selection = {}, options: object = {}) =>
  store.getList(ctx, collection, { predicate: selecting(selection), recursive: true, ...options })

const numbered = (count: number) => Array.from({ length: count }, (_, i) => `w${String(i).padStart(3, '0')}`)

/** Every third object is labelled `third=yes`. */
async function filled(count: number): Promise<string> {
  const collection = freshCollection()
  await Promise.all(
    numbered(count).map((name, i) => {
      const object = widget(name)
      object.metadata.labels = { third: i % 3 === 0 ? 'yes' : 'no' }
      return store.create(ctx, `${collection}/${name}`, object)
    }),
  )
  return collection
}

/** All pages of a list, by name. */
async function pages(collection: string, selection: Selection): Promise<string[][]> {
  const found: string[][] = []
  let token = ''
  do {
    const page = await list(collection, { ...selection, continue: token })
    found.push(names(page.items))
    token = page.continue
  } while (token !== '')
  return found
}

describe('a list', () => {
  test('is in the order of keys, at one revision, and takes in nothing that merely begins like it', async () => {
    const collection = await filled(3)
    await store.create(ctx, `${collection}x/other`, widget('other'))
    const all = await list(collection)
    expect(names(all.items)).toEqual(['w000', 'w001', 'w002'])
    expect(Number(all.resourceVersion)).toBe(await kv.currentRevision(ctx))
    expect(all).toMatchObject({ continue: '', remainingItemCount: undefined })
  })

  test('of nothing is empty and has a resourceVersion', async () => {
    const empty = await list(freshCollection())
    expect(empty.items).toEqual([])
    expect(Number(empty.resourceVersion)).toBeGreaterThan(0)
  })

  test('without a selector parses nothing, with one every object once', async () => {
    const collection = await filled(6)
    const spy = vi.spyOn(JSON, 'parse')
    const all = await list(collection)
    for (const item of all.items) item.encodedAs(kinds.v1)
    const without = spy.mock.calls.length
    await list(collection, { labels: 'third=yes' })
    const withSelector = spy.mock.calls.length - without
    spy.mockRestore()
    expect({ without, withSelector }).toEqual({ without: 0, withSelector: 6 })
  })

  test.each([
    [{ labels: 'third=yes' }, ['w000', 'w003']],
    [{ labels: 'third!=yes' }, ['w001', 'w002', 'w004']],
    [{ labels: 'absent' }, []],
    [{ fields: 'metadata.name!=w001', labels: 'third=no' }, ['w002', 'w004']],
  ] as const)('of %j has what matches', async (selection, expected) => {
    expect(names((await list(await filled(5), selection)).items)).toEqual(expected)
  })
})

describe('pages', () => {
  test('have every object once, and tell how many are left', async () => {
    const collection = await filled(7)
    expect(await pages(collection, { limit: 3 })).toEqual([
      ['w000', 'w001', 'w002'],
      ['w003', 'w004', 'w005'],
      ['w006'],
    ])
    expect((await list(collection, { limit: 3 })).remainingItemCount).toBe(4)
  })

  test('that end exactly at the last object are the last ones', async () => {
    expect(await pages(await filled(6), { limit: 3 })).toHaveLength(2)
  })

  test('of a selector are full although most objects do not match, and say nothing of what is left', async () => {
    const collection = await filled(20)
    expect(await pages(collection, { labels: 'third=yes', limit: 3 })).toEqual([
      ['w000', 'w003', 'w006'],
      ['w009', 'w012', 'w015'],
      ['w018'],
    ])
    expect((await list(collection, { labels: 'third=yes', limit: 3 })).remainingItemCount).toBeUndefined()
  })

  test('of a selector that matches nothing come at once', async () => {
    expect(await pages(await filled(9), { labels: 'absent', limit: 2 })).toEqual([[]])
  })

  test('show the state of the first one, whatever happens in between', async () => {
    const collection = await filled(4)
    const first = await list(collection, { limit: 2 })
    await store.delete(ctx, `${collection}/w003`)
    await store.create(ctx, `${collection}/w002a`, widget('w002a'))
    const second = await list(collection, { limit: 2, continue: first.continue })
    expect(names(second.items)).toEqual(['w002', 'w003'])
    expect(second.resourceVersion).toBe(first.resourceVersion)
  })

  test('are not made for resourceVersion 0, which may be answered from a cache', async () => {
    const all = await list(await filled(4), { limit: 2 }, { resourceVersion: '0' })
    expect(all.items).toHaveLength(4)
    expect(all.continue).toBe('')
  })

  test('whose history is compacted say so, with a token that goes on at the newest state', async () => {
    const collection = await filled(4)
    const first = await list(collection, { limit: 2 })
    await store.delete(ctx, `${collection}/w003`)
    await store.create(ctx, `${collection}/w004`, widget('w004'))
    await kv.compact(ctx, await kv.currentRevision(ctx))
    const expired = await thrownBy(list(collection, { limit: 2, continue: first.continue }))
    expect(expired).toMatchObject({ code: 'Expired' })
    expect(expired.message).toMatch(/^The provided continue parameter is too old to display a consistent list result\./)
    const token = (expired as unknown as { details: { continue: string } }).details.continue
    const rest = await list(collection, { limit: 2, continue: token })
    expect(names(rest.items)).toEqual(['w002', 'w004'])
  })
})

describe('a resourceVersion', () => {
  async function changed() {
    const collection = await filled(2)
    const { resourceVersion } = await list(collection)
    await store.create(ctx, `${collection}/later`, widget('later'))
    return { collection, resourceVersion }
  }

  test.each([
    ['alone means not older', {}, 0, true],
    ['with NotOlderThan means not older', { resourceVersionMatch: 'NotOlderThan' }, 0, true],
    ['with NotOlderThan and a limit means not older', { resourceVersionMatch: 'NotOlderThan' }, 9, true],
    ['with Exact means just then', { resourceVersionMatch: 'Exact' }, 0, false],
    ['with a limit means just then', {}, 9, false],
  ])('%s', async (_, options, limit, newest) => {
    const { collection, resourceVersion } = await changed()
    const found = await list(collection, { limit }, { resourceVersion, ...options })
    expect(names(found.items).includes('later')).toBe(newest)
    if (!newest) expect(found.resourceVersion).toBe(resourceVersion)
  })

  test('with Exact also holds for a list of one name', async () => {
    const { collection, resourceVersion } = await changed()
    const one = (options: object) =>
      list(`${collection}/later`, { fields: 'metadata.name=later' }, { recursive: false, ...options })
    expect(names((await one({})).items)).toEqual(['later'])
    const before = await one({ resourceVersion, resourceVersionMatch: 'Exact' })
    expect(before.items).toEqual([])
    expect(before.resourceVersion).toBe(resourceVersion)
  })

  test('that is compacted says so, also for a list of one name', async () => {
    const { collection, resourceVersion } = await changed()
    await kv.compact(ctx, await kv.currentRevision(ctx))
    const exact = { resourceVersion, resourceVersionMatch: 'Exact' }
    for (const work of [list(collection, {}, exact), list(`${collection}/later`, {}, { recursive: false, ...exact })]) {
      const error = await thrownBy(work)
      expect(error.code).toBe('Expired')
      expect(error.message).toBe('The resourceVersion for the provided list is too old.')
    }
  })

  test('that is no number is a bad request where the history is asked', async () => {
    const error = await thrownBy(list(freshCollection(), { limit: 1 }, { resourceVersion: 'abc' }))
    expect(error.message).toMatch(
      /^invalid resource version: resourceVersion: Invalid value: "abc": strconv\.ParseUint: /,
    )
  })

  test('with a limit means not older for a list of one name, which no limit cuts', async () => {
    const { collection, resourceVersion } = await changed()
    const one = { recursive: false, resourceVersion }
    expect(names((await list(`${collection}/later`, { limit: 1 }, one)).items)).toEqual(['later'])
  })

  test('that has not happened is too large', async () => {
    const error = await thrownBy(list(freshCollection(), {}, { resourceVersion: '9007199254740993' }))
    expect(error.code).toBe('TooLargeResourceVersion')
  })
})

describe('a list of one name', () => {
  test('reads one key, and has the object if the other selectors match it too', async () => {
    const collection = await filled(4)
    const one = (labels: string) => list(`${collection}/w003`, { labels }, { recursive: false })
    expect(names((await one('third=yes')).items)).toEqual(['w003'])
    expect(names((await one('third=no')).items)).toEqual([])
  })
})

describe('a continue token', () => {
  const PREFIX = '/registry/example.com/widgets/ns/'
  const token = (content: unknown) => Buffer.from(JSON.stringify(content)).toString('base64url')

  test('is base64url without padding of what Kubernetes writes', () => {
    const text = encodeContinue(`${PREFIX}w001\0`, PREFIX, 7)
    expect(text).not.toMatch(/[^A-Za-z0-9_-]/)
    expect(JSON.parse(Buffer.from(text, 'base64url').toString())).toEqual({
      v: 'meta.k8s.io/v1',
      rv: 7,
      start: 'w001\0',
    })
    expect(decodeContinue(text, PREFIX)).toEqual({ start: `${PREFIX}w001\0`, revision: 7 })
  })

  test.each(['/secrets/x\0', '/', 'other/w\0', 'a/b/c', '__proto__'])(
    'cannot lead out of the collection: %j stays below it',
    (start) => {
      expect(decodeContinue(token({ v: 'meta.k8s.io/v1', rv: 7, start }), PREFIX).start.startsWith(PREFIX)).toBe(true)
    },
  )

  test.each([
    ['a step up', { start: '../../secrets/x' }, '../../secrets/x'],
    ['a step up at the end', { start: 'a/..' }, 'a/..'],
    ['a step on the spot', { start: './a' }, './a'],
    ['a step up behind a slash', { start: '/../a' }, '/../a'],
    ['another version', { v: 'meta.k8s.io/v2' }, 'server does not recognize this encoded version meta.k8s.io/v2'],
    ['no version', { v: undefined }, 'server does not recognize this encoded version '],
    [
      'a version that is a number',
      { v: 1 },
      'json: cannot unmarshal number into Go struct field continueToken.v of type string',
    ],
    ['revision 0', { rv: 0 }, 'incorrect encoded start resourceVersion (version meta.k8s.io/v1)'],
    ['no revision', { rv: null }, 'incorrect encoded start resourceVersion (version meta.k8s.io/v1)'],
    [
      'a revision with a fraction',
      { rv: 1.5 },
      'json: cannot unmarshal number 1.5 into Go struct field continueToken.rv of type int64',
    ],
    [
      'a revision that is a text',
      { rv: '7' },
      'json: cannot unmarshal string into Go struct field continueToken.rv of type int64',
    ],
    ['no start', { start: '' }, 'encoded start key empty (version meta.k8s.io/v1)'],
    [
      'a start that is no text',
      { start: ['a'] },
      'json: cannot unmarshal array into Go struct field continueToken.start of type string',
    ],
    ['an empty step', { start: 'a//b' }, 'a//b'],
    ['two slashes before it', { start: '//etcd/x' }, '//etcd/x'],
    ['a slash behind it', { start: 'a/' }, 'a/'],
  ])('with %s is refused', (_, change, why) => {
    const tampered = token({ v: 'meta.k8s.io/v1', rv: 7, start: 'a\0', ...change })
    expect(() => decodeContinue(tampered, PREFIX)).toThrow(`continue key is not valid: ${why}`)
  })

  test.each([
    ['no base64', '!!!', 'illegal base64 data at input byte 0'],
    ['padded', 'e30=', 'illegal base64 data at input byte 3'],
    ['one character too long', 'e30e3', 'illegal base64 data at input byte 4'],
    ['no JSON', Buffer.from('hello').toString('base64url'), "invalid character 'h' looking for beginning of value"],
    ['cut off', Buffer.from('{"v":').toString('base64url'), 'unexpected end of JSON input'],
    ['a list', token([]), 'json: cannot unmarshal array into Go value of type storage.continueToken'],
    ['null', token(null), 'server does not recognize this encoded version '],
    ['a text', token('x'), 'json: cannot unmarshal string into Go value of type storage.continueToken'],
    ['megabytes', 'A'.repeat(3_000_000), 'token too long'],
    ['deep nesting', Buffer.from('['.repeat(3000)).toString('base64url'), 'unexpected end of JSON input'],
  ])('that is %s is refused in the words of Go', (_, text, why) => {
    expect((): unknown => decodeContinue(text, PREFIX)).toThrow(`continue key is not valid: ${why}`)
  })

  test('of any revision below 0 goes on with what is there now', () => {
    expect(decodeContinue(token({ v: 'meta.k8s.io/v1', rv: -7, start: 'a\0' }), PREFIX).revision).toBe(-1)
  })

  test('beside a resourceVersion is looked at first, and then refused for it', async () => {
    const collection = await filled(2)
    const both = (continueToken: string) =>
      list(collection, { limit: 1, continue: continueToken }, { resourceVersion: '1' })
    const good = token({ v: 'meta.k8s.io/v1', rv: 1, start: 'w000\0' })
    expect((await thrownBy(both('!'))).message).toBe('continue key is not valid: illegal base64 data at input byte 0')
    expect((await thrownBy(both(good))).message).toBe('specifying resource version is not allowed when using continue')
  })

  test('of a revision that has not happened is an error, not an empty list', async () => {
    const collection = await filled(2)
    const error = await thrownBy(
      list(collection, { limit: 1, continue: token({ v: 'meta.k8s.io/v1', rv: 2 ** 50, start: 'w000\0' }) }),
    )
    expect(error.message).toContain('future')
  })

  test('of the future says which was asked for, whatever a number can hold', async () => {
    const options = { resourceVersion: '18446744073709551615', resourceVersionMatch: 'Exact' }
    const errors = [
      await thrownBy(list(freshCollection(), {}, options)),
      await thrownBy(list(`${freshCollection()}/one`, {}, { ...options, recursive: false })),
    ]
    for (const { message } of errors) expect(message).toMatch(/^revision 18446744073709551615 is in the future/)
  })
})

test('a value that cannot be read ends a list with a selector, and is named', async () => {
  const collection = await filled(2)
  await kv.create(ctx, `/registry${collection}/bad`, Buffer.from('{"kind":"Widget"'))
  expect((await list(collection)).items).toHaveLength(3)
  expect((await thrownBy(list(collection, { labels: 'third=yes' }))).message).toContain(
    `the value stored at /registry${collection}/bad cannot be read`,
  )
})
