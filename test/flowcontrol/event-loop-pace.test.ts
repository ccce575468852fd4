import { describe, expect, test } from 'vitest'
import { EventLoopPace } from '../../lib/flowcontrol/event-loop-pace.js'
import { VirtualClock } from './harness.js'
import { Level, statesOf } from './level.js'

/** Time in which every timer is so many milliseconds late. */
class LateClock extends VirtualClock {
  late = 0

  override after(milliseconds: number, callback: () => void): () => void {
    return super.after(milliseconds + this.late, callback)
  }
}

describe('the pace of wide requests', () => {
  const watched = () => {
    const clock = new LateClock()
    return { clock, pace: new EventLoopPace(clock) }
  }

  test('is full while timers are on time', () => {
    const { clock, pace } = watched()
    pace.attend(0)
    clock.advance(5000)
    expect(pace.factor).toBe(1)
  })

  test('falls while they are late, stays while they are a little late, and rises again when they are not', () => {
    const { clock, pace } = watched()
    const paceAt = (late: number) => {
      clock.late = late
      pace.attend(clock.now())
      clock.advance(900)
      return pace.factor
    }
    const slow = paceAt(100)
    expect(slow).toBeLessThan(0.2)
    clock.late = 15
    clock.advance(200)
    const kept = pace.factor
    expect(paceAt(15)).toBe(kept)
    expect(paceAt(0)).toBeGreaterThan(kept)
    paceAt(0)
    expect(paceAt(0)).toBe(1)
  })

  test('never falls to nothing', () => {
    const { clock, pace } = watched()
    clock.late = 500
    for (let i = 0; i < 100; i++) {
      pace.attend(clock.now())
      clock.advance(1000)
    }
    expect(pace.factor).toBe(1 / 256)
  })

  test('is not watched when no wide requests come, once it is full', () => {
    const { clock, pace } = watched()
    expect(clock.pending).toBe(0)
    pace.attend(0)
    pace.attend(0)
    expect(clock.pending).toBe(1)
    clock.late = 100
    clock.advance(500)
    expect(pace.factor).toBeLessThan(1)
    clock.late = 0
    clock.advance(60_000)
    expect([pace.factor, clock.pending]).toEqual([1, 0])
  })

  test('is watched no more when it is stopped', () => {
    const { clock, pace } = watched()
    pace.attend(0)
    pace.stop()
    expect(clock.pending).toBe(0)
  })
})

describe('a level while the event loop is behind', () => {
  const wide = { initialSeats: 4 }

  test('executes one wide request at a time, and narrow ones beside it', () => {
    const level = new Level({ limit: 40, queues: 4 })
    level.pace.factor = 0.1
    const lists = Array.from({ length: 4 }, (_, queue) => level.start(queue, wide))
    const narrow = Array.from({ length: 10 }, (_, index) => level.start(index % 4))
    expect(statesOf(lists)).toEqual(['executing', 'waiting', 'waiting', 'waiting'])
    expect(statesOf(narrow).filter((state) => state === 'executing').length).toBeGreaterThan(0)
    lists[0]!.finish()
    expect(statesOf(lists).filter((state) => state === 'executing')).toHaveLength(1)
  })

  test('always bears a single one, however far behind it is', () => {
    const level = new Level({ limit: 40, queues: 4 })
    level.pace.factor = 1 / 256
    expect(level.start(0, wide).state).toBe('executing')
  })

  test('executes all that fit when it is no more', () => {
    const level = new Level({ limit: 40, queues: 4 })
    level.pace.factor = 0.1
    const lists = Array.from({ length: 8 }, (_, index) => level.start(index % 4, wide))
    level.pace.factor = 1
    lists[0]!.finish()
    expect(statesOf(lists).filter((state) => state === 'executing')).toHaveLength(7)
  })

  test('serves flows in turn as ever', () => {
    const level = new Level({ limit: 40, queues: 2 })
    level.pace.factor = 0.1
    const many = Array.from({ length: 10 }, () => level.start(0, wide))
    const one = level.start(1, wide)
    level.clock.advance(10)
    many[0]!.finish()
    expect(one.state).toBe('executing')
  })
})
