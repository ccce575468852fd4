// CPU of a request with one process and with two on the same etcd, as many clients each.
import { createObjects, flundersOf } from '../api-client.mjs'
import { Child } from '../child.mjs'
import { startExample, storeFlags } from '../example.mjs'
import { median } from '../measure.mjs'
import { cpuOf } from '../process-memory.mjs'
import { row } from './row.mjs'

/** Of each process: what readers share, a check of the revision above all, they share with those of the same process. */
const CONNECTIONS = 32
const WORKERS = [1, 2]
const OBJECTS = flundersOf('bench-workers')
const MAX_WARM_UP_SECS = 2
/** Two that cost the same, but for noise. */
const UNCHANGED = 1.1
const kinds = { read: 'GET', patch: 'merge patch' }

/** @param {import('./index.mjs').Setting} setting */
export async function measureWorkers({ store, place, flags }) {
  if (store === 'lmdb') return []
  const load = new Child('load/client.mjs')
  const servers = []
  try {
    for (const workers of WORKERS)
      servers.push(await startExample([...storeFlags(store, place('workers')), '--workers', String(workers)]))
    await createObjects(servers[0].port, OBJECTS, CONNECTIONS * Math.max(...WORKERS))
    const rows = []
    for (const kind of Object.keys(kinds)) rows.push(...(await measureKind(load, kind, servers, flags)))
    return rows
  } finally {
    await load.stop()
    for (const { stop } of servers) await stop()
  }
}

async function measureKind(load, kind, servers, flags) {
  const costs = [[], []]
  for (let round = 0; round < flags.rounds; round++)
    for (const [i, server] of servers.entries()) {
      const run = (secs) => drive(load, kind, server, CONNECTIONS * WORKERS[i], secs)
      await run(Math.min(flags.secs, round === 0 ? MAX_WARM_UP_SECS : MAX_WARM_UP_SECS / 4))
      costs[i].push(await run(flags.secs))
    }
  const [one, two] = costs.map(median)
  const title = `CPU of a ${kinds[kind]}, all processes together`
  return [
    row('workers', 'etcd', `${title}, 1 worker`, one, 'µs'),
    row('workers', 'etcd', `${title}, 2 workers`, two, 'µs'),
    row('workers', 'etcd', `${title}, of 2 as much as of 1`, two / one, 'times', UNCHANGED),
  ]
}

/** @returns {Promise<number>} microseconds a request */
async function drive(load, kind, { port, pids }, connections, secs) {
  const lane = (i) => (kind === 'read' ? { kind, path: `${OBJECTS}/o${i}` } : { kind, path: OBJECTS, name: `o${i}` })
  const lanes = Array.from({ length: connections }, (_, i) => lane(i))
  const cpu = () => pids.reduce((sum, pid) => sum + cpuOf(pid), 0)
  const before = cpu()
  const { all } = await load.ask('drive', { port, secs, warmUp: 0, lanes })
  return (cpu() - before) / all
}
