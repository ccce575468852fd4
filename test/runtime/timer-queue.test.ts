import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Timed, TimerQueue } from '../../lib/runtime/timer-queue.js'

describe('times of many', () => {
  const rung: string[] = []
  const at = (dueAt: number, name: string, then = () => {}): Timed => ({
    dueAt: performance.now() + dueAt,
    due: () => {
      rung.push(name)
      then()
    },
  })

  beforeEach(() => {
    vi.useFakeTimers()
    rung.length = 0
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('come in their order, whatever order they were added in', () => {
    const queue = new TimerQueue()
    for (const ms of [30, 10, 50, 20, 40, 10]) queue.add(at(ms, `${ms}`))
    vi.advanceTimersByTime(9)
    expect(rung).toEqual([])
    vi.advanceTimersByTime(11)
    expect(rung).toEqual(['10', '10', '20'])
    vi.advanceTimersByTime(30)
    expect(rung).toEqual(['10', '10', '20', '30', '40', '50'])
  })

  it('wait on one timer, and on none when nobody waits', () => {
    const queue = new TimerQueue()
    const all = [30, 10, 20].map((ms) => at(ms, `${ms}`))
    for (const timed of all) queue.add(timed)
    expect(vi.getTimerCount()).toBe(1)
    for (const timed of all) queue.delete(timed)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('do not come when they were taken back, and those of the same moment do', () => {
    const queue = new TimerQueue()
    const same = ['a', 'b', 'c'].map((name) => at(10, name))
    for (const timed of same) queue.add(timed)
    queue.delete(same[1]!)
    queue.delete(same[1]!)
    queue.delete(at(10, 'never added'))
    vi.advanceTimersByTime(10)
    expect(rung.toSorted()).toEqual(['a', 'c'])
  })

  it('can be set again by what they call', () => {
    const queue = new TimerQueue()
    queue.add(at(10, 'first', () => queue.add(at(10, 'second'))))
    vi.advanceTimersByTime(19)
    expect(rung).toEqual(['first'])
    vi.advanceTimersByTime(1)
    expect(rung).toEqual(['first', 'second'])
  })

  it('may lie further away than a timer can', () => {
    const queue = new TimerQueue()
    queue.add(at(2 ** 32, 'far'))
    vi.advanceTimersByTime(2 ** 32 - 1)
    expect(rung).toEqual([])
    vi.advanceTimersByTime(1)
    expect(rung).toEqual(['far'])
  })

  it('do not keep each other from coming when one fails', () => {
    const queue = new TimerQueue()
    queue.add(
      at(10, 'fails', () => {
        throw new Error('broken')
      }),
    )
    queue.add(at(11, 'comes'))
    expect(() => vi.advanceTimersByTime(10)).toThrow('broken')
    vi.advanceTimersByTime(1)
    expect(rung).toEqual(['fails', 'comes'])
  })
})
