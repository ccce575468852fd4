import type { FlowController } from '../controller.js'
import { histogramValues, type MetricFamily, type MetricLabels, type MetricValue, metricFamily } from './family.js'
import type { FlowSchemaStats } from './flow-schema-stats.js'
import type { Histogram } from './histogram.js'

const PREFIX = 'apiserver_flowcontrol_'

type NumberOf = (stats: FlowSchemaStats) => number
type HistogramsOf = (stats: FlowSchemaStats) => readonly (readonly [labels: MetricLabels, histogram: Histogram])[]

const COUNTERS: readonly (readonly [name: string, help: string, read: NumberOf])[] = [
  [
    'dispatched_requests_total',
    'Number of requests executed by API Priority and Fairness subsystem',
    (stats) => stats.dispatched,
  ],
  [
    'request_dispatch_no_accommodation_total',
    'Number of times a dispatch attempt resulted in a non accommodation due to lack of available seats',
    (stats) => stats.noAccommodation,
  ],
]

const GAUGES: readonly (readonly [name: string, help: string, read: NumberOf])[] = [
  [
    'current_inqueue_requests',
    'Number of requests currently pending in queues of the API Priority and Fairness subsystem',
    (stats) => stats.inqueueRequests,
  ],
  [
    'current_inqueue_seats',
    'Number of seats currently pending in queues of the API Priority and Fairness subsystem',
    (stats) => stats.inqueueSeats,
  ],
  [
    'current_executing_requests',
    'Number of requests in initial (for a WATCH) or any (for a non-WATCH) execution stage in the API Priority and Fairness subsystem',
    (stats) => stats.executingRequests,
  ],
  [
    'current_executing_seats',
    'Concurrency (number of seats) occupied by the currently executing (initial stage for a WATCH, any stage otherwise) requests in the API Priority and Fairness subsystem',
    (stats) => stats.executingSeats,
  ],
]

const HISTOGRAMS: readonly (readonly [name: string, help: string, read: HistogramsOf])[] = [
  [
    'request_queue_length_after_enqueue',
    'Length of queue in the API Priority and Fairness subsystem, as seen by each request after it is enqueued',
    (stats) => [[{}, stats.queueLength]],
  ],
  [
    'request_wait_duration_seconds',
    'Length of time a request spent waiting in its queue',
    ({ waitSeconds }) => [
      [{ execute: 'true' }, waitSeconds.true],
      [{ execute: 'false' }, waitSeconds.false],
    ],
  ],
  [
    'request_execution_seconds',
    'Duration of initial stage (for a WATCH) or any (for a non-WATCH) stage of request execution in the API Priority and Fairness subsystem',
    ({ executionSeconds }) => [
      [{ type: 'regular' }, executionSeconds.regular],
      [{ type: 'watch' }, executionSeconds.watch],
    ],
  ],
  [
    'watch_count_samples',
    'count of watchers for mutating requests in API Priority and Fairness',
    (stats) => [[{}, stats.watchCount]],
  ],
  [
    'work_estimated_seats',
    'Number of estimated seats (maximum of initial and final seats) associated with requests in API Priority and Fairness',
    (stats) => [[{}, stats.estimatedSeats]],
  ],
]

/** What is counted by flow schema; a schema that saw no request has no series. */
export function schemaFamilies({ schemas }: FlowController): MetricFamily[] {
  const seen = () => schemas.map(({ stats }) => stats).filter(({ estimatedSeats }) => estimatedSeats.sum > 0)
  const numbers = (type: 'counter' | 'gauge', [name, help, read]: (typeof GAUGES)[number]) =>
    metricFamily(type, PREFIX + name, help, () =>
      seen().map((stats) => ({ labels: labelsOf(stats), value: read(stats) })),
    )
  return [
    metricFamily(
      'counter',
      `${PREFIX}rejected_requests_total`,
      'Number of requests rejected by API Priority and Fairness subsystem',
      () => seen().flatMap(rejections),
    ),
    ...COUNTERS.map((definition) => numbers('counter', definition)),
    ...GAUGES.map((definition) => numbers('gauge', definition)),
    ...HISTOGRAMS.map(([name, help, read]) =>
      metricFamily('histogram', PREFIX + name, help, () => seen().flatMap((stats) => samples(name, stats, read))),
    ),
  ]
}

const labelsOf = ({ priorityLevel, flowSchema }: FlowSchemaStats): MetricLabels => ({
  priority_level: priorityLevel,
  flow_schema: flowSchema,
})

function rejections(stats: FlowSchemaStats): MetricValue[] {
  return Object.entries(stats.rejected)
    .filter(([, value]) => value > 0)
    .map(([reason, value]) => ({ labels: { ...labelsOf(stats), reason }, value }))
}

function samples(name: string, stats: FlowSchemaStats, read: HistogramsOf): MetricValue[] {
  return read(stats)
    .filter(([, { counts }]) => counts.some((count) => count > 0))
    .flatMap(([labels, histogram]) => histogramValues(PREFIX + name, { ...labelsOf(stats), ...labels }, histogram))
}
