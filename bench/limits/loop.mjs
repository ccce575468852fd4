// Delay of the event loop while many objects are listed with a label selector and written.
import { call, flundersOf } from '../api-client.mjs'
import { pacedPatches } from '../cases.mjs'
import { Child } from '../child.mjs'
import { nameOf, namespaceOf, SHARDS, shardOf } from './objects.mjs'
import { row } from './row.mjs'
import { startServer } from './server.mjs'

const CLIENTS = 10
const WRITES = 500
const WRITERS = 50
const MAX_WARM_UP_SECS = 3
const P99_MS = 20

/** @param {import('./index.mjs').Setting} setting */
export async function measureLoop({ store, full, flags }) {
  const { child, port } = await startServer(store, full)
  const load = new Child('load/client.mjs')
  try {
    const matches = JSON.parse((await call(port, 'GET', shardOf(7))).body).items.length
    if (matches !== Math.floor((flags.objects - 8) / SHARDS) + 1)
      throw new Error(`a selector matched ${matches} objects`)
    const job = (secs) => ({ port, secs, warmUp: 0, lanes: lanesOf(flags.objects) })
    await load.ask('drive', job(Math.min(MAX_WARM_UP_SECS, flags.secs)))
    await child.ask('loopDelay')
    const { answers, background, secs, p50, p99 } = await load.ask('drive', job(flags.secs))
    const [coarse, fine] = await child.ask('loopDelay')
    return [
      row('loop', store, `lists with a selector that matches 1 %, ${CLIENTS} clients`, answers / secs, '/s'),
      row('loop', store, 'p50 of such a list', p50, 'ms'),
      row('loop', store, 'p99 of such a list', p99, 'ms'),
      row('loop', store, `writes meanwhile, of ${WRITES} wanted`, background / secs, '/s'),
      row('loop', store, 'p99 of the lateness of a timer of 10 ms', coarse.p99, 'ms', P99_MS),
      row('loop', store, 'p99 of the lateness of a timer of 1 ms', fine.p99, 'ms', P99_MS),
      row('loop', store, 'longest lateness of the first', coarse.max, 'ms'),
    ]
  } finally {
    await load.stop()
    await child.stop()
  }
}

function lanesOf(objects) {
  const readers = Array.from({ length: CLIENTS }, (_, i) => ({ kind: 'read', path: shardOf(i) }))
  // Names of one namespace; there are enough of them.
  const names = Array.from({ length: objects }, (_, i) => i).filter((i) => namespaceOf(i) === namespaceOf(0))
  return [...readers, ...pacedPatches(WRITES, WRITERS, flundersOf(namespaceOf(0)), names.map(nameOf))]
}
