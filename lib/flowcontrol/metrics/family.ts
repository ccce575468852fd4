import type { Histogram } from './histogram.js'

export type MetricLabels = Readonly<Record<string, string>>

/** One line of a metric. */
export interface MetricValue {
  /** Where it is not the family's: a histogram's `_bucket`, `_sum` and `_count`. */
  readonly metricName?: string
  readonly labels: MetricLabels
  readonly value: number
}

/**
 * A metric with all its series, read when somebody asks: requests pay nothing for it but the addition of numbers. Has the
 * shape that prom-client's `Registry.registerMetric` takes.
 */
export interface MetricFamily {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  get(): MetricFamilySnapshot
}

export interface MetricFamilySnapshot {
  readonly name: string
  readonly help: string
  readonly type: MetricFamily['type']
  readonly aggregator: 'sum'
  readonly values: readonly MetricValue[]
}

/** @param read gives all series there are now. */
export function metricFamily(
  type: MetricFamily['type'],
  name: string,
  help: string,
  read: () => readonly MetricValue[],
): MetricFamily {
  return { name, help, type, get: () => ({ name, help, type, aggregator: 'sum', values: read() }) }
}

/** A histogram's lines as Prometheus wants them, each bucket with what is in the smaller ones. */
export function histogramValues(name: string, labels: MetricLabels, histogram: Histogram): MetricValue[] {
  const values: MetricValue[] = []
  let count = 0
  for (const [index, inBucket] of histogram.counts.entries()) {
    count += inBucket
    const le = String(histogram.bounds[index] ?? '+Inf')
    values.push({ metricName: `${name}_bucket`, labels: { ...labels, le }, value: count })
  }
  values.push({ metricName: `${name}_sum`, labels, value: histogram.sum })
  values.push({ metricName: `${name}_count`, labels, value: count })
  return values
}
