import type { FlowController } from '../controller.js'
import type { PriorityLevel } from '../priority-level.js'
import { histogramValues, type MetricFamily, metricFamily } from './family.js'
import type { TimedRatio } from './histogram.js'

const PREFIX = 'apiserver_flowcontrol_'

const GAUGES: readonly (readonly [name: string, help: string, read: (level: PriorityLevel) => number])[] = [
  [
    'nominal_limit_seats',
    'Nominal number of execution seats configured for each priority level',
    ({ limits }) => limits.nominal,
  ],
  [
    'lower_limit_seats',
    'Configured lower bound on number of execution seats available to each priority level',
    ({ limits }) => limits.lower,
  ],
  [
    'upper_limit_seats',
    'Configured upper bound on number of execution seats available to each priority level',
    ({ limits }) => limits.upper,
  ],
  [
    'current_limit_seats',
    'current derived number of execution seats available to each priority level',
    ({ queueSet }) => queueSet.limit,
  ],
  [
    'demand_seats_high_watermark',
    'High watermark, over last adjustment period, of demand_seats',
    ({ usage }) => usage.demand.highWatermark,
  ],
  [
    'demand_seats_average',
    'Time-weighted average, over last adjustment period, of demand_seats',
    ({ usage }) => usage.demand.average,
  ],
  [
    'demand_seats_stdev',
    'Time-weighted standard deviation, over last adjustment period, of demand_seats',
    ({ usage }) => usage.demand.deviation,
  ],
  ['demand_seats_smoothed', 'Smoothed seat demands', ({ usage }) => usage.demand.smoothed],
  ['target_seats', 'Seat allocation targets', ({ targetSeats }) => targetSeats],
  ['current_r', 'R(time of last change)', ({ queueSet }) => queueSet.currentR],
]

type RatiosOf = (level: PriorityLevel) => readonly (readonly [phase: string, ratio: TimedRatio])[]

const RATIOS: readonly (readonly [name: string, help: string, read: RatiosOf])[] = [
  [
    'priority_level_seat_utilization',
    'Observations, at the end of every nanosecond, of utilization of seats for any stage of execution (but only initial stage for WATCHes)',
    ({ usage }) => [['executing', usage.seatUtilization]],
  ],
  [
    'priority_level_request_utilization',
    'Observations, at the end of every nanosecond, of number of requests (as a fraction of the relevant limit) waiting or in any stage of execution (but only initial stage for WATCHes)',
    ({ usage }) => [
      ['waiting', usage.waitingUtilization],
      ['executing', usage.executingUtilization],
    ],
  ],
  [
    'demand_seats',
    'Observations, at the end of every nanosecond, of (the number of seats each priority level could use) / (nominal number of seats for that level)',
    ({ usage }) => [['', usage.demandRatio]],
  ],
]

/** What is known of each priority level. */
export function levelFamilies(controller: FlowController): MetricFamily[] {
  const { levels, clock } = controller
  return [
    ...GAUGES.map(([name, help, read]) =>
      metricFamily('gauge', PREFIX + name, help, () =>
        levels.map((level) => ({ labels: { priority_level: level.name }, value: read(level) })),
      ),
    ),
    metricFamily(
      'gauge',
      `${PREFIX}seat_fair_frac`,
      "Fair fraction of server's concurrency to allocate to each priority level that can use it",
      () => [{ labels: {}, value: controller.fairFraction }],
    ),
    ...RATIOS.map(([name, help, read]) =>
      metricFamily('histogram', PREFIX + name, help, () =>
        levels.flatMap((level) => {
          level.usage.sync(clock.now())
          return read(level).flatMap(([phase, { histogram }]) =>
            histogramValues(
              PREFIX + name,
              { priority_level: level.name, ...(phase === '' ? {} : { phase }) },
              histogram,
            ),
          )
        }),
      ),
    ),
  ]
}
