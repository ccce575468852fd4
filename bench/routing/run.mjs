// How fast routes are found and requests dispatched: `node bench/routing/run.mjs [--rounds N] [--secs N] [--json]`.
import { pathToFileURL } from 'node:url'
import { Child } from '../child.mjs'

export const usage = `node bench/routing/run.mjs [flags]   routes found a second, and requests dispatched over HTTP
  --rounds N   interleaved rounds, whose medians are printed (3)
  --secs N     seconds of each measurement (1)
  --json       one JSON document instead of the table
  --help       this text`

const FEW = 10
const MANY = 10_000
const CONNECTIONS = 32
/** Enough for every route to be asked for. */
const WARM_UP_SECS = 2
const ROUTERS = ['curly', 'strict', 'jsr311', 'find-my-way']

const matchings = ROUTERS.flatMap((router) =>
  [FEW, MANY].map((count) => ({ name: `${router} ${count}`, unit: 'match', router, count })),
)
const dispatches = [
  { name: `http ${FEW}`, unit: 'http', args: ['routes', `${FEW}`], routes: FEW },
  { name: `http ${MANY}`, unit: 'http', args: ['routes', `${MANY}`], routes: MANY },
  { name: 'http 3 filters', unit: 'http', args: ['filters'], routes: 0 },
  { name: 'http bare', unit: 'http', args: ['bare'], routes: 0 },
]

/** What the rates must be to each other. */
export const TARGETS = [
  { what: `curly: ${MANY} routes to ${FEW}`, of: [`curly ${MANY}`, `curly ${FEW}`], least: 0.25 },
  { what: `curly to find-my-way, ${MANY} routes`, of: [`curly ${MANY}`, `find-my-way ${MANY}`], least: 1 },
  { what: `curly to find-my-way, ${FEW} routes`, of: [`curly ${FEW}`, `find-my-way ${FEW}`], least: 0.5 },
  { what: `dispatch over HTTP: ${MANY} routes to ${FEW}`, of: [`http ${MANY}`, `http ${FEW}`], least: 0.9 },
  { what: 'a route behind three filters to bare node:http', of: ['http 3 filters', 'http bare'], least: 0.8 },
]

/** @param {{ rounds: number, secs: number }} flags */
export async function measure({ rounds, secs }, progress = () => {}) {
  const all = [...matchings, ...dispatches]
  const rates = new Map(all.map(({ name }) => [name, []]))
  const load = new Child('routing/load.mjs')
  try {
    for (let round = 0; round < rounds; round++)
      for (const [i] of all.entries()) {
        // Every round begins with another one, so that none always follows the same one.
        const one = all[(i + round) % all.length]
        progress(`round ${round + 1} of ${rounds}: ${one.name}`)
        rates.get(one.name).push(await (one.unit === 'match' ? matchRate(one, secs) : httpRate(one, secs, load)))
      }
  } finally {
    await load.stop()
  }
  const medians = new Map([...rates].map(([name, each]) => [name, median(each)]))
  const rows = all.map(({ name, unit }) => ({
    name,
    unit,
    rate: Math.round(medians.get(name)),
    rounds: rates.get(name).map(Math.round),
  }))
  const ratios = TARGETS.map(({ what, of: [a, b], least }) => {
    const ratio = medians.get(a) / medians.get(b)
    return { what, ratio: Math.round(ratio * 1000) / 1000, least, met: ratio >= least }
  })
  return { rows, ratios }
}

async function matchRate({ router, count }, secs) {
  const child = new Child('routing/matcher.mjs', [router, `${count}`])
  try {
    return await child.ask('measure', { secs })
  } finally {
    await child.stop()
  }
}

async function httpRate({ args, routes }, secs, load) {
  const child = new Child('routing/server.mjs', args)
  try {
    const port = await child.ask('start')
    await load.ask('drive', { port, secs: WARM_UP_SECS, connections: CONNECTIONS, routes })
    const before = await child.ask('usage')
    const answers = await load.ask('drive', { port, secs, connections: CONNECTIONS, routes })
    const { cpu } = await child.ask('usage')
    return (answers * 1e6) / (cpu - before.cpu)
  } finally {
    await child.stop()
  }
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return Number.isInteger(middle) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[Math.floor(middle)]
}

/** @returns {string} the rates, and what they are to each other */
export function table({ rows, ratios }, { rounds, secs }) {
  const grouped = new Intl.NumberFormat('en')
  const rates = rows.map(({ name, unit, rate }) => {
    const what = unit === 'match' ? 'routes found a second' : 'answers a second'
    return `  ${name.padEnd(20)}${grouped.format(rate).padStart(12)} ${what}`
  })
  const targets = ratios.map(
    ({ what, ratio, least, met }) =>
      `  ${what.padEnd(46)}${ratio.toFixed(2).padStart(7)}  at least ${least.toFixed(2)}: ${met ? 'met' : 'MISSED'}`,
  )
  return [
    ...rates,
    '',
    ...targets,
    '',
    `medians of ${rounds} interleaved rounds of ${secs} s, each in a process of its own;`,
    'a second is one of that process alone: what else runs on the machine does not count',
  ].join('\n')
}

/** A flag that is unknown, or whose value is no good. */
export class RoutingFlagError extends Error {
  name = 'RoutingFlagError'
}

/** @param {readonly string[]} args */
export function parseRoutingFlags(args) {
  const flags = { rounds: 3, secs: 1, json: false, help: false }
  const limits = new Map([
    ['rounds', (n) => Number.isInteger(n) && n >= 1 && n <= 99],
    ['secs', (n) => n >= 0.05 && n <= 60],
  ])
  for (let i = 0; i < args.length; i++) {
    const [name, given] = args[i].replace(/^--/, '').split('=')
    if (args[i] === '--json' || args[i] === '--help') flags[name] = true
    else if (args[i].startsWith('--') && limits.has(name)) {
      const value = Number(given ?? args[++i] ?? Number.NaN)
      if (!limits.get(name)(value)) throw new RoutingFlagError(`--${name} has no such value`)
      flags[name] = value
    } else throw new RoutingFlagError(`unknown flag ${args[i]}: --help lists the known ones`)
  }
  return flags
}

/** @returns {Promise<number>} 0 when every target is met */
export async function main(args) {
  const flags = parseRoutingFlags(args)
  if (flags.help) {
    console.log(usage)
    return 0
  }
  const progress = process.stderr.isTTY ? (text) => process.stderr.write(`\r\x1b[K${text}`) : () => {}
  const result = await measure(flags, progress)
  if (process.stderr.isTTY) process.stderr.write('\r\x1b[K')
  console.log(flags.json ? JSON.stringify(result, null, 2) : table(result, flags))
  return result.ratios.every(({ met }) => met) ? 0 : 1
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.exitCode = await main(process.argv.slice(2)).catch((error) => {
    console.error(error.message)
    return 2
  })
}
