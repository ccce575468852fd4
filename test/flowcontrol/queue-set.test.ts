import { describe, expect, test } from 'vitest'
import { Level, statesOf } from './level.js'

const never = new AbortController().signal
const seats = (initialSeats: number) => ({ initialSeats })

describe('a level without queues', () => {
  test('executes while seats are free and turns the rest away', () => {
    const level = new Level({ limit: 2 })
    const [first, ...others] = [level.start(), level.start(), level.start()]
    expect(statesOf([first!, ...others])).toEqual(['executing', 'executing', 'rejected'])
    expect(level.stats.rejected['concurrency-limit']).toBe(1)
    first!.finish()
    expect(level.start().state).toBe('executing')
  })

  test('runs what is wider than it alone', () => {
    const level = new Level({ limit: 2 })
    const narrow = level.start()
    expect(level.start(0, seats(3)).state).toBe('rejected')
    narrow.finish()
    expect(level.start(0, seats(3)).state).toBe('executing')
    expect(level.start().state).toBe('rejected')
  })

  test('that is exempt executes everything and counts it', () => {
    const level = new Level({ limit: 0, exempt: true })
    const requests = Array.from({ length: 100 }, () => level.start(0, seats(10)))
    expect(new Set(statesOf(requests))).toEqual(new Set(['executing']))
    expect(level.set.seatsInUse).toBe(1000)
    for (const request of requests) request.finish()
    expect([level.set.seatsInUse, level.set.idle]).toEqual([0, true])
  })
})

describe('a level with queues', () => {
  test('executes at once while seats are free', () => {
    const level = new Level({ limit: 3, queues: 4 })
    expect(statesOf([level.start(0), level.start(0), level.start(1)])).toEqual(['executing', 'executing', 'executing'])
  })

  test('lets the rest wait, those of a queue in the order in which they came', () => {
    const level = new Level({ limit: 1, queues: 4 })
    const [running, second, third] = [level.start(0), level.start(0), level.start(0)]
    expect(statesOf([second!, third!])).toEqual(['waiting', 'waiting'])
    running!.finish()
    expect(statesOf([running!, second!, third!])).toEqual(['finished', 'executing', 'waiting'])
    second!.finish()
    expect(third!.state).toBe('executing')
  })

  test('turns away what finds its queue full', () => {
    const level = new Level({ limit: 1, queues: 2, queueLengthLimit: 2 })
    const requests = [0, 0, 0, 0, 1].map((queue) => level.start(queue))
    expect(statesOf(requests)).toEqual(['executing', 'waiting', 'waiting', 'rejected', 'waiting'])
    expect(level.stats.rejected['queue-full']).toBe(1)
  })

  test('lets a flow wait in the queue of its hand with the least work', () => {
    const level = new Level({ limit: 1, queues: 4 })
    level.start(0)
    level.start(1, seats(1))
    level.start(2, seats(5))
    expect([level.start([1, 2, 3]), level.start([2, 1]), level.start([2, 1])].map(({ queue }) => queue?.index)).toEqual(
      [3, 1, 1],
    )
  })

  test('turns a flow away only when all queues of its hand are full', () => {
    const level = new Level({ limit: 1, queues: 2, queueLengthLimit: 2 })
    level.start(1)
    // What is executed for so long puts queue 1 far behind the other.
    level.clock.advance(10_000)
    level.start(0)
    const flow = Array.from({ length: 4 }, () => level.start([0, 1]))
    expect(flow.map(({ queue }) => queue?.index)).toEqual([0, 1, 1, undefined])
    expect(statesOf(flow)).toEqual(['waiting', 'waiting', 'waiting', 'rejected'])
  })

  test('takes the queues of a hand in turn when they are equal', () => {
    const level = new Level({ limit: 100, queues: 4 })
    const used = Array.from({ length: 4 }, () => level.start([0, 1, 2, 3]).queue?.index)
    expect(used.sort()).toEqual([0, 1, 2, 3])
  })

  test('keeps seats for a wide request that is next, so that narrow ones cannot starve it', () => {
    const level = new Level({ limit: 3, queues: 2 })
    const running = [level.start(0), level.start(0)]
    const wide = level.start(1, seats(3))
    const narrow = level.start(0)
    // One seat is free, and the narrow request would fit.
    expect(statesOf([wide, narrow])).toEqual(['waiting', 'waiting'])
    expect(level.stats.noAccommodation).toBeGreaterThan(0)
    level.clock.advance(100)
    for (const request of running) request.finish()
    expect(statesOf([wide, narrow])).toEqual(['executing', 'waiting'])
    wide.finish()
    expect(narrow.state).toBe('executing')
  })

  test('lets those behind go on when a wide request that held them up leaves', async () => {
    const level = new Level({ limit: 2, queues: 2 })
    level.start(0)
    const wide = level.start(1, seats(2))
    const narrow = level.start(0)
    const leaving = new AbortController()
    const decided = wide.wait(leaving.signal, 1000)
    leaving.abort()
    expect(await decided).toBe(false)
    expect(statesOf([wide, narrow])).toEqual(['rejected', 'executing'])
  })

  test('runs what is wider than it alone', () => {
    const level = new Level({ limit: 2, queues: 2 })
    const running = level.start(0)
    const wide = level.start(1, seats(5))
    expect(wide.state).toBe('waiting')
    running.finish()
    expect([wide.state, level.set.seatsInUse]).toEqual(['executing', 5])
    expect(level.start(0).state).toBe('waiting')
  })

  test('executes no more than fit when its limit falls, and goes on when it rises', () => {
    const level = new Level({ limit: 2, queues: 2 })
    const [first, second, third, fourth] = [0, 0, 0, 0].map((queue) => level.start(queue))
    level.set.limit = 1
    first!.finish()
    expect(statesOf([second!, third!])).toEqual(['executing', 'waiting'])
    second!.finish()
    expect(statesOf([third!, fourth!])).toEqual(['executing', 'waiting'])
    level.set.limit = 2
    expect(fourth!.state).toBe('executing')
  })

  test('without seats lets everybody wait until it has some', () => {
    const level = new Level({ limit: 0, queues: 2 })
    const waiting = level.start(0)
    expect(waiting.state).toBe('waiting')
    level.set.limit = 1
    expect(waiting.state).toBe('executing')
  })
})

