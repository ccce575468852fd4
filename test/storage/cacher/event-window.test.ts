import { describe, expect, test } from 'vitest'
import { StoredObject } from '../../../lib/runtime/index.js'
import { CacheEvent } from '../../../lib/storage/cacher/cache-event.js'
import { EventWindow } from '../../../lib/storage/cacher/event-window.js'
import { dice } from '../kv/contract/harness.js'
import { kinds } from './harness.js'

const object = (bytes: number) => new StoredObject('/k', Buffer.alloc(bytes), 1, kinds.codec)
/** A change after which an object of so many bytes is of the past; 0 = it is a creation. */
const change = (revision: number, bytes = 0) =>
  new CacheEvent(`/k${revision}`, revision, object(1_000), bytes > 0 ? object(bytes) : undefined)

const revisions = (window: EventWindow, after: number) => window.after(after).map(({ revision }) => revision)

test('a window tells what came after any revision that it goes back to', () => {
  const window = new EventWindow(10, 100, 1_000)
  for (const revision of [12, 13, 13, 20]) window.add(change(revision))
  expect(revisions(window, 10)).toEqual([12, 13, 13, 20])
  expect(revisions(window, 12)).toEqual([13, 13, 20])
  expect(revisions(window, 15)).toEqual([20])
  expect(revisions(window, 20)).toEqual([])
  expect(revisions(window, 99)).toEqual([])
  expect([window.since, window.size]).toEqual([10, 4])
})

describe('a window that is full', () => {
  test('of events forgets the oldest, and says so', () => {
    const window = new EventWindow(10, 3, 1_000)
    for (const revision of [11, 12, 13, 14, 15]) window.add(change(revision))
    expect([window.since, window.size]).toEqual([12, 3])
    expect(revisions(window, window.since)).toEqual([13, 14, 15])
  })

  test('of bytes that nobody else keeps forgets the oldest', () => {
    const window = new EventWindow(10, 100, 1_000)
    for (const revision of [11, 12, 13]) window.add(change(revision, 400))
    expect([window.since, window.size]).toEqual([11, 2])
    for (let revision = 14; revision < 60; revision++) window.add(change(revision))
    expect([window.since, window.size]).toEqual([11, 48])
  })

  test('of one event bigger than itself keeps that one', () => {
    const window = new EventWindow(10, 100, 1_000)
    window.add(change(11, 10))
    window.add(change(12, 5_000))
    expect([window.since, revisions(window, 11)]).toEqual([11, [12]])
    window.add(change(13, 10))
    expect([window.since, revisions(window, 12)]).toEqual([12, [13]])
  })

  test('forgets the events of one revision together: no watch begins between them', () => {
    const window = new EventWindow(10, 4, 1_000)
    for (const revision of [11, 11, 11, 12, 13]) window.add(change(revision))
    expect([window.since, revisions(window, window.since)]).toEqual([11, [12, 13]])
  })

  test('of a revision with more events than it holds has none of it', () => {
    const window = new EventWindow(10, 2, 1_000)
    for (let i = 0; i < 5; i++) window.add(change(11))
    expect([window.since, revisions(window, window.since)]).toEqual([11, []])
    window.add(change(12))
    expect(revisions(window, 11)).toEqual([12])
  })
})

test.each([1, 2, 3])(
  'whatever comes, a window has all after what it goes back to, within its bounds (seed %i)',
  (seed) => {
    const next = dice(seed)
    const [capacity, maxBytes] = [5 + next(2_000), 500 + next(50_000)]
    const window = new EventWindow(0, capacity, maxBytes)
    const all: CacheEvent[] = []
    let revision = 1
    for (let i = 0; i < 6_000; i++) {
      revision += next(2)
      const event = change(revision, next(3) * next(100))
      all.push(event)
      window.add(event)
      if (i % 97 > 0) continue
      expect(window.size).toBeLessThanOrEqual(capacity)
      const held = window.after(window.since)
      const bytes = held.reduce((sum, { before }) => sum + (before?.size ?? 0), 0)
      expect(bytes <= maxBytes || window.size === 1).toBe(true)
      const after = window.since + next(revision - window.since + 1)
      expect(revisions(window, after)).toEqual(all.filter((each) => each.revision > after).map((each) => each.revision))
    }
    expect(window.since).toBeGreaterThan(0)
  },
)
