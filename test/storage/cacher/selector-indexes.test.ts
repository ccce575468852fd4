import { beforeEach, describe, expect, test } from 'vitest'
import { type FieldSet, parseFieldSelector } from '../../../lib/meta/fields/index.js'
import { parseLabelSelector } from '../../../lib/meta/labels/index.js'
import type { KubeObject } from '../../../lib/meta/types.js'
import { StoredObject } from '../../../lib/runtime/stored-object.js'
import { WatchCache } from '../../../lib/storage/cacher/watch-cache.js'
import { SelectionPredicate } from '../../../lib/storage/index.js'
import { endOf } from '../../../lib/storage/kv/compare-keys.js'
import type { KVEvent } from '../../../lib/storage/kv/types.js'
import { widget } from '../../runtime/widgets.js'
import { kinds } from './harness.js'
import { numbers } from './numbers.js'

const ROOT = '/registry/widgets/'
const END = endOf(ROOT)
const always = () => true

const fieldsOf = ({ metadata, spec }: KubeObject & { spec?: { color?: string } }): FieldSet => ({
  'metadata.name': metadata.name ?? '',
  ...(spec?.color === undefined ? {} : { 'spec.color': spec.color }),
})

const selecting = (labels: string, fields = '', getFields: SelectionPredicate['getFields'] = fieldsOf) =>
  new SelectionPredicate(parseLabelSelector(labels), parseFieldSelector(fields), getFields)

/** A cache that is told of writes as the store would tell of them. */
class Written {
  readonly cache = new WatchCache(1, (kv) => new StoredObject(kv.key, kv.value, kv.modRevision, kinds.codec).settle(), {
    windowEvents: 10,
    windowBytes: 1_000_000,
  })
  #revision = 1

  put(key: string, value: Buffer): void {
    this.#tell({ type: 'put', key, value })
  }

  label(name: string, labels: Record<string, string>, color?: string): void {
    const spec = color === undefined ? {} : { color }
    this.put(`${ROOT}${name}`, kinds.codec.encode(widget(name, { metadata: { name, labels }, spec })))
  }

  delete(key: string): void {
    this.#tell({ type: 'delete', key })
  }

  #tell({ type, key, value }: Pick<KVEvent, 'type' | 'key'> & { value?: Buffer }): void {
    const revision = ++this.#revision
    const kv = value && { key, value, createRevision: revision, modRevision: revision, lease: '' }
    this.cache.apply({ type, key, revision, kv, prev: undefined })
  }

  /** What need be looked at for a selection, once its indexes are there. */
  async asked(predicate: SelectionPredicate, [start, end] = [ROOT, END]) {
    await this.cache.indexes.prepare(predicate, start, end, always)
    return this.cache.indexes.select(predicate, start, end)
  }
}

const keysOf = (objects: Iterable<StoredObject>): string[] => Array.from(objects, ({ key }) => key)

let written: Written
beforeEach(() => {
  written = new Written()
})

function fill(count: number): void {
  for (let i = 0; i < count; i++) written.label(`a-${1000 + i}`, { shard: String(i % 20), all: 'same', own: `v${i}` })
}

