// What a client waits that asks one by one, while another one floods the server: each has a flow of its own.
import { LISTED, READ, seed } from '../api-client.mjs'
import { Child } from '../child.mjs'
import { median } from '../measure.mjs'
import { row } from './row.mjs'

const CONNECTIONS = 200
/** Beside a flood as long as this many times without, or this long: the larger. */
const TIMES = 3
const LEAST_MS = 50
const MAX_WARM_UP_SECS = 2

const GET = `${READ}/o0`
const floods = { GETs: GET, [`lists of ${LISTED}`]: READ }

/** @param {import('./index.mjs').Setting} setting */
export async function measureFairness({ store, place, flags }) {
  const server = new Child('servers/fair.mjs', [store, ...place('fairness')])
  // Two processes: what the answers to the flood cost their client is no delay of the other's.
  const modest = new Child('load/client.mjs')
  const flood = new Child('load/client.mjs')
  try {
    const port = await server.ask('start')
    await seed(port)
    const setting = { port, modest, flood, flags }
    const alone = []
    const beside = Object.fromEntries(Object.keys(floods).map((name) => [name, []]))
    for (let round = 0; round < flags.rounds; round++) {
      alone.push(await visit(setting))
      for (const name of Object.keys(floods)) beside[name].push(await visitBeside(setting, floods[name]))
    }
    return rowsOf(store, alone, beside)
  } finally {
    await flood.stop()
    await modest.stop()
    await server.stop()
  }
}

/** One connection, one request at a time. */
function visit({ port, modest, flags }) {
  const lanes = [{ kind: 'read', path: GET, token: 'modest' }]
  return modest.ask('drive', { port, secs: flags.secs, warmUp: warmUpOf(flags), lanes })
}

/** The flood begins before it, and goes on until it is over. */
async function visitBeside(setting, path) {
  const { port, flood, flags } = setting
  const lanes = Array.from({ length: CONNECTIONS }, () => ({ kind: 'read', path, token: 'flood', mayBeRefused: true }))
  const flooding = flood.ask('drive', { port, secs: flags.secs, warmUp: warmUpOf(flags), lanes })
  const [visited, flooded] = await Promise.all([visit(setting), flooding])
  return { ...visited, rate: flooded.answers / flooded.secs, refusals: flooded.refused / flooded.secs }
}

const warmUpOf = ({ secs }) => Math.min(secs, MAX_WARM_UP_SECS)

function rowsOf(store, alone, beside) {
  const middle = (measured, field) => median(measured.map((each) => each[field]))
  const unloaded = middle(alone, 'p99')
  const limit = Math.max(TIMES * unloaded, LEAST_MS)
  const rows = [
    row('fairness', store, 'GET of one client alone, p50', 1000 * middle(alone, 'p50'), 'µs'),
    row('fairness', store, 'GET of one client alone, p99', 1000 * unloaded, 'µs'),
  ]
  for (const [name, measured] of Object.entries(beside)) {
    const title = `beside ${CONNECTIONS} connections of another with ${name}`
    rows.push(
      row('fairness', store, `${title}, p50`, middle(measured, 'p50'), 'ms'),
      row('fairness', store, `${title}, p99`, middle(measured, 'p99'), 'ms', limit),
      row('fairness', store, `${name} of the other meanwhile`, middle(measured, 'rate'), '/s'),
      row('fairness', store, 'refused by 429', middle(measured, 'refusals'), '/s'),
    )
  }
  return rows
}
