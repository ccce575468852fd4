// One figure, and what it must not exceed.

const MEGABYTE = 1e6
const KILOBYTE = 1e3

const texts = {
  times: (value) => `${value.toFixed(2)} times`,
  MB: (value) => `${(value / MEGABYTE).toFixed(0)} MB`,
  kB: (value) => `${(value / KILOBYTE).toFixed(1)} kB`,
  ms: (value) => `${value.toFixed(value < 100 ? 1 : 0)} ms`,
  µs: (value) => `${value.toFixed(1)} µs`,
  s: (value) => `${value.toFixed(2)} s`,
  '/s': (value) => `${value.toFixed(0)} a second`,
}

/** @param {number} [limit] in the same unit; bytes for MB and kB */
export function row(part, server, what, value, unit, limit) {
  return { part, server, what, value, unit, ...(limit !== undefined && { limit, met: value <= limit }) }
}

export function limitsText(rows) {
  const lines = []
  for (const [i, { part, server, what, value, unit, limit, met, error }] of rows.entries()) {
    if (i === 0 || rows[i - 1].part !== part || rows[i - 1].server !== server) lines.push(`${part}, ${server}`)
    if (error !== undefined) {
      lines.push(`  FAILED: ${error}`)
      continue
    }
    const judged = limit === undefined ? '' : `at most ${texts[unit](limit)}: ${met ? 'met' : 'MISSED'}`
    lines.push(`  ${what.padEnd(66)}${texts[unit](value).padStart(14)}   ${judged}`.trimEnd())
  }
  const limits = rows.filter(({ met }) => met !== undefined)
  return [...lines, '', `${limits.filter(({ met }) => met).length} of ${limits.length} limits met`].join('\n')
}
