import { describe, expect, test } from 'vitest'
import {
  FlowController,
  type FlowControllerOptions,
  type PriorityLevelConfiguration,
} from '../../lib/flowcontrol/index.js'
import { SeatDemand } from '../../lib/flowcontrol/seat-demand.js'
import { digestOf, NO_QUERY, seeded, userNamed, VirtualClock, wholeBelow } from './harness.js'

const PERIOD = 10_000
const alice = userNamed('alice', 'system:authenticated')
const builder = userNamed('system:serviceaccount:default:builder', 'system:serviceaccounts', 'system:authenticated')
const admin = userNamed('admin', 'system:masters')

function running(options: FlowControllerOptions = {}) {
  const clock = new VirtualClock()
  const controller = new FlowController({ clock, ...options })
  const start = (user: typeof alice) => {
    const digest = digestOf(user, { resource: 'pods', namespace: 'a' })
    return controller.start(controller.classify(digest), digest, NO_QUERY)
  }
  const level = (name: string) => controller.levels.find((each) => each.name === name)!
  const limits = () => Object.fromEntries(controller.levels.map(({ name, queueSet }) => [name, queueSet.limit]))
  return { clock, controller, start, level, limits }
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)

describe('the built-in levels of 600 seats', () => {
  test('have the seats that Kubernetes gives them', () => {
    const { controller } = running()
    const limits = controller.levels.map(({ name, limits: { nominal, lower, upper } }) => [name, nominal, lower, upper])
    expect(limits).toEqual([
      ['exempt', 0, 0, 600],
      ['catch-all', 13, 13, 613],
      ['system', 74, 50, 674],
      ['node-high', 98, 73, 698],
      ['leader-election', 25, 25, 625],
      ['workload-high', 98, 49, 698],
      ['workload-low', 245, 24, 845],
      ['global-default', 49, 24, 649],
    ])
  })

  test('share out all of them from the beginning, though nobody asks yet', () => {
    const { controller } = running()
    expect(sum(controller.levels.map(({ queueSet }) => queueSet.limit))).toBe(602)
  })

  test('let no request take more seats than a hand of such requests has room for', () => {
    const { controller } = running({ totalConcurrency: 60 })
    expect(Object.fromEntries(controller.levels.map(({ name, maxSeats }) => [name, maxSeats]))).toEqual({
      exempt: undefined,
      'catch-all': undefined,
      system: 1,
      'node-high': 1,
      'leader-election': 1,
      'workload-high': 1,
      'workload-low': 4,
      'global-default': 1,
    })
  })
})

describe('a limited level that executes nothing', () => {
  /** One user of each level that has flows. */
  const users = [
    alice,
    builder,
    userNamed('system:node:n1', 'system:nodes', 'system:authenticated'),
    userNamed('system:serviceaccount:kube-system:ruler', 'system:serviceaccounts', 'system:authenticated'),
  ]

  test.each([1, 2, 3, 5, 7, 10, 20, 50, 200, 600])(
    'begins a request at once, however few seats there are and whoever wants them: %i in all',
    (totalConcurrency) => {
      const random = seeded(totalConcurrency)
      const { clock, controller, start } = running({ totalConcurrency })
      let under: ReturnType<typeof start>[] = []
      for (let step = 0; step < 120; step++) {
        // Some are silent for a time, others press.
        const pressing = users[wholeBelow(random, users.length + 2)]
        if (pressing) for (let i = wholeBelow(random, 80); i > 0; i--) under.push(start(pressing))
        clock.advance(wholeBelow(random, 7000))
        under = under.filter((request) => {
          if (random() < 0.6) request.finish()
          return request.state === 'executing' || request.state === 'waiting'
        })
        for (const { exempt, queueSet } of controller.levels) {
          if (exempt) continue
          expect(queueSet.limit).toBeGreaterThanOrEqual(1)
          if (queueSet.requestsExecuting === 0) expect(queueSet.requestsWaiting).toBe(0)
        }
        for (const user of users) {
          const { level } = controller.classify(digestOf(user, { resource: 'pods', namespace: 'a' }))
          if (level.queueSet.requestsExecuting > 0) continue
          const visit = start(user)
          expect([level.name, visit.state]).toEqual([level.name, 'executing'])
          visit.finish()
        }
      }
      controller.close()
    },
  )

  test('keeps its last seat where all is lent, and has none where it has no shares', () => {
    const level = (name: string, nominalConcurrencyShares: number): PriorityLevelConfiguration => ({
      metadata: { name },
      spec: {
        type: 'Limited',
        limited: {
          nominalConcurrencyShares,
          lendablePercent: 100,
          borrowingLimitPercent: 0,
          limitResponse: { type: 'Reject' },
        },
      },
    })
    const { controller } = running({
      suggested: false,
      totalConcurrency: 40,
      priorityLevels: [level('jail', 0), level('lender', 5)],
    })
    expect(controller.levels.map(({ name, limits }) => [name, limits])).toEqual([
      ['exempt', { nominal: 0, lower: 0, upper: 40 }],
      ['catch-all', { nominal: 20, lower: 20, upper: 60 }],
      ['jail', { nominal: 0, lower: 0, upper: 0 }],
      ['lender', { nominal: 20, lower: 1, upper: 20 }],
    ])
  })
})