describe('seats that are kept for flows that have none', () => {
  test.each([
    [1, 0],
    [3, 0],
    [4, 1],
    [10, 1],
    [20, 2],
    [49, 4],
  ])('are, of %i, %i', (limit, reserve) => {
    expect(new Level({ limit, queues: 2 }).set.reserve).toBe(reserve)
  })

  test('are none where nobody waits, or all in one line', () => {
    expect([new Level({ limit: 20 }).set.reserve, new Level({ limit: 20, queues: 1 }).set.reserve]).toEqual([0, 0])
  })

  test('let the first request of a flow go by all that wait, and no second one', () => {
    const level = new Level({ limit: 10, queues: 3 })
    const flood = Array.from({ length: 20 }, () => level.start(0))
    expect(flood.filter(({ state }) => state === 'executing')).toHaveLength(9)
    const [first, second] = [level.start(1), level.start(1)]
    expect([...statesOf([first!, second!]), level.set.reservedInUse]).toEqual(['executing', 'waiting', 1])
    // What is kept is in use: one more flow has to wait for its turn.
    const other = level.start(2)
    expect(other.state).toBe('waiting')
    first!.finish()
    expect([other.state, second!.state].sort()).toEqual(['executing', 'waiting'])
  })

  test('let it go by a wide request that waits for seats, and do not delay that', () => {
    const level = new Level({ limit: 10, queues: 3 })
    const [first] = [level.start(0, seats(4)), level.start(0, seats(4))]
    const wide = level.start(0, seats(4))
    const narrow = level.start(1)
    expect(statesOf([wide, narrow])).toEqual(['waiting', 'executing'])
    first!.finish()
    expect(wide.state).toBe('executing')
  })

  test('are not more than there are when the limit falls', () => {
    const level = new Level({ limit: 10, queues: 3 })
    for (let i = 0; i < 9; i++) level.start(0)
    level.set.limit = 9
    expect(level.start(1).state).toBe('waiting')
  })
})

