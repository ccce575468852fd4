import { describe, expect, test } from 'vitest'
import { type KeySnapshot, KeyTree } from '../../../lib/storage/cacher/key-tree.js'
import { compareKeys } from '../../../lib/storage/kv/compare-keys.js'
import { numbers } from './numbers.js'

const sorted = (model: Map<string, number>): [string, number][] => [...model].sort(([a], [b]) => compareKeys(a, b))

function expectSame(snapshot: KeySnapshot<number>, entries: readonly [string, number][]): void {
  expect(snapshot.size).toBe(entries.length)
  expect([...snapshot.values('')]).toEqual(entries.map(([, value]) => value))
}

describe.each([
  ['names', (n: number) => `/r/${n}`],
  ['names outside the Basic Multilingual Plane', (n: number) => `/r/${String.fromCodePoint(0xffee + n)}`],
])('random changes (%s)', (_, keyOf) => {
  test.each([1, 2, 3, 4])(
    'a tree shows what a map shows, and every snapshot what stood when it was taken (seed %i)',
    (seed) => {
      const next = numbers(seed)
      const tree = new KeyTree<number>()
      const model = new Map<string, number>()
      const taken: [KeySnapshot<number>, [string, number][]][] = []
      for (let i = 0; i < 6000; i++) {
        const key = keyOf(next(1500))
        // The tree grows, and later shrinks to nothing.
        if (next(10) < (i < 3000 ? 7 : 3)) {
          tree.set(key, i)
          model.set(key, i)
        } else {
          tree.delete(key)
          model.delete(key)
        }
        if (next(300) === 0) taken.push([tree.snapshot(), sorted(model)])
      }
      for (const key of [...model.keys()]) {
        tree.delete(key)
        model.delete(key)
        if (next(100) === 0) taken.push([tree.snapshot(), sorted(model)])
      }
      expect(tree.size).toBe(0)
      expect(taken.length).toBeGreaterThan(10)
      for (const [snapshot, entries] of taken) expectSame(snapshot, entries)
    },
  )

  test('ranks and ranges are those of the sorted keys', () => {
    const next = numbers(7)
    const model = new Map<string, number>()
    for (let i = 0; i < 3000; i++) model.set(keyOf(next(4000)), i)
    const entries = sorted(model)
    const inOrder = new KeyTree<number>()
    for (const [key, value] of entries) inOrder.set(key, value)
    const grown = new KeyTree<number>()
    for (const [key, value] of model) grown.set(key, value)
    for (const snapshot of [inOrder.snapshot(), grown.snapshot()]) {
      expectSame(snapshot, entries)
      for (let i = 0; i < 300; i++) {
        const [start, end] = [keyOf(next(4100)), keyOf(next(4100))].sort(compareKeys) as [string, string]
        const inside = entries.filter(([key]) => compareKeys(key, start) >= 0 && compareKeys(key, end) < 0)
        expect([...snapshot.values(start, end)]).toEqual(inside.map(([, value]) => value))
        expect(snapshot.slice(start, end)).toEqual(inside.map(([, value]) => value))
        expect(snapshot.rank(end) - snapshot.rank(start)).toBe(inside.length)
      }
    }
  })
})

test('an empty tree has nothing anywhere', () => {
  const snapshot = new KeyTree<number>().snapshot()
  expect([...snapshot.values('')]).toEqual([])
  expect(snapshot.rank('/z')).toBe(0)
  expect(snapshot.size).toBe(0)
})

test('the snapshot stays the same one until something changes', () => {
  const tree = new KeyTree<number>()
  tree.set('/a', 1)
  const first = tree.snapshot()
  expect(tree.snapshot()).toBe(first)
  tree.set('/a', 2)
  expect(tree.snapshot()).not.toBe(first)
})
