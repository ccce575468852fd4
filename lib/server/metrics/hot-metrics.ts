import { Counter, Gauge, Histogram, type HistogramConfiguration } from 'prom-client'

type Labels<L extends string> = Readonly<Record<L, string>>

/** One line of a counter or gauge: adding to it is an addition, where prom-client hashes all labels. */
export class ValueSeries {
  value = 0

  inc(by = 1): void {
    this.value += by
  }

  dec(): void {
    this.value--
  }
}

/** Series of one metric by their labels; two with the same labels are one. */
class SeriesMap<L extends string, S> {
  readonly #byLabels = new Map<string, { readonly labels: Labels<L>; readonly series: S }>()

  constructor(private readonly make: () => S) {}

  get(labels: Labels<L>): S {
    const key = JSON.stringify(Object.entries<string>(labels).sort(([a], [b]) => (a < b ? -1 : 1)))
    let known = this.#byLabels.get(key)
    if (known === undefined) {
      known = { labels, series: this.make() }
      this.#byLabels.set(key, known)
    }
    return known.series
  }

  values(): { readonly labels: Labels<L>; readonly series: S }[] {
    return [...this.#byLabels.values()]
  }
}

const linesOf = <L extends string>(map: SeriesMap<L, ValueSeries>, withZero: boolean) =>
  map
    .values()
    .filter(({ series }) => withZero || series.value > 0)
    .map(({ labels, series }) => ({ labels: { ...labels }, value: series.value }))

/** A counter whose series are resolved once and kept by who counts. */
export class HotCounter<L extends string> extends Counter<L> {
  readonly #map = new SeriesMap<L, ValueSeries>(() => new ValueSeries())

  series(labels: Labels<L>): ValueSeries {
    return this.#map.get(labels)
  }

  override async get(): ReturnType<Counter<L>['get']> {
    return { ...(await super.get()), values: linesOf(this.#map, false) }
  }
}

/** A gauge whose series are resolved once and kept by who sets them. */
export class HotGauge<L extends string> extends Gauge<L> {
  readonly #map = new SeriesMap<L, ValueSeries>(() => new ValueSeries())

  series(labels: Labels<L>): ValueSeries {
    return this.#map.get(labels)
  }

  override async get(): ReturnType<Gauge<L>['get']> {
    return { ...(await super.get()), values: linesOf(this.#map, true) }
  }
}

/** One distribution of a histogram. */
export class HistogramSeries {
  sum = 0
  count = 0
  /** How many fell into each bucket alone; the last is what is beyond all bounds. */
  readonly counts: Float64Array

  constructor(readonly bounds: readonly number[]) {
    this.counts = new Float64Array(bounds.length + 1)
  }

  observe(value: number): void {
    const { bounds, counts } = this
    let i = 0
    while (i < bounds.length && value > bounds[i]!) i++
    counts[i]!++
    this.sum += value
    this.count++
  }
}

/** A histogram whose series are resolved once and kept by who observes. */
export class HotHistogram<L extends string> extends Histogram<L> {
  readonly #name: string
  readonly #help: string
  readonly #bounds: readonly number[]
  readonly #map: SeriesMap<L, HistogramSeries>

  constructor(config: HistogramConfiguration<L> & { readonly buckets: number[] }) {
    super(config)
    this.#name = config.name
    this.#help = config.help
    this.#bounds = config.buckets
    this.#map = new SeriesMap(() => new HistogramSeries(this.#bounds))
  }

  series(labels: Labels<L>): HistogramSeries {
    return this.#map.get(labels)
  }

  override async get(): ReturnType<Histogram<L>['get']> {
    const observed = this.#map.values().filter(({ series }) => series.count > 0)
    const values = observed.flatMap(({ labels, series }) => this.#lines(labels, series))
    return { name: this.#name, help: this.#help, type: HISTOGRAM, aggregator: 'sum', collect() {}, values }
  }

  /** What prom-client's text form asks instead of `get`. */
  getForPromString(): ReturnType<Histogram<L>['get']> {
    return this.get()
  }

  #lines(labels: Labels<L>, { sum, count, counts }: HistogramSeries): HistogramLines<L> {
    const name = this.#name
    let total = 0
    const buckets = [...this.#bounds, '+Inf'].map((le, i) => {
      total += counts[i]!
      return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: total }
    })
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels: { ...labels }, value: sum },
      { metricName: `${name}_count`, labels: { ...labels }, value: count },
    ]
  }
}

type HistogramLines<L extends string> = Awaited<ReturnType<Histogram<L>['get']>>['values']

/** prom-client's types say a number where its code says a word. */
const HISTOGRAM = 'histogram' as unknown as Awaited<ReturnType<Histogram['get']>>['type']
