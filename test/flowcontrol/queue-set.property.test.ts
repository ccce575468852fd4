import { describe, expect, test } from 'vitest'
import type { FlowRequest } from '../../lib/flowcontrol/fairqueuing/flow-request.js'
import { seeded, wholeBelow } from './harness.js'
import { Level } from './level.js'

interface Scenario {
  readonly seed: number
  readonly limit: number
  readonly queues: number
  readonly queueLengthLimit: number
  readonly widest: number
}

const scenarios: Scenario[] = Array.from({ length: 24 }, (_, seed) => {
  const random = seeded(seed + 1)
  const limit = 1 + wholeBelow(random, 12)
  return {
    seed,
    limit,
    queues: 1 + wholeBelow(random, 16),
    queueLengthLimit: 1 + wholeBelow(random, 20),
    // Some are wider than the level.
    widest: 1 + wholeBelow(random, limit + 3),
  }
})

const STEPS = 500

type Check = (level: Level, all: readonly FlowRequest[], timePassed: boolean) => string | undefined

/** Random arrivals, ends, departures and changes of the limit; gives all that `broken` says after any of them. */
function run(scenario: Scenario, broken: Check) {
  const { limit, queues, queueLengthLimit, widest } = scenario
  const random = seeded(scenario.seed + 1000)
  const level = new Level({ limit, queues, queueLengthLimit })
  const all: FlowRequest[] = []
  const arrive = () => {
    const hand = Array.from({ length: Math.min(queues, 3) }, (_, i) => (wholeBelow(random, queues) + i) % queues)
    const finalSeats = random() < 0.3 ? 1 + wholeBelow(random, widest) : 0
    const request = level.start(hand, {
      initialSeats: 1 + wholeBelow(random, widest),
      finalSeats,
      additionalLatency: finalSeats > 0 ? random() * 30 : 0,
    })
    if (request.state === 'waiting') void request.wait(new AbortController().signal, 1 + random() * 500)
    all.push(request)
  }
  const violations: string[] = []
  for (let step = 0; step < STEPS; step++) {
    const dice = random()
    const acted = dice < 0.5 || dice >= 0.98 || (dice < 0.85 && level.set.executing.size > 0)
    if (dice < 0.5) arrive()
    else if (dice < 0.85) [...level.set.executing][wholeBelow(random, level.set.executing.size || 1)]?.finish()
    else if (dice < 0.98) level.clock.advance(random() * 20)
    else level.set.limit = 1 + wholeBelow(random, 2 * limit)
    const violation = broken(level, all, !acted)
    if (violation) violations.push(`step ${step}: ${violation}`)
  }
  return { level, all, violations }
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
const seatsOf = (requests: readonly FlowRequest[]) => sum(requests.map(({ seats }) => seats))

/** Names of the figures that are not what they are expected to be. */
const unequal = (figures: Record<string, readonly [is: number, expected: number]>): string | undefined => {
  const wrong = Object.entries(figures).filter(([, [is, expected]]) => Math.abs(is - expected) > 1e-9)
  return wrong.length > 0
    ? wrong.map(([name, [is, expected]]) => `${name} is ${is}, not ${expected}`).join()
    : undefined
}

describe.each(scenarios)('in level $limit/$queues/$queueLengthLimit/$widest (run $seed)', (scenario) => {
  test('no more seats are taken than there are, but by one that is wider alone, or from before the limit fell', () => {
    let before = 0
    const { violations } = run(scenario, ({ set }) => {
      const tooMany = set.seatsInUse > before && set.seatsInUse > set.limit
      before = set.seatsInUse
      const [first, second] = set.executing
      const alone = first !== undefined && !second && first.seats > set.limit && first.seats === set.seatsInUse
      return tooMany && !alone ? `${set.seatsInUse} of ${set.limit} seats` : undefined
    })
    expect(violations).toEqual([])
  })

  test('nobody waits while the next one fits, nor a flow that has nothing while it fits into what is kept for it', () => {
    const { violations } = run(scenario, ({ set, clock }, _, timePassed) => {
      // Whose turn it is changes as time passes, and is seen when the next request comes or ends.
      if (timePassed || set.requestsWaiting === 0) return undefined
      const heads = set.queues.flatMap((queue) =>
        queue.head ? [{ request: queue.head, turnR: queue.nextDispatchR(clock.now()) }] : [],
      )
      const first = Math.min(...heads.map(({ turnR }) => turnR))
      const most = set.limit - set.reserve
      const free = most - (set.seatsInUse - Math.min(set.reservedInUse, set.reserve))
      const fits = (seats: number) => seats <= free || (seats > most && set.seatsInUse === 0)
      const stuck = heads.some(({ request, turnR }) => turnR === first && !fits(request.seats))
      const kept = Math.min(set.reserve - set.reservedInUse, set.limit - set.seatsInUse)
      const forgotten = heads.some(({ request }) => request.flow.executing === 0 && request.seats <= kept)
      return stuck && !forgotten ? undefined : `${free} seats free, ${kept} kept`
    })
    expect(violations).toEqual([])
  })

  test('what is kept is used by flows that have nothing else alone', () => {
    let before = 0
    const { violations } = run(scenario, ({ set }) => {
      const reserved = [...set.executing].filter((request) => request.reserved)
      const tooMany = set.reservedInUse > before && set.reservedInUse > set.reserve
      before = set.reservedInUse
      const twice = new Set(reserved.map(({ flow }) => flow)).size < reserved.length
      return tooMany || twice ? `${set.reservedInUse} of ${set.reserve}` : undefined
    })
    expect(violations).toEqual([])
  })

  test('no queue is longer than is allowed, and every queue sums up who waits in it', () => {
    const { violations } = run(scenario, ({ set }) => {
      const wrong = set.queues.map((queue) => {
        const waiting = [...queue]
        if (queue.length > scenario.queueLengthLimit) return `${queue.length} waiting`
        return unequal({
          length: [queue.length, waiting.length],
          initialSeats: [queue.initialSeatsSum, sum(waiting.map(({ initialSeats }) => initialSeats))],
          maxSeats: [queue.maxSeatsSum, seatsOf(waiting)],
          work: [queue.totalWorkSum, sum(waiting.map(({ totalWork }) => totalWork))],
          executing: [queue.executing, [...set.executing].filter((request) => request.queue === queue).length],
        })
      })
      return wrong.find((text) => text !== undefined)
    })
    expect(violations).toEqual([])
  })

  test('every request is counted once, as what it is', () => {
    const { violations } = run(scenario, ({ set, stats }, all) => {
      const inState = (state: string) => all.filter((request) => request.state === state)
      const [waiting, executing] = [inState('waiting'), inState('executing')]
      return unequal({
        waiting: [set.requestsWaiting, waiting.length],
        executing: [set.requestsExecuting, executing.length],
        seatsWaiting: [set.seatsWaiting, seatsOf(waiting)],
        seatsInUse: [set.seatsInUse, sum(set.queues.map(({ seatsInUse }) => seatsInUse))],
        rejected: [set.rejected, inState('rejected').length],
        dispatched: [set.dispatched, executing.length + inState('finished').length],
        inqueueRequests: [stats.inqueueRequests, set.requestsWaiting],
        inqueueSeats: [stats.inqueueSeats, set.seatsWaiting],
        executingRequests: [stats.executingRequests, set.requestsExecuting],
        executingSeats: [stats.executingSeats, set.seatsInUse],
      })
    })
    expect(violations).toEqual([])
  })

  test('virtual time never goes back, and nobody who waits is owed from before', () => {
    let before = 0
    const { violations } = run(scenario, ({ set, clock }) => {
      const back = set.currentR < before
      before = set.currentR
      const far = set.queues.map((queue) => queue.nextDispatchR(clock.now()))
      return back || far.some((turnR) => turnR < 0 || Number.isNaN(turnR)) ? `R is ${set.currentR}: ${far}` : undefined
    })
    expect(violations).toEqual([])
  })

  test('everybody is decided in the end, and everything given back', () => {
    const { level, all } = run(scenario, () => undefined)
    while (level.set.executing.size > 0 || level.clock.pending > 0) {
      for (const request of [...level.set.executing]) request.finish()
      level.clock.step()
    }
    const { set, stats } = level
    expect([set.requestsWaiting, set.requestsExecuting, set.seatsInUse, set.seatsWaiting]).toEqual([0, 0, 0, 0])
    expect([set.reservedInUse, ...all.map(({ flow }) => flow.executing)].filter((count) => count !== 0)).toEqual([])
    expect([stats.inqueueSeats, stats.executingSeats]).toEqual([0, 0])
    expect(set.queues.filter((queue) => queue.length + queue.executing > 0 || queue.totalWorkSum !== 0)).toEqual([])
    expect(all.filter(({ state }) => state !== 'finished' && state !== 'rejected')).toEqual([])
  })
})
