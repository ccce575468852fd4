import { Registry } from 'prom-client'
import { describe, expect, test } from 'vitest'
import {
  dumpPriorityLevels,
  dumpQueues,
  dumpRequests,
  FlowController,
  type FlowControllerOptions,
  flowControlMetrics,
  type PriorityLevelConfiguration,
} from '../../lib/flowcontrol/index.js'
import { digestOf, NO_QUERY, userNamed, VirtualClock } from './harness.js'

const never = new AbortController().signal
const alice = userNamed('alice', 'system:authenticated')
const narrow: PriorityLevelConfiguration = {
  metadata: { name: 'global-default' },
  spec: {
    type: 'Limited',
    limited: {
      nominalConcurrencyShares: 5,
      limitResponse: { type: 'Queue', queuing: { queues: 2, handSize: 1, queueLengthLimit: 2 } },
    },
  },
}

/** A server with two seats for everybody, two queues, and two places in each. */
function crowded(options: FlowControllerOptions = {}) {
  const clock = new VirtualClock()
  const controller = new FlowController({
    clock,
    suggested: false,
    totalConcurrency: 4,
    priorityLevels: [narrow],
    flowSchemas: [
      {
        metadata: { name: 'everybody' },
        spec: {
          priorityLevelConfiguration: { name: 'global-default' },
          distinguisherMethod: { type: 'ByUser' },
          rules: [
            {
              subjects: [{ kind: 'Group', group: { name: 'system:authenticated' } }],
              resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'] }],
            },
          ],
        },
      },
    ],
    ...options,
  })
  const start = (user = alice, verb = 'get') => {
    const digest = digestOf(user, { verb, resource: 'pods', apiVersion: 'v1', namespace: 'a', name: 'x' })
    return controller.start(controller.classify(digest), digest, NO_QUERY)
  }
  return { clock, controller, start }
}

describe('a request', () => {
  const { clock, controller } = crowded()
  const now = () => clock.date()

  test.each([
    ['with a minute', 60_000, 15_000],
    ['with ten seconds', 10_000, 2500],
    ['with an hour', 3_600_000, 60_000],
    ['without a deadline', undefined, 15_000],
  ])('%s (%s ms) may wait for %i ms', (_, milliseconds, limit) => {
    expect(controller.waitLimit(now(), milliseconds === undefined ? undefined : now() + milliseconds)).toBe(limit)
  })

  test('that was on its way for long may wait for less', () => {
    expect(controller.waitLimit(now() - 1000, now() + 59_000)).toBe(14_000)
    expect(controller.waitLimit(now() - 20_000, now() + 40_000)).toBe(-5000)
  })

  test('without a deadline may wait as long as is configured, and never longer than a minute', () => {
    const limitOf = (requestWaitLimit: number) => crowded({ requestWaitLimit }).controller.waitLimit(now(), undefined)
    expect([limitOf(3000), limitOf(1e9)]).toEqual([3000, 60_000])
  })
})

describe('a closed controller', () => {
  test('adjusts no more, and lets requests go on', () => {
    const { clock, controller, start } = crowded()
    expect(clock.pending).toBe(1)
    controller.close()
    expect(clock.pending).toBe(0)
    const requests = [start(), start(), start()]
    requests[0]!.finish()
    expect(requests.map(({ state }) => state)).toEqual(['finished', 'executing', 'executing'])
  })

  test('that is closed in the middle of an adjustment begins no other', () => {
    const { clock, controller } = crowded()
    clock.after(10_000, () => controller.close())
    clock.advance(10_000)
    expect(clock.pending).toBe(0)
  })
})

describe('a level that turns requests away', () => {
  test('tells to come again in a second, and later when many are turned away', () => {
    const { clock, controller } = crowded()
    const [level, other] = controller.levels
    expect(controller.retryAfter(level!)).toBe(1)
    for (let i = 0; i < 10; i++) controller.retryAfter(level!)
    clock.advance(1000)
    expect([controller.retryAfter(level!), controller.retryAfter(other!)]).toEqual([2, 1])
  })
})

/** Two executing, two waiting (one since a second), one turned away. */
function busy() {
  const { clock, controller, start } = crowded()
  clock.advance(500)
  const requests = [start(), start(), start()]
  clock.advance(1000)
  requests.push(start(alice, 'update'), start())
  return { clock, controller, requests }
}