describe('a level under pressure', () => {
  test('gets the seats that others do not use, at the next adjustment', () => {
    const { clock, start, level } = running()
    const before = level('global-default').queueSet.limit
    const requests = Array.from({ length: 250 }, () => start(alice))
    const { reserve } = level('global-default').queueSet
    expect(requests.filter(({ state }) => state === 'executing')).toHaveLength(before - reserve)
    clock.advance(PERIOD - 1)
    expect(level('global-default').queueSet.limit).toBe(before)
    clock.advance(1)
    expect(level('global-default').queueSet.limit).toBeGreaterThan(200)
    expect(requests.filter(({ state }) => state === 'executing').length).toBeGreaterThan(200)
  })

  test('gives them back when their owners come', () => {
    const { clock, start, level } = running()
    for (let i = 0; i < 250; i++) start(alice)
    clock.advance(PERIOD)
    const borrowed = level('global-default').queueSet.limit
    for (let i = 0; i < 290; i++) start(builder)
    clock.advance(PERIOD)
    expect(level('workload-low').queueSet.limit).toBeGreaterThanOrEqual(245)
    expect(level('global-default').queueSet.limit).toBeLessThan(borrowed)
  })

  test('leaves every level what cannot be borrowed', () => {
    const { clock, start, controller } = running()
    for (let i = 0; i < 300; i++) start(builder)
    for (let i = 0; i < 300; i++) start(alice)
    clock.advance(PERIOD)
    for (const { limits, queueSet, exempt } of controller.levels)
      if (!exempt) expect(queueSet.limit).toBeGreaterThanOrEqual(limits.lower)
  })

  test('borrows no more than it may', () => {
    const bounded: PriorityLevelConfiguration = {
      metadata: { name: 'global-default' },
      spec: {
        type: 'Limited',
        limited: { nominalConcurrencyShares: 20, borrowingLimitPercent: 50, limitResponse: { type: 'Queue' } },
      },
    }
    const { clock, start, level } = running({ priorityLevels: [bounded] })
    for (let i = 0; i < 300; i++) start(alice)
    clock.advance(PERIOD)
    expect(level('global-default').limits).toEqual({ nominal: 49, lower: 49, upper: 74 })
    expect(level('global-default').queueSet.limit).toBe(74)
  })

  test('is forgotten slowly: half of it after five minutes', () => {
    const { clock, start, level } = running()
    const requests = Array.from({ length: 250 }, () => start(alice))
    clock.advance(PERIOD)
    for (const request of requests) request.finish()
    clock.advance(PERIOD)
    const peak = level('global-default').usage.demand.smoothed
    clock.advance(300_000)
    expect(level('global-default').usage.demand.smoothed / peak).toBeCloseTo(0.5, 1)
  })
})

describe('exempt requests', () => {
  test('are never held back, and leave the others less', () => {
    const { clock, start, controller, limits } = running()
    const requests = Array.from({ length: 200 }, () => start(admin))
    expect(new Set(requests.map(({ state }) => state))).toEqual(new Set(['executing']))
    clock.advance(PERIOD)
    expect(limits().exempt).toBe(200)
    expect(sum(controller.levels.map(({ queueSet }) => queueSet.limit))).toBe(602)
  })

  test('leave them what cannot be borrowed, however many they are', () => {
    const { clock, start, limits } = running()
    for (let i = 0; i < 2000; i++) start(admin)
    clock.advance(PERIOD)
    expect(limits()).toEqual({
      exempt: 2000,
      'catch-all': 13,
      system: 50,
      'node-high': 73,
      'leader-election': 25,
      'workload-high': 49,
      'workload-low': 24,
      'global-default': 24,
    })
  })
})

