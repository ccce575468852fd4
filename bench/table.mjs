// The table of ratios.
import { caseOf } from './cases.mjs'

/** Above this share of its time the load client may have been slower than the server it measured. */
const CLIENT_LIMIT = 0.95

const grouped = new Intl.NumberFormat('en')
const short = (milliseconds) => milliseconds.toFixed(milliseconds < 10 ? 2 : milliseconds < 100 ? 1 : 0)

/** @returns {string} one block a case, and what the columns mean */
export function table(rows, flags) {
  const blocks = flags.only.map((name) =>
    block(
      caseOf[name].title(flags),
      rows.filter((row) => row.case === name),
    ),
  )
  const legend = [
    `medians of ${flags.rounds} interleaved rounds of ${flags.secs} s; bare servers give the same bytes as a constant`,
    'cpu: microseconds of the server process for each answer or delivery, its threads included, a store of its own not',
  ]
  if (rows.some(({ clientBusy }) => clientBusy > CLIENT_LIMIT))
    legend.push('*: the load client was busy all the time and may have been the limit')
  return [...blocks, legend.join('\n')].join('\n\n')
}

const WIDTHS = [14, 10, 10, 10, 10]

function block(title, rows) {
  const head = [title, ...line(['', 'per s', 'p50 ms', 'p99 ms', 'cpu µs', 'ratio'])].join('\n')
  const lines = rows.flatMap(({ server, rate, p50, p99, cpuMicros, clientBusy, ratio, of }) =>
    line([
      server,
      `${clientBusy > CLIENT_LIMIT ? '*' : ''}${grouped.format(rate)}`,
      short(p50),
      short(p99),
      cpuMicros.toFixed(0),
      ratio === undefined ? '' : `${ratio.toFixed(2)} of ${of}`,
    ]),
  )
  return [head, ...lines].join('\n')
}

const line = ([name, ...cells]) => [
  `  ${name.padEnd(WIDTHS[0])}${cells.map((cell, i) => (i < 4 ? cell.padStart(WIDTHS[i + 1]) : `  ${cell}`)).join('')}`.trimEnd(),
]
