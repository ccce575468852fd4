import type { Clock } from './clock.js'
import type { FlowSchema } from './flow-schema.js'
import type { PriorityLevelConfiguration } from './priority-level-configuration.js'
import type { ObjectCount } from './work-estimator.js'

/** How a server shares its time between its clients. */
export interface FlowControlOptions {
  /** Added to the built-in ones; one with a name that is there replaces it. */
  readonly priorityLevels?: readonly PriorityLevelConfiguration[]
  /** Added to the built-in ones; one with a name that is there replaces it. */
  readonly flowSchemas?: readonly FlowSchema[]
  /** Whether the levels and schemas that Kubernetes suggests are built in, besides the mandatory ones. Default true. */
  readonly suggested?: boolean
  /**
   * Seats of all levels together. Default 600, like a kube-apiserver's 400 reads and 200 writes in flight. However few there
   * are, every level with shares keeps one of its own.
   */
  readonly totalConcurrency?: number
}

/** {@link FlowControlOptions}, and what the server around it brings. */
export interface FlowControllerOptions extends FlowControlOptions {
  /** How many objects there are of a resource (`plural.group`), for the cost of lists. Default: not known of any. */
  readonly objectCount?: ObjectCount
  /** Milliseconds that a request without a deadline may wait in a queue. Default 15 s, at most a minute. */
  readonly requestWaitLimit?: number
  readonly clock?: Clock
}