describe('the dump', () => {
  test('of priority levels has a row for each, in columns', () => {
    expect(dumpPriorityLevels(busy().controller)).toBe(
      [
        'PriorityLevelName, ActiveQueues, IsIdle, IsQuiescing, WaitingRequests, ExecutingRequests, DispatchedRequests, RejectedRequests, TimedoutRequests, CancelledRequests',
        'catch-all,         0,            true,   false,       0,               0,                 0,                  0,                0,                0',
        'exempt,            0,            true,   false,       0,               0,                 0,                  0,                0,                0',
        'global-default,    1,            false,  false,       2,               2,                 2,                  1,                0,                0',
        '',
      ].join('\n'),
    )
  })

  test('of queues has a row for each', () => {
    const { controller } = busy()
    const lines = dumpQueues(controller)
      .split('\n')
      .map((line) => line.split(/, +/))
    expect(lines[0]).toEqual([
      'PriorityLevelName',
      'Index',
      'PendingRequests',
      'ExecutingRequests',
      'SeatsInUse',
      'NextDispatchR',
      'InitialSeatsSum',
      'MaxSeatsSum',
      'TotalWorkSum',
    ])
    const rows = lines.slice(1, -1)
    expect(rows.map(([level]) => level)).toEqual(['global-default', 'global-default'])
    // All are of one flow, whose hand is one queue; two were executed for a second.
    const used = rows.find(([, , pending]) => pending === '2')
    expect(used?.slice(2)).toEqual(['2', '2', '2', '2.00000000ss', '2', '2', '0.00600000ss'])
  })

  test('of requests has a row for each that waits or is executed', () => {
    const { controller, requests } = busy()
    const index = String(requests[0]!.queue!.index)
    const lines = dumpRequests(controller)
      .split('\n')
      .map((line) => line.split(/, +/))
    expect(lines[0]?.slice(0, 5)).toEqual([
      'PriorityLevelName',
      'FlowSchemaName',
      'QueueIndex',
      'RequestIndexInQueue',
      'FlowDistingsher',
    ])
    const at = (seconds: string) => `2026-01-01T00:00:${seconds}Z`
    const row = (place: string, arrived: string, started: string) => [
      'global-default',
      'everybody',
      index,
      place,
      'alice',
      arrived,
      '1',
      '0',
      '0s',
      started,
    ]
    expect(lines.slice(1)).toEqual([
      row('0', at('00.500'), '0001-01-01T00:00:00Z'),
      row('1', at('01.500'), '0001-01-01T00:00:00Z'),
      row('-1', at('00.500'), at('00.500')),
      row('-1', at('00.500'), at('00.500')),
      [''],
    ])
  })

  test('of requests tells who asks for what when it is asked to', () => {
    const lines = dumpRequests(busy().controller, true)
      .split('\n')
      .map((line) => line.split(/, +/))
    expect(lines[0]?.slice(10)).toEqual([
      'UserName',
      'Verb',
      'APIPath',
      'Namespace',
      'Name',
      'APIVersion',
      'Resource',
      'SubResource',
    ])
    expect(lines[2]?.slice(10, 12)).toEqual(['alice', 'update'])
    expect(lines[2]?.slice(13)).toEqual(['a', 'x', 'v1', 'pods', ''])
  })

  test('is not led astray by names with line breaks', () => {
    const { controller, start } = crowded()
    start(userNamed('eve\nglobal-default,\tfake\u2028', 'system:authenticated'))
    const dump = dumpRequests(controller, true)
    expect(dump.split(/[\n\u2028]/)).toHaveLength(3)
    expect(dump).toContain('eve\\u000aglobal-default,\\u0009fake\\u2028')
  })
})

describe('metrics', () => {
  /** As prom-client writes them. */
  async function exposition(controller: FlowController): Promise<string[]> {
    const registry = new Registry()
    for (const family of flowControlMetrics(controller))
      registry.registerMetric(family as unknown as Parameters<typeof registry.registerMetric>[0])
    return (await registry.metrics()).split('\n')
  }
  const ours = 'priority_level="global-default",flow_schema="everybody"'
  const P = 'apiserver_flowcontrol_'

  test('count what happens to requests, under the names of Kubernetes', async () => {
    const { clock, controller, requests } = busy()
    void requests[2]!.wait(never, 3000)
    const leaving = new AbortController()
    void requests[3]!.wait(leaving.signal, 3000)
    leaving.abort()
    clock.advance(250)
    requests[0]!.finish()
    const lines = await exposition(controller)
    expect(lines).toEqual(
      expect.arrayContaining([
        `${P}rejected_requests_total{${ours},reason="queue-full"} 1`,
        `${P}rejected_requests_total{${ours},reason="cancelled"} 1`,
        `${P}dispatched_requests_total{${ours}} 3`,
        `${P}current_inqueue_requests{${ours}} 0`,
        `${P}current_executing_requests{${ours}} 2`,
        `${P}current_executing_seats{${ours}} 2`,
        `${P}request_wait_duration_seconds_bucket{${ours},execute="true",le="0"} 2`,
        `${P}request_wait_duration_seconds_bucket{${ours},execute="true",le="2"} 3`,
        `${P}request_wait_duration_seconds_sum{${ours},execute="true"} 1.25`,
        `${P}request_wait_duration_seconds_count{${ours},execute="true"} 3`,
        `${P}request_wait_duration_seconds_count{${ours},execute="false"} 2`,
        `${P}request_execution_seconds_sum{${ours},type="regular"} 1.25`,
        `${P}request_queue_length_after_enqueue_count{${ours}} 4`,
        `${P}work_estimated_seats_bucket{${ours},le="1"} 5`,
        `${P}watch_count_samples_sum{${ours}} 0`,
      ]),
    )
    expect(lines.some((line) => line.includes('flow_schema="catch-all"'))).toBe(false)
  })

  test('tell the limits of every level, and how far they were used', async () => {
    const { clock, controller } = busy()
    clock.advance(10_000)
    const lines = await exposition(controller)
    const level = 'priority_level="global-default"'
    expect(lines).toEqual(
      expect.arrayContaining([
        `${P}nominal_limit_seats{${level}} 2`,
        `${P}lower_limit_seats{${level}} 2`,
        `${P}upper_limit_seats{${level}} 6`,
        `${P}current_limit_seats{${level}} 2`,
        `${P}demand_seats_high_watermark{${level}} 4`,
        // Nothing for half a second, three seats for one, four from then on.
        `${P}demand_seats_average{${level}} 3.7`,
        `${P}seat_fair_frac 0`,
        `${P}priority_level_seat_utilization_bucket{${level},phase="executing",le="0"} 500000000`,
        `${P}priority_level_seat_utilization_bucket{${level},phase="executing",le="1"} 11500000000`,
        `${P}priority_level_request_utilization_count{${level},phase="waiting"} 11500000000`,
        `# TYPE ${P}demand_seats histogram`,
      ]),
    )
  })

  test('have each name once', () => {
    const names = flowControlMetrics(crowded().controller).map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    for (const name of names) expect(name).toMatch(/^apiserver_flowcontrol_[a-z_]+$/)
  })
})
