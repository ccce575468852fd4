import type { FlowController } from './controller.js'
import type { FlowRequest } from './fairqueuing/flow-request.js'
import type { PriorityLevel } from './priority-level.js'
import { columns } from './tab-columns.js'

const NO_TIME = '0001-01-01T00:00:00Z'

/** What `/debug/api_priority_and_fairness/dump_priority_levels` answers: a row for each priority level. */
export function dumpPriorityLevels(controller: FlowController): string {
  const rows = sorted(controller).map(({ name, queueSet }) => [
    name,
    String(queueSet.queues.filter(({ length }) => length > 0).length),
    String(queueSet.idle),
    'false',
    String(queueSet.requestsWaiting),
    String(queueSet.requestsExecuting),
    String(queueSet.dispatched),
    String(queueSet.rejected),
    String(queueSet.timedOut),
    String(queueSet.cancelled),
  ])
  return columns([
    [
      'PriorityLevelName',
      'ActiveQueues',
      'IsIdle',
      'IsQuiescing',
      'WaitingRequests',
      'ExecutingRequests',
      'DispatchedRequests',
      'RejectedRequests',
      'TimedoutRequests',
      'CancelledRequests',
    ],
    ...rows,
  ])
}

/** What `/debug/api_priority_and_fairness/dump_queues` answers: a row for each queue. */
export function dumpQueues(controller: FlowController): string {
  const rows = sorted(controller).flatMap(({ name, queueSet }) =>
    queueSet.queues.map((queue) => [
      name,
      String(queue.index),
      String(queue.length),
      String(queue.executing),
      String(queue.seatsInUse),
      seatSeconds(queue.nextDispatchR(controller.clock.now())),
      String(queue.initialSeatsSum),
      String(queue.maxSeatsSum),
      seatSeconds(queue.totalWorkSum),
    ]),
  )
  return columns([
    [
      'PriorityLevelName',
      'Index',
      'PendingRequests',
      'ExecutingRequests',
      'SeatsInUse',
      'NextDispatchR',
      'InitialSeatsSum',
      'MaxSeatsSum',
      'TotalWorkSum',
    ],
    ...rows,
  ])
}

/**
 * What `/debug/api_priority_and_fairness/dump_requests` answers: a row for each request that waits or is executed.
 *
 * @param includeDetails the query has `includeRequestDetails`: who asks for what as well.
 */
export function dumpRequests(controller: FlowController, includeDetails = false): string {
  const rows = sorted(controller).flatMap((level) => [
    ...level.queueSet.queues.flatMap((queue) =>
      [...queue].map((request, index) => requestRow(controller, level, request, index, includeDetails)),
    ),
    ...[...level.queueSet.executing].map((request) => requestRow(controller, level, request, -1, includeDetails)),
  ])
  const details = ['UserName', 'Verb', 'APIPath', 'Namespace', 'Name', 'APIVersion', 'Resource', 'SubResource']
  return columns([
    [
      'PriorityLevelName',
      'FlowSchemaName',
      'QueueIndex',
      'RequestIndexInQueue',
      // Kubernetes' own spelling: people have scripts that look for it.
      'FlowDistingsher',
      'ArriveTime',
      'InitialSeats',
      'FinalSeats',
      'AdditionalLatency',
      'StartTime',
      ...(includeDetails ? details : []),
    ],
    ...rows,
  ])
}

function requestRow(
  { clock }: FlowController,
  { name }: PriorityLevel,
  request: FlowRequest,
  index: number,
  includeDetails: boolean,
): string[] {
  const timeOf = (instant: number) => new Date(clock.date() - (clock.now() - instant)).toISOString()
  const row = [
    name,
    request.schema.flowSchema,
    String(request.queue?.index ?? -1),
    String(index),
    request.flow.distinguisher,
    timeOf(request.arrivedAt),
    String(request.initialSeats),
    String(request.finalSeats),
    duration(request.additionalLatency),
    request.state === 'waiting' ? NO_TIME : timeOf(request.startedAt),
  ]
  return includeDetails ? [...row, ...detailsOf(request)] : row
}

function detailsOf({ digest: { user, requestInfo: info } }: FlowRequest): string[] {
  const apiVersion = info.apiGroup === '' ? info.apiVersion : `${info.apiGroup}/${info.apiVersion}`
  return [user.name, info.verb, info.path, info.namespace, info.name, apiVersion, info.resource, info.subresource]
}

const sorted = ({ levels }: FlowController): PriorityLevel[] => [...levels].sort((a, b) => (a.name < b.name ? -1 : 1))

const seatSeconds = (value: number): string => `${value.toFixed(8)}ss`

/** As Go prints durations of less than a minute. */
function duration(milliseconds: number): string {
  if (milliseconds === 0) return '0s'
  return milliseconds < 1000 ? `${milliseconds}ms` : `${milliseconds / 1000}s`
}
