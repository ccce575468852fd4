/** API Priority and Fairness (KEP-1040): who may be served now, who waits, and who is turned away. */
export { MANDATORY_FLOW_SCHEMAS, SUGGESTED_FLOW_SCHEMAS } from './bootstrap/flow-schemas.js'
export { MANDATORY_PRIORITY_LEVELS, SUGGESTED_PRIORITY_LEVELS } from './bootstrap/priority-levels.js'
export type { ClassifiedSchema } from './classified-schema.js'
export { type Clock, systemClock } from './clock.js'
export { FlowController } from './controller.js'
export { dumpPriorityLevels, dumpQueues, dumpRequests } from './dump.js'
export type { FlowRequest, RejectReason, RequestState } from './fairqueuing/flow-request.js'
export type {
  FlowDistinguisherMethod,
  FlowSchema,
  FlowSchemaSpec,
  NonResourcePolicyRule,
  PolicyRulesWithSubjects,
  ResourcePolicyRule,
  Subject,
} from './flow-schema.js'
export {
  flowControlMetrics,
  type MetricFamily,
  type MetricFamilySnapshot,
  type MetricLabels,
  type MetricValue,
} from './metrics/index.js'
export type { FlowControllerOptions, FlowControlOptions } from './options.js'
export type { PriorityLevel } from './priority-level.js'
export type {
  ExemptPriorityLevelConfiguration,
  LimitedPriorityLevelConfiguration,
  LimitResponse,
  PriorityLevelConfiguration,
  PriorityLevelConfigurationSpec,
  QueuingConfiguration,
} from './priority-level-configuration.js'
export type { RequestDigest } from './rules.js'
export type { LazyQuery, ObjectCount } from './work-estimator.js'
