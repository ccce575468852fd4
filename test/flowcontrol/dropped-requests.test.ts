import { describe, expect, test } from 'vitest'
import { DroppedRequests } from '../../lib/flowcontrol/dropped-requests.js'

/** Seconds to wait after each of these seconds, in which so many requests were turned away. */
function waits(perSecond: readonly number[], start = 1_700_000_000): number[] {
  const dropped = new DroppedRequests()
  return perSecond.map((count, second) => {
    for (let i = 0; i < count; i++) dropped.record((start + second) * 1000 + i)
    return dropped.retryAfter
  })
}

describe('who is turned away', () => {
  test.each<[why: string, perSecond: number[], seconds: number[]]>([
    ['comes again after a second', [1, 1, 1, 1], [1, 1, 1, 1]],
    ['waits twice as long after a second in which three were', [3, 1, 1], [1, 2, 2]],
    // 2 s: six in the last two seconds, and not before two seconds have gone.
    ['waits twice as long again when that goes on', [3, 3, 3, 3, 3, 3, 3, 3], [1, 2, 2, 4, 4, 4, 4, 8]],
    ['waits less again when few are', [3, 1, 0, 0, 0, 1, 1], [1, 2, 2, 2, 2, 1, 1]],
  ])('%s', (_, perSecond, seconds) => {
    expect(waits(perSecond)).toEqual(seconds)
  })

  test('never waits longer than 32 seconds, nor less than one', () => {
    const many = waits(new Array<number>(200).fill(1000))
    expect(Math.max(...many)).toBe(32)
    expect(Math.min(...many)).toBe(1)
    expect(many.at(-1)).toBe(32)
  })

  test('has the past forgotten after a long silence', () => {
    const dropped = new DroppedRequests()
    for (let i = 0; i < 100; i++) dropped.record(1000)
    dropped.record(1_000_000)
    dropped.record(1_001_000)
    expect(dropped.retryAfter).toBe(1)
  })

  test('is not confused by a clock that goes back', () => {
    const dropped = new DroppedRequests()
    for (let i = 0; i < 2; i++) dropped.record(10_000)
    dropped.record(5000)
    dropped.record(11_000)
    expect(dropped.retryAfter).toBe(2)
  })
})
