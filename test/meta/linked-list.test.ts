import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { type Link, LinkedList } from '../../lib/meta/linked-list.js'

describe('a linked list', () => {
  it('holds what was added and not removed, in its order', () => {
    const list = new LinkedList<number>()
    const model: { value: number; link: Link<number> }[] = []
    let random = 1
    for (let i = 0; i < 2_000; i++) {
      random = (random * 48_271) % 2_147_483_647
      if (random % 3 > 0 || model.length === 0) model.push({ value: i, link: list.add(i) })
      else expect(list.remove(model.splice(random % model.length, 1)[0]!.link)).toBe(true)
      expect(list.size).toBe(model.length)
      expect(list.values()).toEqual(model.map(({ value }) => value))
    }
  })

  it('removes once what is removed twice', () => {
    const list = new LinkedList<string>()
    const [a, b, c] = ['a', 'b', 'c'].map((value) => list.add(value))
    expect([list.remove(b!), list.remove(b!), list.remove(a!), list.remove(a!)]).toEqual([true, false, true, false])
    expect(list.values()).toEqual(['c'])
    expect([list.remove(c!), list.remove(c!), list.size]).toEqual([true, false, 0])
  })

  it('may be changed while somebody goes through it', () => {
    const list = new LinkedList<number>()
    const links = [1, 2, 3].map((value) => list.add(value))
    const seen: number[] = []
    for (const value of list) {
      seen.push(value)
      for (const link of links) list.remove(link)
      list.add(4)
    }
    expect(seen).toEqual([1, 2, 3])
  })

  it('keeps nothing of what was removed reachable from what was removed before', async () => {
    setFlagsFromString('--expose-gc')
    const gc = runInNewContext('gc') as () => void
    const list = new LinkedList<object>()
    const first = list.add({})
    const later: WeakRef<object>[] = []
    for (let i = 0; i < 100; i++) {
      const value = {}
      later.push(new WeakRef(value))
      list.remove(list.add(value))
    }
    list.remove(first)
    await new Promise((resolve) => setImmediate(resolve))
    gc()
    expect(first.value).toEqual({})
    expect(later.filter((ref) => ref.deref() !== undefined).length).toBeLessThanOrEqual(1)
  })
})
