import { describe, expect, it } from 'vitest'
import { FutureRevisionError, type KeyValue } from '../../../../lib/storage/kv/types.js'
import { byBytes, bytes, ctx, freshPrefix, type KVHarness, keysOf, plain, subject, won } from './harness.js'

export function describeReads(harness: KVHarness): void {
  describe('reads', () => {
    const s = subject(harness)
    const put = (key: string, value = 'v'): Promise<number> => won(s.kv.create(ctx, key, bytes(value)))

    it('an absent key reads as absent, with the revision of the store', async () => {
      const p = freshPrefix()
      const revision = await put(`${p}other`)
      const result = await s.kv.get(ctx, `${p}a`)
      expect(result.kv).toBeUndefined()
      expect(result.revision).toBeGreaterThanOrEqual(revision)
      expect(result.revision).toBeGreaterThanOrEqual(1)
    })

    it('a key reads as it stood at every revision', async () => {
      const key = `${freshPrefix()}a`
      const before = await s.kv.currentRevision(ctx)
      const first = await put(key, 'one')
      const second = await won(s.kv.update(ctx, key, bytes('two'), first))
      const gone = await won(s.kv.delete(ctx, key, second))
      const again = await put(key, 'three')
      const at = async (revision: number) => plain((await s.kv.get(ctx, key, { revision })).kv)
      expect(await at(before)).toBeUndefined()
      expect(await at(first)).toMatchObject({ value: 'one', createRevision: first, modRevision: first })
      expect(await at(second)).toMatchObject({ value: 'two', createRevision: first, modRevision: second })
      expect(await at(gone)).toBeUndefined()
      expect(await at(again)).toMatchObject({ value: 'three', createRevision: again, modRevision: again })
    })

    it('a get says the revision of the store, never one below the pair it shows', async () => {
      const key = `${freshPrefix()}a`
      const first = await put(key)
      const later = await put(`${key}b`)
      expect((await s.kv.get(ctx, key)).revision).toBeGreaterThanOrEqual(later)
      expect((await s.kv.get(ctx, key, { revision: first })).revision).toBeGreaterThanOrEqual(first)
    })

    it('a revision that has not happened is refused', async () => {
      const key = `${freshPrefix()}a`
      const revision = (await put(key)) + 1_000_000
      await expect(s.kv.get(ctx, key, { revision })).rejects.toThrow(FutureRevisionError)
      await expect(s.kv.range(ctx, key, { revision })).rejects.toThrow(FutureRevisionError)
    })

    it('a range holds exactly the keys that begin with the prefix', async () => {
      const p = freshPrefix()
      const inside = [`${p}x`, `${p}x/`, `${p}x/a`, `${p}x0`, `${p}xy`]
      for (const key of [...inside, `${p}w`, `${p}y`, `${p}`]) await put(key)
      const { items, more, count } = await s.kv.range(ctx, `${p}x`)
      expect(keysOf(items)).toEqual(inside)
      expect({ more, count }).toEqual({ more: false, count: 5 })
      expect((await s.kv.count(ctx, `${p}x`)).count).toBe(5)
      expect((await s.kv.count(ctx, `${p}x/`)).count).toBe(2)
      expect((await s.kv.range(ctx, `${p}none`)).items).toEqual([])
    })

    it.each([['\u{10ffff}'], ['\u{10ffff}\u{10ffff}'], ['\uffff'], ['\u007f'], ['\u07ff'], ['ÿ'], ['\0']])(
      'a prefix that ends in %j has its own keys and no others',
      async (tail) => {
        const p = freshPrefix()
        const inside = [`${p}${tail}`, `${p}${tail}\0`, `${p}${tail}a`, `${p}${tail}\u{10ffff}`]
        const outside = [`${p}`, `${p} `, `${p}~`, `${p}é`, `${p}\u{1f600}`]
        for (const key of [...inside, ...outside]) await put(key)
        expect(keysOf((await s.kv.range(ctx, p + tail)).items)).toEqual([...inside].sort(byBytes))
        expect((await s.kv.count(ctx, p + tail)).count).toBe(inside.length)
      },
    )

    it('keys come back unchanged and in the byte order of UTF-8', async () => {
      const p = freshPrefix()
      // U+FF5E sorts before U+1F600 in UTF-8 and after it in UTF-16.
      const names = [
        'a',
        'A',
        'ß',
        'é',
        'e\u0301',
        '漢',
        '～',
        '😀',
        '\u{10ffff}',
        '\ue000',
        'a\0',
        'a\0b',
        'a\u0001',
        'ab',
      ]
      let revision = 0
      for (const name of names) revision = await put(p + name, name)
      const sorted = names.map((name) => p + name).sort(byBytes)
      const now = await s.kv.range(ctx, p)
      expect(keysOf(now.items)).toEqual(sorted)
      expect(now.items.map((item) => p + item.value.toString())).toEqual(sorted)
      await put(`${p}zz`)
      expect(keysOf((await s.kv.range(ctx, p, { revision })).items)).toEqual(sorted)
    })

    it('keys whose names are those of object properties are keys like others', async () => {
      const p = freshPrefix()
      const names = ['__proto__', 'constructor', 'hasOwnProperty', 'toString']
      for (const name of names) await put(p + name, name)
      for (const name of names) expect((await s.kv.get(ctx, p + name)).kv?.value.toString()).toBe(name)
      expect((await s.kv.get(ctx, `${p}valueOf`)).kv).toBeUndefined()
    })

    it('a key that is longer than the next by a NUL keeps its own history', async () => {
      const p = freshPrefix()
      const a = await put(`${p}k`, 'short')
      const b = await put(`${p}k\0`, 'long')
      const c = await won(s.kv.update(ctx, `${p}k`, bytes('short2'), a))
      await won(s.kv.delete(ctx, `${p}k\0`, b))
      const values = async (revision: number) =>
        (await s.kv.range(ctx, p, { revision })).items.map((item) => item.value.toString())
      expect(await values(a)).toEqual(['short'])
      expect(await values(b)).toEqual(['short', 'long'])
      expect(await values(c)).toEqual(['short2', 'long'])
    })

    it('start, limit, more and count agree', async () => {
      const p = freshPrefix()
      const keys = Array.from({ length: 7 }, (_, i) => `${p}${i}`)
      let revision = 0
      for (const key of keys) revision = await put(key)
      await put(`${p}8`)
      const ask = async (options: { start?: string; limit?: number }) => {
        const result = await s.kv.range(ctx, p, { revision, ...options })
        return [keysOf(result.items), result.more, result.count]
      }
      expect(await ask({})).toEqual([keys, false, 7])
      expect(await ask({ limit: 0 })).toEqual([keys, false, 7])
      expect(await ask({ limit: 3 })).toEqual([keys.slice(0, 3), true, 7])
      expect(await ask({ limit: 7 })).toEqual([keys, false, 7])
      expect(await ask({ limit: 8 })).toEqual([keys, false, 7])
      expect(await ask({ start: keys[2]! })).toEqual([keys.slice(2), false, 5])
      expect(await ask({ start: `${keys[2]}\0` })).toEqual([keys.slice(3), false, 4])
      expect(await ask({ start: keys[2]!, limit: 2 })).toEqual([keys.slice(2, 4), true, 5])
      expect(await ask({ start: keys[5]!, limit: 2 })).toEqual([keys.slice(5), false, 2])
      expect(await ask({ start: `${p}9` })).toEqual([[], false, 0])
      const now = await s.kv.range(ctx, p, { start: keys[5]!, limit: 2 })
      expect([keysOf(now.items), now.more, now.count]).toEqual([keys.slice(5), true, 3])
    })

    it('a start outside the prefix is refused', async () => {
      const p = freshPrefix()
      await expect(s.kv.range(ctx, `${p}b`, { start: `${p}c` })).rejects.toThrow()
    })

    it('pages of one revision are one snapshot, whatever is written between them', async () => {
      const p = freshPrefix()
      for (let i = 0; i < 20; i++) await put(`${p}${String(i).padStart(2, '0')}`, `old ${i}`)
      const whole = await s.kv.range(ctx, p)
      const pages: KeyValue[] = []
      let start = p
      let revision = 0
      for (;;) {
        const page = await s.kv.range(ctx, p, { start, limit: 6, revision })
        revision = page.revision
        pages.push(...page.items)
        expect(page.count).toBe(20 - pages.length + page.items.length)
        if (!page.more) break
        start = `${page.items.at(-1)!.key}\0`
        await disturb(p, pages.length)
      }
      expect(pages.map(plain)).toEqual(whole.items.map(plain))
      expect((await s.kv.range(ctx, p)).items.map(plain)).not.toEqual(whole.items.map(plain))
    })

    /** Changes, deletes and adds keys before and after the place where the next page begins. */
    async function disturb(p: string, at: number): Promise<void> {
      const here = `${p}${String(at).padStart(2, '0')}`
      await put(`${here}new`)
      await put(`${p}00new${at}`)
      const next = (await s.kv.range(ctx, p, { start: here })).items
      await won(s.kv.delete(ctx, next[0]!.key, next[0]!.modRevision))
      await won(s.kv.update(ctx, next[1]!.key, bytes('changed'), next[1]!.modRevision))
    }

    it('a read sees every write acknowledged before it began', async () => {
      const p = freshPrefix()
      const writers = Array.from({ length: 8 }, async (_, w) => {
        for (let i = 0; i < 10; i++) {
          const revision = await put(`${p}${w}/${i}`)
          const [got, ranged, counted, current] = await Promise.all([
            s.kv.get(ctx, `${p}${w}/${i}`),
            s.kv.range(ctx, `${p}${w}/`),
            s.kv.count(ctx, `${p}${w}/`),
            s.kv.currentRevision(ctx),
          ])
          expect(got.kv?.modRevision).toBe(revision)
          expect([ranged.count, counted.count]).toEqual([i + 1, i + 1])
          for (const seen of [got.revision, ranged.revision, counted.revision, current]) {
            expect(seen).toBeGreaterThanOrEqual(revision)
          }
        }
      })
      await Promise.all(writers)
    })

    it('a range shows the state of exactly the revision it names, under concurrent writes', async () => {
      const p = freshPrefix()
      let writing = true
      const writer = async (w: number): Promise<void> => {
        for (let i = 0; writing; i++) {
          const revision = await put(`${p}${w}`, String(i))
          await won(s.kv.delete(ctx, `${p}${w}`, revision))
        }
      }
      const writers = [0, 1, 2, 3].map(writer)
      for (let i = 0; i < 25; i++) {
        const now = await s.kv.range(ctx, p)
        for (const item of now.items) expect(item.modRevision).toBeLessThanOrEqual(now.revision)
        const later = await s.kv.range(ctx, p, { revision: now.revision })
        expect(later.items.map(plain)).toEqual(now.items.map(plain))
      }
      writing = false
      await Promise.all(writers)
    })

    it('a get shows the state of exactly the revision it names, under concurrent writes', async () => {
      const key = `${freshPrefix()}a`
      let writing = true
      const writer = async (): Promise<void> => {
        while (writing) {
          const first = await put(key, 'one')
          const second = await won(s.kv.update(ctx, key, bytes('two'), first))
          await won(s.kv.delete(ctx, key, second))
        }
      }
      const written = writer()
      for (let i = 0; i < 200; i++) {
        await new Promise((resolve) => setImmediate(resolve))
        const now = await s.kv.get(ctx, key)
        const later = await s.kv.get(ctx, key, { revision: now.revision })
        expect(plain(later.kv)).toEqual(plain(now.kv))
      }
      writing = false
      await written
    })

    it('the current revision never goes back and is at least that of every acknowledged write', async () => {
      const p = freshPrefix()
      let last = 0
      for (let i = 0; i < 20; i++) {
        const [write, early] = await Promise.all([put(p + i), s.kv.currentRevision(ctx)])
        const now = await s.kv.currentRevision(ctx)
        expect(early).toBeGreaterThanOrEqual(last)
        expect(now).toBeGreaterThanOrEqual(write)
        last = now
      }
    })
  })
}
