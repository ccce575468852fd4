import { isIP, isIPv4, isIPv6 } from 'node:net'

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/
const DATE_TIME = /^(\d{4}-\d{2}-\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:\d{2})$/
const DURATION = /^[-+]?(?:0|(?:(?:\d{1,18}(?:\.\d{0,18})?|\.\d{1,18})(?:ns|us|µs|μs|ms|s|m|h))+)$/
const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i
const VERSIONED_UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?([345])[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i
const MAC = /^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$|^(?:[0-9a-f]{2}-){5}[0-9a-f]{2}$/i
const HOST_LABEL = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/i
const EMAIL_LOCAL = /^[^\s@"(),:;<>[\\\]]{1,64}$/
const SCHEME = /^[a-z][a-z0-9+.-]*$/i
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/

const INT32_MAX = 2 ** 31 - 1
const INT64_MAX = 2n ** 63n - 1n

/** Longer texts have none of the formats below. */
const MAX_FORMAT_LENGTH = 2_048

const STRING_FORMATS: ReadonlyMap<string, (text: string) => boolean> = new Map([
  ['date', isDate],
  ['date-time', (text) => parseDateTime(text) !== undefined],
  ['datetime', (text) => parseDateTime(text) !== undefined],
  ['duration', (text) => DURATION.test(text)],
  ['uuid', (text) => UUID.test(text)],
  ['uuid3', (text) => VERSIONED_UUID.exec(text)?.[1] === '3'],
  ['uuid4', (text) => VERSIONED_UUID.exec(text)?.[1] === '4'],
  ['uuid5', (text) => VERSIONED_UUID.exec(text)?.[1] === '5'],
  ['ip', (text) => isIP(text) !== 0],
  ['ipv4', isIPv4],
  ['ipv6', isIPv6],
  ['cidr', isCIDR],
  ['mac', (text) => MAC.test(text)],
  ['hostname', isHostname],
  ['email', isEmail],
  ['uri', isURI],
])

/**
 * Whether a value has a format. Unknown formats hold for everything, as in Kubernetes; formats of strings say
 * nothing about numbers and the other way round.
 */
export function hasFormat(format: string, value: unknown): boolean {
  if (typeof value === 'string') {
    if (format === 'byte') return BASE64.test(value) && value.length % 4 === 0
    const test = STRING_FORMATS.get(format)
    return test === undefined || (value.length <= MAX_FORMAT_LENGTH && test(value))
  }
  if (typeof value === 'number') return format !== 'int32' || (value <= INT32_MAX && value >= -INT32_MAX - 1)
  if (typeof value === 'bigint') return format !== 'int32' && value <= INT64_MAX && value >= -INT64_MAX - 1n
  return true
}

/** The parts of an RFC 3339 time, in UTC: whole seconds as milliseconds since the epoch, and the fraction's digits. */
export interface DateTime {
  readonly seconds: number
  readonly fraction: string
}

/** Reads an RFC 3339 time. Undefined for anything else, a 30th of February included. */
export function parseDateTime(text: string): DateTime | undefined {
  const match = DATE_TIME.exec(text)
  if (match === null || !isDate(match[1] as string)) return undefined
  const [, date, hours, minutes, seconds, fraction, zone] = match
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) return undefined
  if (zone !== 'Z' && (Number(zone?.slice(1, 3)) > 23 || Number(zone?.slice(4)) > 59)) return undefined
  return { seconds: Date.parse(`${date}T${hours}:${minutes}:${seconds}${zone}`), fraction: fraction ?? '' }
}

function isDate(text: string): boolean {
  const match = DATE.exec(text)
  if (match === null) return false
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])]
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
  return days !== undefined && day >= 1 && day <= days
}

function isCIDR(text: string): boolean {
  const slash = text.lastIndexOf('/')
  const bits = text.slice(slash + 1)
  const version = isIP(text.slice(0, Math.max(slash, 0)))
  return version !== 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128)
}

function isHostname(text: string): boolean {
  return text.length <= 253 && text.split('.').every((label) => HOST_LABEL.test(label))
}

function isEmail(text: string): boolean {
  const at = text.lastIndexOf('@')
  return at > 0 && EMAIL_LOCAL.test(text.slice(0, at)) && isHostname(text.slice(at + 1))
}

/** As Go's `url.ParseRequestURI`: an absolute path or an absolute URI. */
function isURI(text: string): boolean {
  if (text.startsWith('/')) return true
  const colon = text.indexOf(':')
  return colon > 0 && SCHEME.test(text.slice(0, colon)) && URL.canParse(text)
}