describe('seats of what a request leaves behind', () => {
  const write = { initialSeats: 1, finalSeats: 4, additionalLatency: 20 }

  test('stay taken for their time after the answer', () => {
    const level = new Level({ limit: 4, queues: 1 })
    const request = level.start(0, write)
    expect(level.set.seatsInUse).toBe(4)
    level.clock.advance(5)
    request.finish()
    expect([level.set.requestsExecuting, level.set.seatsInUse]).toEqual([0, 4])
    const next = level.start(0)
    level.clock.advance(19)
    expect(next.state).toBe('waiting')
    level.clock.advance(1)
    expect([next.state, level.set.seatsInUse]).toEqual(['executing', 1])
  })

  test('are fewer for longer where there are not so many', () => {
    const level = new Level({ limit: 2, queues: 1 })
    const request = level.start(0, write)
    expect([level.set.seatsInUse, request.finalSeats, request.additionalLatency]).toEqual([2, 2, 40])
    request.finish()
    level.clock.advance(39)
    expect(level.set.seatsInUse).toBe(2)
    level.clock.advance(1)
    expect(level.set.seatsInUse).toBe(0)
  })

  test('are given back once', () => {
    const level = new Level({ limit: 4, queues: 1 })
    const request = level.start(0)
    request.finish()
    request.finish()
    expect([level.set.seatsInUse, level.set.requestsExecuting, level.stats.executingRequests]).toEqual([0, 0, 0])
  })
})

describe('who waits', () => {
  const crowded = () => {
    const level = new Level({ limit: 1, queues: 1 })
    const running = level.start()
    return { level, running, waiting: level.start(), behind: level.start() }
  }

  test('hears that it is its turn', async () => {
    const { level, running, waiting } = crowded()
    const decided = waiting.wait(never, 1000)
    running.finish()
    expect(await decided).toBe(true)
    expect(level.clock.pending).toBe(0)
  })

  test('is turned away when its time is up', async () => {
    const { level, running, waiting, behind } = crowded()
    const decided = waiting.wait(never, 1000)
    level.clock.advance(999)
    expect(waiting.state).toBe('waiting')
    level.clock.advance(1)
    expect(await decided).toBe(false)
    expect([level.stats.rejected['time-out'], level.set.timedOut]).toEqual([1, 1])
    running.finish()
    expect(behind.state).toBe('executing')
  })

  test('gives up its place when the client leaves', async () => {
    const { level, running, waiting, behind } = crowded()
    const leaving = new AbortController()
    const decided = waiting.wait(leaving.signal, 1000)
    leaving.abort()
    expect(await decided).toBe(false)
    expect([level.stats.rejected.cancelled, level.set.cancelled, level.set.requestsWaiting]).toEqual([1, 1, 1])
    expect(level.clock.pending).toBe(0)
    running.finish()
    expect(behind.state).toBe('executing')
  })

  test('has no place at all when the client left before, or there is no time', async () => {
    const { level, waiting, behind } = crowded()
    expect(await waiting.wait(AbortSignal.abort(), 1000)).toBe(false)
    expect(await behind.wait(never, 0)).toBe(false)
    expect([level.stats.rejected.cancelled, level.stats.rejected['time-out']]).toEqual([1, 1])
  })

  test('is executed though the client leaves after it was its turn', async () => {
    const { level, running, waiting } = crowded()
    const leaving = new AbortController()
    const decided = waiting.wait(leaving.signal, 1000)
    running.finish()
    leaving.abort()
    expect(await decided).toBe(true)
    expect(level.stats.rejected.cancelled).toBe(0)
  })

  test('hears at once what was decided before', async () => {
    const { running, waiting } = crowded()
    running.finish()
    expect(await waiting.wait(never, 1000)).toBe(true)
  })
})

