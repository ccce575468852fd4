// Memory of a server that holds many objects, beside that of an idle one.
import { setTimeout as sleep } from 'node:timers/promises'
import { row } from './row.mjs'
import { memoryField, startServer } from './server.mjs'

const MAX_SETTLE_SECS = 3
const TIMES = 2.5

/** @param {import('./index.mjs').Setting} setting */
export async function measureCache({ store, place, full, objectBytes, flags }) {
  const idle = await memoryHolding(store, place('empty'), flags)
  const held = await memoryHolding(store, full, flags)
  const times = (when) => (held[when] - idle[when]) / objectBytes
  const of = `${flags.objects} objects (${(objectBytes / 1e6).toFixed(0)} MB) over an idle server`
  return [
    row('cache', store, 'an idle server', idle.settled, 'MB'),
    row('cache', store, 'with all objects', held.settled, 'MB'),
    row('cache', store, `${of}, as it is`, times('settled'), 'times', TIMES),
    row('cache', store, `${of}, garbage collected`, times('collected'), 'times', TIMES),
  ]
}

async function memoryHolding(store, place, { secs }) {
  const { child } = await startServer(store, place)
  try {
    await sleep(Math.min(MAX_SETTLE_SECS, secs) * 1000)
    const field = memoryField(store)
    const settled = (await child.ask('usage'))[field]
    const collected = (await child.ask('usage', { gc: true }))[field]
    return { settled, collected }
  } finally {
    await child.stop()
  }
}
