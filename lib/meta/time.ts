import { quoteBytes } from './go/duration.js'

const LAYOUT = '2006-01-02T15:04:05Z07:00'

/** An instant as objects carry it: RFC 3339 in UTC, whole seconds, e.g. `2001-02-03T04:05:06Z`. */
export function formatTime(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`
}

/** The current time as objects carry it. */
export function now(): string {
  return formatTime(new Date())
}

/** An instant as Go's `time.Time` prints itself in messages: `2001-02-03 04:05:06 +0000 UTC`. */
export function goTimeText(time: Date): string {
  return `${time.toISOString().slice(0, 19).replace('T', ' ')} +0000 UTC`
}

/** The instant of an RFC 3339 text, cut to whole seconds; `undefined` for any other text. */
export function parseTime(text: string): Date | undefined {
  const scan = scanTime(text)
  return scan instanceof Date ? scan : undefined
}

/**
 * What is wrong with a time, in the words of Go's `time.Parse`; `undefined` when it is RFC 3339.
 *
 * @example
 * ```ts
 * timeError('soon') // parsing time "soon" as "2006-01-02T15:04:05Z07:00": cannot parse "soon" as "2006"
 * ```
 */
export function timeError(text: string): string | undefined {
  const scan = scanTime(text)
  return scan instanceof Date ? undefined : scan
}

interface Element {
  /** What stands in the layout there, for messages. */
  readonly layout: string
  readonly digits: number
  readonly name: string
  readonly min: number
  readonly max: number
}

const ELEMENTS: readonly (Element | string)[] = [
  { layout: '2006', digits: 4, name: 'year', min: 0, max: 9999 },
  '-',
  { layout: '01', digits: 2, name: 'month', min: 1, max: 12 },
  '-',
  { layout: '02', digits: 2, name: 'day', min: 1, max: 31 },
  'T',
  { layout: '15', digits: 2, name: 'hour', min: 0, max: 23 },
  ':',
  { layout: '04', digits: 2, name: 'minute', min: 0, max: 59 },
  ':',
  { layout: '05', digits: 2, name: 'second', min: 0, max: 59 },
]

function scanTime(text: string): Date | string {
  const values: number[] = []
  let position = 0
  for (const element of ELEMENTS) {
    if (typeof element === 'string') {
      if (text[position] !== element) return cannotParse(text, position, element)
      position++
      continue
    }
    const value = digitsAt(text, position, element.digits)
    if (value === undefined) return cannotParse(text, position, element.layout)
    if (value < element.min || value > element.max) return outOfRange(text, element.name)
    values.push(value)
    position += element.digits
  }
  position = afterFraction(text, position)
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = values
  const offset = offsetAt(text, position)
  if (offset === undefined) return cannotParse(text, position, 'Z07:00')
  if (offset.hours > 24) return outOfRange(text, 'time zone offset hour')
  if (offset.minutes > 60) return outOfRange(text, 'time zone offset minute')
  if (offset.end < text.length) return `${parsing(text)}: extra text: ${quoteBytes(text.slice(offset.end))}`
  if (day > daysIn(year, month)) return outOfRange(text, 'day')
  const time = new Date(0)
  time.setUTCFullYear(year, month - 1, day)
  time.setUTCHours(hour - offset.sign * offset.hours, minute - offset.sign * offset.minutes, second)
  return time
}

function digitsAt(text: string, position: number, digits: number): number | undefined {
  const part = text.slice(position, position + digits)
  return part.length === digits && /^[0-9]+$/.test(part) ? Number(part) : undefined
}

function afterFraction(text: string, position: number): number {
  if (text[position] !== '.' || digitsAt(text, position + 1, 1) === undefined) return position
  let end = position + 2
  while (digitsAt(text, end, 1) !== undefined) end++
  return end
}

function offsetAt(text: string, position: number) {
  if (text[position] === 'Z') return { sign: 1, hours: 0, minutes: 0, end: position + 1 }
  const hours = digitsAt(text, position + 1, 2)
  const minutes = digitsAt(text, position + 4, 2)
  const signed = text[position] === '+' || text[position] === '-'
  if (!signed || text[position + 3] !== ':' || hours === undefined || minutes === undefined) return undefined
  return { sign: text[position] === '-' ? -1 : 1, hours, minutes, end: position + 6 }
}

function daysIn(year: number, month: number): number {
  const lastDay = new Date(0)
  lastDay.setUTCFullYear(year, month, 0)
  return lastDay.getUTCDate()
}

function parsing(text: string): string {
  return `parsing time ${quoteBytes(text)}`
}

function cannotParse(text: string, position: number, layout: string): string {
  return `${parsing(text)} as "${LAYOUT}": cannot parse ${quoteBytes(text.slice(position))} as "${layout}"`
}

function outOfRange(text: string, name: string): string {
  return `${parsing(text)}: ${name} out of range`
}

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const YEAR = 365 * DAY

/** Up to which age it is shown in which units: two of them while the smaller one still says something. */
const STEPS: readonly (readonly [below: number, unit: number, name: string, smaller?: number, smallerName?: string])[] =
  [
    [2 * MINUTE, SECOND, 's'],
    [10 * MINUTE, MINUTE, 'm', SECOND, 's'],
    [3 * HOUR, MINUTE, 'm'],
    [8 * HOUR, HOUR, 'h', MINUTE, 'm'],
    [2 * DAY, HOUR, 'h'],
    [8 * DAY, DAY, 'd', HOUR, 'h'],
    [2 * YEAR, DAY, 'd'],
    [8 * YEAR, YEAR, 'y', DAY, 'd'],
    [Number.POSITIVE_INFINITY, YEAR, 'y'],
  ]

/** A duration as `kubectl get` shows ages: `90s`, `5m30s`, `2d3h`, `400d`; `<invalid>` for one that lies in the future. */
export function humanDuration(milliseconds: number): string {
  if (milliseconds < -SECOND) return '<invalid>'
  const age = Math.max(milliseconds, 0)
  const [, unit, name, smaller, smallerName] = STEPS.find(([below]) => age < below)!
  const whole = Math.floor(age / unit)
  const rest = smaller ? Math.floor((age - whole * unit) / smaller) : 0
  return rest > 0 ? `${whole}${name}${rest}${smallerName}` : `${whole}${name}`
}