describe('any load on any levels', () => {
  const random = seeded(11)
  const configurations = Array.from({ length: 30 }, (): PriorityLevelConfiguration[] =>
    Array.from({ length: 2 + wholeBelow(random, 5) }, (_, index) => ({
      metadata: { name: `level-${index}` },
      spec: {
        type: 'Limited',
        limited: {
          nominalConcurrencyShares: wholeBelow(random, 50),
          lendablePercent: wholeBelow(random, 101),
          ...(random() < 0.5 && { borrowingLimitPercent: wholeBelow(random, 300) }),
          limitResponse: { type: 'Queue', queuing: { queues: 8, handSize: 2, queueLengthLimit: 1000 } },
        },
      },
    })),
  )

  test.each(configurations.map((levels, run) => ({ levels, run })))(
    'keeps every limit within its bounds, and their sum what it is, in run $run',
    ({ levels }) => {
      const flowSchemas = levels.map(({ metadata: { name } }) => ({
        metadata: { name },
        spec: {
          priorityLevelConfiguration: { name },
          rules: [
            {
              subjects: [{ kind: 'User' as const, user: { name } }],
              resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'] }],
            },
          ],
        },
      }))
      const total = 10 + wholeBelow(random, 300)
      const { clock, controller, start } = running({
        suggested: false,
        priorityLevels: levels,
        flowSchemas,
        totalConcurrency: total,
      })
      const nominal = sum(controller.levels.map(({ limits }) => limits.nominal))
      const highest = sum(controller.levels.filter(({ exempt }) => !exempt).map(({ limits }) => limits.upper))
      expect(nominal).toBeGreaterThanOrEqual(total)
      expect(nominal).toBeLessThan(total + controller.levels.length)
      let under: ReturnType<typeof start>[] = []
      for (let period = 0; period < 12; period++) {
        for (const { metadata } of levels)
          for (let i = wholeBelow(random, 120); i > 0; i--) under.push(start(userNamed(metadata.name)))
        clock.advance(PERIOD)
        for (const { limits, queueSet, exempt } of controller.levels) {
          if (exempt) continue
          expect(queueSet.limit).toBeGreaterThanOrEqual(limits.lower)
          expect(queueSet.limit).toBeLessThanOrEqual(limits.upper)
        }
        expect(sum(controller.levels.map(({ queueSet }) => queueSet.limit))).toBe(Math.min(nominal, highest))
        under = under.filter((request) => {
          if (random() < 0.5) request.finish()
          return request.state === 'executing' || request.state === 'waiting'
        })
      }
    },
  )
})

describe('the demand of a period', () => {
  test('is the average over time, its deviation, and the peak', () => {
    const demand = new SeatDemand(0)
    demand.set(10, 2000)
    demand.set(2, 6000)
    demand.set(30, 9999)
    demand.set(0, 10_000)
    demand.endPeriod(10_000)
    // 0 for 2 s, 10 for 4 s, 2 for 3.999 s, 30 for 1 ms.
    const average = (4 * 10 + 3.999 * 2 + 0.001 * 30) / 10
    const square = (4 * 100 + 3.999 * 4 + 0.001 * 900) / 10
    expect(demand.average).toBeCloseTo(average, 9)
    expect(demand.deviation).toBeCloseTo(Math.sqrt(square - average ** 2), 9)
    expect(demand.highWatermark).toBe(30)
    expect(demand.smoothed).toBeCloseTo(demand.average + demand.deviation, 9)
  })

  test('begins with what is there', () => {
    const demand = new SeatDemand(0)
    demand.set(7, 0)
    demand.endPeriod(10_000)
    demand.set(1, 15_000)
    demand.endPeriod(20_000)
    expect([demand.highWatermark, demand.average]).toEqual([7, 4])
  })

  test('that took no time leaves the average as it was', () => {
    const demand = new SeatDemand(0)
    demand.set(4, 0)
    demand.endPeriod(10_000)
    demand.set(9, 10_000)
    demand.endPeriod(10_000)
    expect([demand.average, demand.highWatermark]).toEqual([4, 9])
  })
})
