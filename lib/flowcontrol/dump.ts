import type { Clock } from './clock.js'
import type { FlowController } from './controller.js'
import type { FlowRequest } from './fairqueuing/flow-request.js'
import type { RequestQueue } from './fairqueuing/request-queue.js'
import type { PriorityLevel } from './priority-level.js'
import { columns } from './tab-columns.js'

const NO_TIME = '0001-01-01T00:00:00Z'

/** What stands at the head of a column, and what below it for each row. */
type Column<T> = readonly [title: string, cell: (row: T) => string | number | boolean]

const LEVEL_COLUMNS: readonly Column<PriorityLevel>[] = [
  ['PriorityLevelName', ({ name }) => name],
  ['ActiveQueues', ({ queueSet }) => queueSet.queues.filter(({ length }) => length > 0).length],
  ['IsIdle', ({ queueSet }) => queueSet.idle],
  ['IsQuiescing', () => false],
  ['WaitingRequests', ({ queueSet }) => queueSet.requestsWaiting],
  ['ExecutingRequests', ({ queueSet }) => queueSet.requestsExecuting],
  ['DispatchedRequests', ({ queueSet }) => queueSet.dispatched],
  ['RejectedRequests', ({ queueSet }) => queueSet.rejected],
  ['TimedoutRequests', ({ queueSet }) => queueSet.timedOut],
  ['CancelledRequests', ({ queueSet }) => queueSet.cancelled],
]

/** What `/debug/api_priority_and_fairness/dump_priority_levels` answers: a row for each priority level. */
export function dumpPriorityLevels(controller: FlowController): string {
  return table(LEVEL_COLUMNS, sorted(controller))
}

interface QueueRow {
  readonly clock: Clock
  readonly level: PriorityLevel
  readonly queue: RequestQueue<FlowRequest>
}

const QUEUE_COLUMNS: readonly Column<QueueRow>[] = [
  ['PriorityLevelName', ({ level }) => level.name],
  ['Index', ({ queue }) => queue.index],
  ['PendingRequests', ({ queue }) => queue.length],
  ['ExecutingRequests', ({ queue }) => queue.executing],
  ['SeatsInUse', ({ queue }) => queue.seatsInUse],
  ['NextDispatchR', ({ queue, clock }) => seatSeconds(queue.nextDispatchR(clock.now()))],
  ['InitialSeatsSum', ({ queue }) => queue.initialSeatsSum],
  ['MaxSeatsSum', ({ queue }) => queue.maxSeatsSum],
  ['TotalWorkSum', ({ queue }) => seatSeconds(queue.totalWorkSum)],
]

/** What `/debug/api_priority_and_fairness/dump_queues` answers: a row for each queue. */
export function dumpQueues(controller: FlowController): string {
  const { clock } = controller
  const rows = sorted(controller).flatMap((level) => level.queueSet.queues.map((queue) => ({ clock, level, queue })))
  return table(QUEUE_COLUMNS, rows)
}

interface RequestRow {
  readonly clock: Clock
  readonly level: PriorityLevel
  readonly request: FlowRequest
  /** Its place in its queue; -1 = it is executed. */
  readonly index: number
}

const REQUEST_COLUMNS: readonly Column<RequestRow>[] = [
  ['PriorityLevelName', ({ level }) => level.name],
  ['FlowSchemaName', ({ request }) => request.schema.flowSchema],
  ['QueueIndex', ({ request }) => request.queue?.index ?? -1],
  ['RequestIndexInQueue', ({ index }) => index],
  // Kubernetes' own spelling: people have scripts that look for it.
  ['FlowDistingsher', ({ request }) => request.flow.distinguisher],
  ['ArriveTime', ({ request, clock }) => timeOf(clock, request.arrivedAt)],
  ['InitialSeats', ({ request }) => request.initialSeats],
  ['FinalSeats', ({ request }) => request.finalSeats],
  ['AdditionalLatency', ({ request }) => duration(request.additionalLatency)],
  ['StartTime', ({ request, clock }) => (request.state === 'waiting' ? NO_TIME : timeOf(clock, request.startedAt))],
]

const DETAIL_COLUMNS: readonly Column<RequestRow>[] = [
  ['UserName', ({ request }) => request.digest.user.name],
  ['Verb', ({ request }) => request.digest.requestInfo.verb],
  ['APIPath', ({ request }) => request.digest.requestInfo.path],
  ['Namespace', ({ request }) => request.digest.requestInfo.namespace],
  ['Name', ({ request }) => request.digest.requestInfo.name],
  ['APIVersion', ({ request }) => groupVersionOf(request)],
  ['Resource', ({ request }) => request.digest.requestInfo.resource],
  ['SubResource', ({ request }) => request.digest.requestInfo.subresource],
]

/**
 * What `/debug/api_priority_and_fairness/dump_requests` answers: a row for each request that waits or is executed.
 *
 * @param includeDetails the query has `includeRequestDetails`: who asks for what as well.
 */
export function dumpRequests(controller: FlowController, includeDetails = false): string {
  const { clock } = controller
  const rows = sorted(controller).flatMap((level) => [
    ...level.queueSet.queues.flatMap((queue) => [...queue].map((request, index) => ({ clock, level, request, index }))),
    ...[...level.queueSet.executing].map((request) => ({ clock, level, request, index: -1 })),
  ])
  return table(includeDetails ? [...REQUEST_COLUMNS, ...DETAIL_COLUMNS] : REQUEST_COLUMNS, rows)
}

function table<T>(of: readonly Column<T>[], rows: readonly T[]): string {
  return columns([of.map(([title]) => title), ...rows.map((row) => of.map(([, cell]) => String(cell(row))))])
}

const timeOf = (clock: Clock, instant: number): string => new Date(clock.date() - (clock.now() - instant)).toISOString()

const groupVersionOf = ({ digest: { requestInfo: info } }: FlowRequest): string =>
  info.apiGroup === '' ? info.apiVersion : `${info.apiGroup}/${info.apiVersion}`

const sorted = ({ levels }: FlowController): PriorityLevel[] => [...levels].sort((a, b) => (a.name < b.name ? -1 : 1))

const seatSeconds = (value: number): string => `${value.toFixed(8)}ss`

/** As Go prints durations of less than a minute. */
function duration(milliseconds: number): string {
  if (milliseconds === 0) return '0s'
  return milliseconds < 1000 ? `${milliseconds}ms` : `${milliseconds / 1000}s`
}