describe('an index', () => {
  test('leaves only the objects with the value to be looked at, in order of their keys', async () => {
    fill(1000)
    const found = await written.asked(selecting('shard=7'))
    const keys = keysOf(found!.values(ROOT, END))
    expect(keys.length).toBe(50)
    expect(keys).toEqual([...keys].sort())
    expect(found!.count(ROOT, END)).toBe(50)
    expect(keysOf(found!.values(keys[10]!, keys[20]!))).toEqual(keys.slice(10, 20))
  })

  test('of many values merges their objects', async () => {
    fill(1000)
    const keys = keysOf((await written.asked(selecting('shard in (1,2,3,nothing)')))!.values(ROOT, END))
    expect(keys.length).toBe(150)
    expect(keys).toEqual([...keys].sort())
  })

  test('is not asked for more values than can be merged in a moment', async () => {
    fill(1000)
    const valuesUpTo = (count: number) => selecting(`own in (${Array.from({ length: count }, (_, i) => `v${i}`)})`)
    expect((await written.asked(valuesUpTo(128)))!.count(ROOT, END)).toBe(128)
    expect(await written.asked(valuesUpTo(129))).toBeUndefined()
  })

  test('is told of what is written while it is being made, and afterwards', async () => {
    fill(1000)
    const predicate = selecting('shard=7')
    const prepared = written.cache.indexes.prepare(predicate, ROOT, END, always)
    expect(prepared).toBeInstanceOf(Promise)
    expect(written.cache.indexes.select(predicate, ROOT, END)).toBeUndefined()
    written.label('a-1007', { shard: '8' })
    written.label('a-1999', { shard: '7' })
    written.delete(`${ROOT}a-1027`)
    await prepared
    written.label('a-1998', { shard: '7' })
    written.delete(`${ROOT}a-1047`)
    const keys = keysOf(written.cache.indexes.select(predicate, ROOT, END)!.values(ROOT, END))
    const expected = Array.from({ length: 50 }, (_, i) => `${ROOT}a-${1000 + i * 20 + 7}`).slice(3)
    expect(keys).toEqual([...expected, `${ROOT}a-1998`, `${ROOT}a-1999`])
  })

  test('goes on showing what it has shown', async () => {
    fill(1000)
    const few = (await written.asked(selecting('own=v3')))!
    const many = (await written.asked(selecting('shard in (3,4)')))!
    const shown = [...many.values(ROOT, END)]
    for (let i = 0; i < 1000; i++) written.label(`a-${1000 + i}`, { shard: '3', own: 'v3' })
    expect(keysOf(few.values(ROOT, END))).toEqual([`${ROOT}a-1003`])
    expect([...many.values(ROOT, END)]).toEqual(shown)
  })

  test('is not asked where it would leave most of the objects, or where they are few', async () => {
    fill(1000)
    expect(await written.asked(selecting('all=same'))).toBeUndefined()
    expect(await written.asked(selecting('shard=7'), [`${ROOT}a-1100`, `${ROOT}a-1200`])).toBeUndefined()
  })

  test('of the label that leaves the fewest objects is taken', async () => {
    fill(1000)
    const found = await written.asked(selecting('all=same,own=v9,shard=9'))
    expect(keysOf(found!.values(ROOT, END))).toEqual([`${ROOT}a-1009`])
  })

  test.each(['shard!=7', 'shard notin (7)', 'shard', '!shard', 'shard>7', ''])(
    'does not know what %j selects',
    async (labels) => {
      fill(1000)
      expect(written.cache.indexes.prepare(selecting(labels), ROOT, END, always)).toBeUndefined()
      expect(await written.asked(selecting(labels))).toBeUndefined()
    },
  )

  test('of a field is made as those of labels are, and belongs to the function that reads the fields', async () => {
    for (let i = 0; i < 600; i++) written.label(`a-${1000 + i}`, {}, i % 100 === 0 ? undefined : `c${i % 100}`)
    const found = async (fields: string, getFields = fieldsOf) =>
      keysOf((await written.asked(selecting('', fields, getFields)))?.values(ROOT, END) ?? [])
    expect((await found('spec.color=c5')).length).toBe(6)
    // A field that is missing reads as the empty text.
    expect((await found('spec.color=')).length).toBe(6)
    expect((await found('spec.color!=c5,metadata.name=a-1007')).length).toBe(1)
    const shouting = (object: KubeObject) => ({ 'spec.color': (fieldsOf(object)['spec.color'] ?? '').toUpperCase() })
    expect(await found('spec.color=C5', shouting as typeof fieldsOf)).toEqual(await found('spec.color=c5'))
  })

  test('is given up when a function reads an object otherwise than before', async () => {
    for (let i = 0; i < 600; i++) written.label(`a-${1000 + i}`, {}, `c${i % 100}`)
    let color = 'c5'
    const fickle = () => ({ 'spec.color': color })
    const known = () => written.cache.indexes.select(selecting('', 'spec.color=c6', fickle), ROOT, END) !== undefined
    await written.asked(selecting('', 'spec.color=c6', fickle))
    expect(known()).toBe(true)
    color = 'c6'
    written.label('b', {}, 'c7')
    expect(known()).toBe(true)
    // Somebody else's function makes the object forget what this one has said.
    written.cache.get(`${ROOT}a-1000`)!.fieldsBy(fieldsOf)
    written.label('a-1000', {}, 'c8')
    expect(known()).toBe(false)
  })

  test('always leaves the objects that cannot be read', async () => {
    fill(1000)
    written.put(`${ROOT}a-1500`, Buffer.from('{}'))
    for (const predicate of [selecting('shard=1'), selecting('', 'metadata.name=a-1001')]) {
      const found = (await written.asked(predicate))!
      expect(keysOf(found.values(ROOT, END))).toContain(`${ROOT}a-1500`)
      expect(() => [...found.values(ROOT, END)].filter((object) => predicate.matches(object))).toThrow('cannot be read')
    }
    written.label('a-1500', { shard: '2' })
    expect(keysOf((await written.asked(selecting('shard=1')))!.values(ROOT, END))).not.toContain(`${ROOT}a-1500`)
  })

  test('takes names and values from outside as data', async () => {
    fill(1000)
    written.label('b', JSON.parse('{"__proto__":"x","constructor":"y"}') as Record<string, string>)
    expect(keysOf((await written.asked(selecting('constructor=y')))!.values(ROOT, END))).toEqual([`${ROOT}b`])
    expect(keysOf((await written.asked(selecting('toString=x')))!.values(ROOT, END))).toEqual([])
  })

  test('is not finished for a state that nobody wants any more', async () => {
    fill(1000)
    const predicate = selecting('shard=7')
    await written.cache.indexes.prepare(predicate, ROOT, END, () => false)
    expect(written.cache.indexes.select(predicate, ROOT, END)).toBeUndefined()
  })

  test('is one of sixteen: the one that was not asked for longest goes', async () => {
    fill(1000)
    const known = (labels: string) => written.cache.indexes.select(selecting(labels), ROOT, END) !== undefined
    for (let i = 0; i < 16; i++) await written.asked(selecting(`name-${i}=x`))
    expect(known('name-0=x')).toBe(true)
    await written.asked(selecting('name-16=x'))
    expect(known('name-1=x')).toBe(false)
    expect(known('name-0=x')).toBe(true)
  })

  test('goes when so much has changed since it was asked that making it anew is no more work', async () => {
    fill(1000)
    const known = () => written.cache.indexes.select(selecting('shard=7'), ROOT, END) !== undefined
    await written.asked(selecting('shard=7'))
    for (let i = 0; i < 10_000; i++) written.label(`a-${1000 + (i % 1000)}`, {})
    expect(known()).toBe(true)
    for (let i = 0; i < 10_001; i++) written.label(`a-${1000 + (i % 1000)}`, {})
    expect(known()).toBe(false)
  })
})

