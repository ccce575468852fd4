// Memory of watchers to whom nothing happens.
import { setTimeout as sleep } from 'node:timers/promises'
import { call, flundersOf } from '../api-client.mjs'
import { Child } from '../child.mjs'
import { flunder } from '../load/requests.mjs'
import { row } from './row.mjs'
import { memoryField, startServer } from './server.mjs'

const COST_BYTES = { front: 20e3, use: 40e3 }
const WATCHED = flundersOf('bench-idle')
/** The first ones bring code and pools into memory that later ones share. */
const FIRST = 100
/** Of a measurement's seconds: V8 gives the space of young objects back after 5 s in which hardly any were made, and not before. */
const QUIET_TIMES = 2

/** @param {import('./index.mjs').Setting} setting */
export async function measureWatchers({ store, place, flags }) {
  const rows = []
  for (const mount of ['front', 'use']) {
    const { child, port } = await startServer(store, place(`idle-${mount}`), mount)
    const { memory, heap } = await costOfEach(child, port, memoryField(store), flags)
    const title = `${flags.watchers} idle watchers, ${mount}, each`
    rows.push(row('watchers', store, title, memory, 'kB', COST_BYTES[mount]))
    rows.push(row('watchers', store, `${title}, of V8's heap`, heap, 'kB'))
  }
  for (const [kind, name] of [
    ['http', 'bare node:http'],
    ['express', 'bare Express'],
  ]) {
    const child = new Child('servers/constant.mjs', [kind], ['--expose-gc'])
    const port = await child.ask('start')
    await child.ask('serve', { status: 201, contentType: 'application/json', body: Buffer.from('{}'), eventBytes: 1 })
    const { memory } = await costOfEach(child, port, 'rss', flags)
    rows.push(row('watchers', store, `${flags.watchers} open answers of ${name}, each`, memory, 'kB'))
  }
  return rows
}

async function costOfEach(child, port, field, { watchers: count, secs }) {
  const load = new Child('load/client.mjs')
  try {
    await call(port, 'POST', WATCHED, flunder('seen'))
    const path = `${WATCHED}?watch=true`
    await load.ask('hold', { port, path, count: FIRST })
    await load.ask('release')
    const before = await collected(child, secs)
    await load.ask('hold', { port, path, count })
    const after = await collected(child, secs)
    await load.ask('release')
    return { memory: (after[field] - before[field]) / count, heap: (after.heapUsed - before.heapUsed) / count }
  } finally {
    await load.stop()
    await child.stop()
  }
}

async function collected(child, secs) {
  await child.ask('usage', { gc: true })
  await sleep(QUIET_TIMES * secs * 1000)
  return await child.ask('usage', { gc: true })
}
