/** One line of an exposition. */
export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

export interface Family {
  readonly type: string
  readonly help: string
  readonly samples: readonly Sample[]
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(,?)/
const VALUE = /^(?:[+-]?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|Inf)|NaN)$/
const TYPES = ['counter', 'gauge', 'histogram', 'summary', 'untyped']

/**
 * A strict parser of Prometheus' text format 0.0.4, written from its description and from nothing else. Throws for
 * whatever a scraper would refuse or misread: a family told twice, a series told twice, a sample without its type, a
 * histogram whose buckets do not rise or do not end with what is counted.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function parseExposition(text: string): Map<string, Family> {
  if (!text.endsWith('\n')) throw new Error('the last line does not end')
  const families = new Map<string, { type: string; help: string; samples: Sample[] }>()
  const seen = new Set<string>()
  let current: string | undefined
  for (const line of text.split('\n')) {
    if (line === '') continue
    if (line.startsWith('#')) {
      const [, what, name, rest] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? []
      if (what === undefined || name === undefined || rest === undefined) throw new Error(`no comment of ours: ${line}`)
      if (what === 'HELP') {
        if (families.has(name)) throw new Error(`${name} is told twice`)
        families.set(name, { type: '', help: rest, samples: [] })
        current = name
      } else {
        const family = families.get(name)
        if (!family || name !== current || family.type !== '' || family.samples.length > 0 || !TYPES.includes(rest))
          throw new Error(`a type out of place: ${line}`)
        family.type = rest
      }
      continue
    }
    const sample = parseSample(line)
    const family = families.get(current ?? '')
    if (!family || family.type === '' || !belongs(sample.name, current ?? '', family.type))
      throw new Error(`a sample out of place: ${line}`)
    const id = JSON.stringify([sample.name, Object.entries(sample.labels).sort()])
    if (seen.has(id)) throw new Error(`a series twice: ${line}`)
    seen.add(id)
    if (family.type === 'counter' && sample.value < 0) throw new Error(`a negative counter: ${line}`)
    family.samples.push(sample)
  }
  for (const [name, family] of families) if (family.type === 'histogram') checkHistogram(name, family.samples)
  return families
}

const belongs = (sample: string, family: string, type: string): boolean =>
  type === 'histogram' ? ['_bucket', '_sum', '_count'].some((end) => sample === family + end) : sample === family

function parseSample(line: string): Sample {
  const name = NAME.exec(line)?.[0]
  if (name === undefined) throw new Error(`no name: ${line}`)
  let rest = line.slice(name.length)
  const labels: Record<string, string> = Object.create(null) as Record<string, string>
  if (rest.startsWith('{')) {
    rest = rest.slice(1)
    while (!rest.startsWith('}')) {
      const [all, label, value, comma] = LABEL.exec(rest) ?? []
      if (all === undefined || label === undefined || value === undefined) throw new Error(`a bad label: ${line}`)
      if (label in labels) throw new Error(`a label twice: ${line}`)
      labels[label] = value.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped))
      rest = rest.slice(all.length)
      if (comma === '' && !rest.startsWith('}')) throw new Error(`labels that run on: ${line}`)
    }
    rest = rest.slice(1)
  }
  const value = rest.slice(1)
  if (!rest.startsWith(' ') || !VALUE.test(value)) throw new Error(`a bad value: ${line}`)
  return { name, labels, value: Number(value.replace('Inf', 'Infinity')) }
}

function checkHistogram(name: string, samples: readonly Sample[]): void {
  const series = new Map<string, { buckets: [bound: number, count: number][]; sum?: number; count?: number }>()
  for (const sample of samples) {
    const { le, ...others } = sample.labels
    const id = JSON.stringify(Object.entries(others).sort())
    const one = series.get(id) ?? { buckets: [] }
    series.set(id, one)
    if (sample.name === `${name}_sum`) one.sum = sample.value
    else if (sample.name === `${name}_count`) one.count = sample.value
    else if (le === undefined) throw new Error(`a bucket of ${name} without a bound`)
    else one.buckets.push([Number(le.replace('Inf', 'Infinity')), sample.value])
  }
  for (const [id, { buckets, sum, count }] of series) {
    if (sum === undefined || count === undefined) throw new Error(`${name}${id} has no sum or no count`)
    buckets.reduce(
      ([bound, total], next) => {
        if (!(next[0] > bound) || next[1] < total) throw new Error(`the buckets of ${name}${id} do not rise`)
        return next
      },
      [Number.NEGATIVE_INFINITY, 0],
    )
    const last = buckets.at(-1)
    if (last?.[0] !== Number.POSITIVE_INFINITY || last[1] !== count) throw new Error(`${name}${id} ends before +Inf`)
  }
}

/** The sum of all samples of that name that carry these labels. */
export function sumOf(families: Map<string, Family>, name: string, labels: Record<string, string> = {}): number {
  const family = families.get(name) ?? families.get(name.replace(/_(bucket|sum|count)$/, ''))
  const fitting = (family?.samples ?? []).filter(
    (sample) =>
      sample.name === name && Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
  )
  return fitting.reduce((sum, { value }) => sum + value, 0)
}
