// The table of ratios.
import { caseOf } from './cases.mjs'

/** Above this share of its time the load client may have been slower than the server it measured. */
const CLIENT_LIMIT = 0.95

const grouped = new Intl.NumberFormat('en')
const short = (milliseconds) => milliseconds.toFixed(milliseconds < 10 ? 2 : milliseconds < 100 ? 1 : 0)

/** @returns {string} one block a case, and what the columns mean */
export function table({ rows, foreignRates }, flags) {
  const blocks = flags.only.map((name) =>
    block(
      caseOf[name].title(flags),
      rows.filter((row) => row.case === name),
    ),
  )
  return [...blocks, legend(rows, foreignRates, flags).join('\n')].join('\n\n')
}

function legend(rows, foreignRates, flags) {
  const lines = [
    `medians of ${flags.rounds} interleaved rounds of ${flags.secs} s; bare servers give the same bytes as a constant`,
    'cpu: microseconds of the process for each answer or delivery, its threads included, a store of its own not',
  ]
  if (foreignRates.length > 0)
    lines.push(`somebody else wrote ${foreignRates.join(', ')} other keys a second into the same etcd`)
  if (rows.some(({ clientBusy }) => clientBusy > CLIENT_LIMIT))
    lines.push('*: the load client was busy all the time and may have been the limit')
  const floors = rows.filter(({ floor }) => floor)
  if (floors.length > 0) lines.push(`${floors.filter(({ floor }) => floor.met).length} of ${floors.length} floors met`)
  return lines
}

const WIDTHS = [14, 10, 10, 10, 10]

function block(title, rows) {
  const head = [title, ...line(['', 'per s', 'p50 ms', 'p99 ms', 'cpu µs', 'ratio'])].join('\n')
  const lines = rows.flatMap(({ server, error, rate, p50, p99, cpuMicros, clientBusy, ...row }) => {
    if (error !== undefined) return [`  ${server.padEnd(WIDTHS[0])}  FAILED: ${error}   ${ratioText(row)}`.trimEnd()]
    return line([
      server,
      `${clientBusy > CLIENT_LIMIT ? '*' : ''}${grouped.format(rate)}`,
      short(p50),
      short(p99),
      cpuMicros.toFixed(0),
      ratioText(row),
    ])
  })
  return [head, ...lines].join('\n')
}

function ratioText({ ratio, of, floor, writes }) {
  const parts = []
  if (ratio !== undefined) parts.push(`${ratio.toFixed(2)} of ${of}`)
  if (floor) {
    const slower = floor.p99 === undefined ? '' : `, p99 ≤ ${short(floor.p99)}`
    parts.push(`floor ${floor.ratio}${slower}: ${floor.met ? 'met' : 'MISSED'}`)
  }
  if (writes !== undefined) parts.push(`${writes} writes/s`)
  return parts.join('   ')
}

const line = ([name, ...cells]) => [
  `  ${name.padEnd(WIDTHS[0])}${cells.map((cell, i) => (i < 4 ? cell.padStart(WIDTHS[i + 1]) : `  ${cell}`)).join('')}`.trimEnd(),
]
