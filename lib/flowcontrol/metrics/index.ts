/** What flow control counts, under Kubernetes' names. */
import type { FlowController } from '../controller.js'
import type { MetricFamily } from './family.js'
import { levelFamilies } from './level-families.js'
import { schemaFamilies } from './schema-families.js'

export type { MetricFamily, MetricFamilySnapshot, MetricLabels, MetricValue } from './family.js'

/**
 * All metrics of a controller, each under the name and with the labels that a kube-apiserver has.
 *
 * @example
 * ```ts
 * for (const family of flowControlMetrics(controller)) registry.registerMetric(family as unknown as Metric)
 * ```
 */
export function flowControlMetrics(controller: FlowController): MetricFamily[] {
  return [...schemaFamilies(controller), ...levelFamilies(controller)]
}