test('a list of a small part does not wait for an index, but the next one finds it', async () => {
  for (let i = 0; i < 3000; i++) written.label(`n${i % 10}/a-${1000 + i}`, { shard: String(i % 30) })
  const part: [string, string] = [`${ROOT}n1/`, `${ROOT}n10`]
  const predicate = selecting('shard=1')
  expect(written.cache.indexes.prepare(predicate, ...part, always)).toBeUndefined()
  expect(written.cache.indexes.select(predicate, ...part)).toBeUndefined()
  await written.cache.indexes.prepare(predicate, ROOT, END, always)
  expect(written.cache.indexes.select(predicate, ...part)!.count(...part)).toBe(100)
})

describe('random writes and selectors', () => {
  test.each([1, 2, 3, 4])(
    'an index leaves out nothing that is selected, and counts what it leaves (seed %i)',
    async (seed) => {
      const next = numbers(seed)
      const labelsOf = (): Record<string, string> => ({
        ...(next(4) ? { app: `app-${next(40)}` } : {}),
        ...(next(3) ? { tier: `t${next(3)}` } : {}),
        ...(next(2) ? { own: `o${next(100_000)}` } : {}),
      })
      const nameOf = () =>
        `ns-${next(3)}/${next(20) === 0 ? String.fromCodePoint(0xffee + next(40)) : 'w'}-${next(1200)}`
      const write = () => {
        const name = nameOf()
        if (next(5) === 0) written.delete(`${ROOT}${name}`)
        else if (next(200) === 0) written.put(`${ROOT}${name}`, Buffer.from('{}'))
        else written.label(name, labelsOf(), next(2) ? `c${next(30)}` : undefined)
      }
      const term = [
        () => `app=app-${next(45)}`,
        () => `app in (app-1,app-${next(45)},app-${next(45)},none)`,
        () => `tier==t${next(4)}`,
        () => `tier!=t${next(3)}`,
        () => `own=o${next(1000)}`,
        () => `own notin (o1)`,
      ]
      const pick = () => selecting([...Array(next(3)).keys()].map(() => term[next(term.length)]!()).join(','), field())
      const field = () =>
        next(3) === 0 ? `spec.color=c${next(31)}` : next(5) === 0 ? 'spec.color!=c1,metadata.name=w-1' : ''
      for (let i = 0; i < 2000; i++) write()
      let answered = 0
      for (let round = 0; round < 150; round++) {
        const predicate = pick()
        const [start, end] = next(2) ? [ROOT, END] : [`${ROOT}ns-1/`, `${ROOT}ns-10`]
        const preparing = written.cache.indexes.prepare(predicate, start, end, always)
        for (let i = next(30); i > 0; i--) write()
        await preparing
        const found = written.cache.indexes.select(predicate, start, end)
        const snapshot = written.cache.snapshot()
        // Both go on to be read while others write.
        for (let i = next(30); i > 0; i--) write()
        if (!found) continue
        answered++
        const left = [...found.values(start, end)]
        expect(left.length).toBe(found.count(start, end))
        const scanned = [...snapshot.values(start, end)]
        const here = new Set(scanned)
        expect(left.every((object) => here.has(object))).toBe(true)
        expect(outcome(left, predicate)).toEqual(outcome(scanned, predicate))
      }
      expect(answered).toBeGreaterThan(30)
    },
  )
})

/** The keys that are selected, in the order given; the keys of what cannot be read among them. */
const outcome = (objects: readonly StoredObject[], predicate: SelectionPredicate): string[] =>
  objects.flatMap((object) => {
    try {
      return predicate.matches(object) ? [object.key] : []
    } catch {
      return [`${object.key} cannot be read`]
    }
  })
