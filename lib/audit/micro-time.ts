let offset = Number.NEGATIVE_INFINITY
let second = -1
let secondText = ''
let lastWhole = -1
let lastWholeText = ''

/** More than this apart, the wall clock was set or the steady one drifted. */
const MAX_DRIFT_MS = 1.5

/** Now, in milliseconds since the epoch, with microseconds as a fraction: the wall clock, refined by the steady one. */
export function preciseNow(): number {
  const steady = performance.now()
  const wall = Date.now()
  const refined = offset + steady
  if (refined >= wall && refined < wall + MAX_DRIFT_MS) return refined
  offset = wall - steady
  return wall
}

/** An instant as Kubernetes' MicroTime has it: RFC 3339 in UTC, `2001-02-03T04:05:06.789012Z`. */
export function formatMicroTime(milliseconds: number): string {
  // Most requests are received at a whole millisecond, many at the same.
  if (milliseconds === lastWhole) return lastWholeText
  const text = newMicroTime(milliseconds)
  if (Number.isInteger(milliseconds)) {
    lastWhole = milliseconds
    lastWholeText = text
  }
  return text
}

function newMicroTime(milliseconds: number): string {
  const whole = Math.floor(milliseconds / 1000)
  if (whole !== second) {
    second = whole
    // `2001-02-03T04:05:06.`: the same for all events of a second.
    secondText = new Date(whole * 1000).toISOString().slice(0, -4)
  }
  const micros = Math.min(Math.floor((milliseconds - whole * 1000) * 1000 + 0.5), 999_999)
  const high = Math.floor(micros / 1000)
  return `${secondText}${THREE_DIGITS[high]}${THREE_DIGITS[micros - high * 1000]}Z`
}

const THREE_DIGITS: readonly string[] = Array.from({ length: 1000 }, (_, i) => String(i).padStart(3, '0'))
