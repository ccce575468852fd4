// How soon after its start a server answers.

import { performance } from 'node:perf_hooks'
import { startExample, storeFlags } from '../example.mjs'
import { median } from '../measure.mjs'
import { ALL } from './objects.mjs'
import { row } from './row.mjs'
import { untilOk } from './server.mjs'

const EMPTY_MS = { lmdb: 300, etcd: 600 }
const FULL_MS = 3000

let places = 0

/** @param {import('./index.mjs').Setting} setting */
export async function measureReady({ store, place, full, flags }) {
  const empty = []
  const filled = []
  for (let round = 0; round < flags.rounds; round++) {
    empty.push(await timeToReady(store, place(`ready${places++}`)))
    filled.push(await timeToReady(store, full))
  }
  const middle = (times, what) => median(times.map((time) => time[what]))
  const title = `with ${flags.objects} objects`
  return [
    row('ready', store, 'with an empty store: /readyz says ok', middle(empty, 'ready'), 'ms', EMPTY_MS[store]),
    row('ready', store, 'with an empty store: a list is answered', middle(empty, 'listed'), 'ms'),
    row('ready', store, `${title}: /readyz says ok`, middle(filled, 'ready'), 'ms', FULL_MS),
    row('ready', store, `${title}: a list is answered`, middle(filled, 'listed'), 'ms', FULL_MS),
  ]
}

/** Milliseconds from the start of the process until it says it is ready, and until it has answered from what it holds. */
async function timeToReady(store, place) {
  const { port, startedAt, stop } = await startExample(storeFlags(store, place))
  try {
    await untilOk(`http://127.0.0.1:${port}/readyz`)
    const ready = performance.now() - startedAt
    await untilOk(`http://127.0.0.1:${port}${ALL}?limit=1&resourceVersion=0`)
    return { ready, listed: performance.now() - startedAt }
  } finally {
    await stop()
  }
}