describe('virtual time', () => {
  test('of a queue goes on by the seats that its requests take, as long as somebody waits', () => {
    const level = new Level({ limit: 3, queues: 2 })
    const [wide, narrow] = [level.start(0, seats(2)), level.start(1)]
    level.clock.advance(1000)
    level.start(0)
    const far = () => level.set.queues.map((queue) => queue.nextDispatchR(level.clock.now()))
    expect(far()).toEqual([2, 1])
    level.clock.advance(500)
    expect(far()).toEqual([3, 1.5])
    narrow.finish()
    // The one that waited for its seat is reckoned to take what the first was: 3 ms.
    expect(far()).toEqual([3, 1.5])
    wide.finish()
    level.clock.advance(1000)
    expect(far()[1]).toBe(1.5)
  })

  test('reckons what is executing by what the last ones took', () => {
    const level = new Level({ limit: 1, queues: 2 })
    for (let i = 0; i < 100; i++) {
      const request = level.start(0)
      level.clock.advance(40)
      request.finish()
    }
    expect(level.set.queues[0]!.estimatedSeconds).toBeCloseTo(0.04, 6)
    level.start(0)
    level.start(0)
    expect(level.set.queues[0]!.nextDispatchR(level.clock.now())).toBeCloseTo(0.04, 6)
    level.clock.advance(100)
    expect(level.set.queues[0]!.nextDispatchR(level.clock.now())).toBeCloseTo(0.1, 6)
  })

  test('lets a newcomer in where the least served of the others is', () => {
    const level = new Level({ limit: 2, queues: 4 })
    const [long] = [level.start(0), level.start(1)]
    const waiting = [level.start(0), level.start(1)]
    level.clock.advance(10_000)
    const newcomer = level.start(2)
    long!.finish()
    expect(statesOf([...waiting, newcomer])).toEqual(['executing', 'waiting', 'waiting'])
    level.clock.advance(1)
    waiting[0]!.finish()
    expect(statesOf([newcomer, waiting[1]!])).toEqual(['executing', 'waiting'])
  })

  test('is charged by what requests really took: of two queues the one with short requests goes more often', () => {
    const level = new Level({ limit: 1, queues: 2, queueLengthLimit: 100 })
    const long = Array.from({ length: 60 }, () => level.start(0))
    const short = Array.from({ length: 60 }, () => level.start(1))
    for (let turn = 0; turn < 55; turn++) {
      const executing = [...level.set.executing][0]!
      level.clock.advance(executing.queue?.index === 0 ? 100 : 10)
      executing.finish()
    }
    const done = (requests: typeof long) => requests.filter(({ state }) => state === 'finished').length
    // The same time for both: ten short ones for every long one, within one long request.
    expect(Math.abs(100 * done(long) - 10 * done(short))).toBeLessThanOrEqual(110)
  })

  test('gives a queue that was idle no claim from the past', () => {
    const level = new Level({ limit: 1, queues: 2 })
    let running = level.start(0)
    for (let turn = 0; turn < 1000; turn++) {
      const next = level.start(0)
      level.clock.advance(10)
      running.finish()
      running = next
    }
    const order: number[] = []
    for (let i = 0; i < 10; i++) for (const queue of [0, 1]) level.start(queue)
    for (let turn = 0; turn < 10; turn++) {
      level.clock.advance(10)
      for (const request of [...level.set.executing]) request.finish()
      order.push([...level.set.executing][0]!.queue!.index)
    }
    // Were there a claim, the second queue alone would have gone for a long time.
    expect(order.filter((queue) => queue === 0).length).toBeGreaterThanOrEqual(4)
  })
})
