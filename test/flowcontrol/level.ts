import { type Flow, FlowRequest } from '../../lib/flowcontrol/fairqueuing/flow-request.js'
import { QueueSet } from '../../lib/flowcontrol/fairqueuing/queue-set.js'
import { FlowSchemaStats } from '../../lib/flowcontrol/metrics/flow-schema-stats.js'
import { LevelUsage } from '../../lib/flowcontrol/metrics/level-usage.js'
import { ONE_SEAT, type WorkEstimate } from '../../lib/flowcontrol/work-estimate.js'
import { digestOf, userNamed, VirtualClock } from './harness.js'

export interface LevelSizes {
  readonly limit: number
  readonly queues?: number
  readonly queueLengthLimit?: number
  readonly exempt?: boolean
}

/** A priority level of its own, in virtual time. */
export class Level {
  readonly clock = new VirtualClock()
  readonly usage = new LevelUsage(1, 1, 0)
  readonly stats = new FlowSchemaStats('schema', 'level')
  readonly pace = { factor: 1, attend() {} }
  readonly set: QueueSet
  readonly #flows = new Map<string, Flow>()

  constructor({ limit, queues = 0, queueLengthLimit = 50, exempt = false }: LevelSizes) {
    this.set = new QueueSet({ clock: this.clock, usage: this.usage, queues, queueLengthLimit, exempt, pace: this.pace })
    this.set.limit = limit
  }

  #flow(queue: number | readonly number[]): Flow {
    const distinguisher = `flow-${queue}`
    const flow = this.#flows.get(distinguisher) ?? {
      distinguisher,
      hand: typeof queue === 'number' ? [queue] : queue,
      executing: 0,
    }
    this.#flows.set(distinguisher, flow)
    return flow
  }

  /** A request of a flow that has but this queue, or these. */
  start(queue: number | readonly number[] = 0, estimate: Partial<WorkEstimate> = {}): FlowRequest {
    const digest = digestOf(userNamed('alice'), { resource: 'pods' })
    const request = new FlowRequest(digest, this.stats, this.#flow(queue), { ...ONE_SEAT, ...estimate }, this.set)
    this.set.start(request)
    return request
  }
}

export const statesOf = (requests: readonly FlowRequest[]): string[] => requests.map(({ state }) => state)
