// A mixed load for a while, and whether the server's memory stays flat under it.
import { setTimeout as sleep } from 'node:timers/promises'
import { call, createObjects, flundersOf, READ, WRITTEN } from './api-client.mjs'
import { Child } from './child.mjs'
import { median } from './measure.mjs'
import { startTargets } from './targets.mjs'

const SAMPLES = 60
/** Heaps grow to their size and code is compiled before anything can be said. */
const SETTLED_AFTER = 1 / 3
/** Growth from the first to the last quarter of the settled time that still counts as flat. */
const FLAT = 0.05
const MIB = 1024 * 1024
const BUSY = flundersOf('bench-busy')

/** @returns {Promise<boolean>} whether memory stayed flat and every answer was right */
export async function soak(flags, print) {
  const { targets, stop } = await startTargets(flags, { bareServers: false, bareClient: false })
  const load = new Child('load/client.mjs')
  try {
    const [target] = targets
    await createObjects(target.port, WRITTEN, 16)
    const before = await target.child.ask('usage')
    print(`${target.name}: mixed load for ${flags.secs} s, ${mebibytes(before)} before`)
    const [samples, requests, deliveries] = await Promise.all([
      sampleMemory(target, flags.secs, print),
      load.ask('drive', { port: target.port, secs: flags.secs, warmUp: 0, lanes: mixedLanes() }),
      watchBusy(target, flags),
    ])
    print(`${requests.answers} requests, p99 ${requests.p99.toFixed(1)} ms, ${deliveries} deliveries of events`)
    return judge(samples, print)
  } finally {
    await load.stop()
    await stop()
  }
}

const lanes = (count, lane) => Array.from({ length: count }, (_, i) => lane(i))

const mixedLanes = () => [
  ...lanes(8, (i) => ({ kind: 'read', path: `${READ}/o${i}` })),
  ...lanes(1, () => ({ kind: 'read', path: READ })),
  ...lanes(2, () => ({ kind: 'read', path: `${READ}?limit=50` })),
  ...lanes(8, (i) => ({ kind: 'put', path: WRITTEN, name: `o${i}` })),
  ...lanes(8, (i) => ({ kind: 'patch', path: WRITTEN, name: `o${8 + i}` })),
  ...lanes(8, (i) => ({ kind: 'churn', path: flundersOf('bench-churn'), name: `churn${i}` })),
]

/** Watchers of a collection that gets an object now and then come and go once a second. */
async function watchBusy({ port }, { secs, watchers }) {
  const load = new Child('load/client.mjs')
  let deliveries = 0
  try {
    for (const end = Date.now() + secs * 1000; Date.now() < end; await sleep(Math.min(500, secs * 100))) {
      const { resourceVersion } = JSON.parse((await call(port, 'GET', `${BUSY}?limit=1`)).body).metadata
      const job = { port, path: BUSY, resourceVersion, watchers, secs: Math.min(0.2, secs / 10) }
      deliveries += (await load.ask('fanOut', job)).answers
      await call(port, 'DELETE', BUSY)
    }
    return deliveries
  } finally {
    await load.stop()
  }
}

async function sampleMemory({ child }, secs, print) {
  const samples = []
  for (let i = 0; i < SAMPLES; i++) {
    await sleep((secs * 1000) / SAMPLES)
    samples.push(await child.ask('usage'))
    if (i % 10 === 9) print(`${Math.round((secs * (i + 1)) / SAMPLES)} s: ${mebibytes(samples.at(-1))}`)
  }
  return samples
}

const mib = (bytes) => `${Math.round(bytes / MIB)} MiB`
const mebibytes = ({ rss, own, heapUsed }) => `RSS ${mib(rss)}, without mapped files ${mib(own)}, heap ${mib(heapUsed)}`

/** Compares the medians of the settled time's first and last quarter. */
function judge(samples, print) {
  const settled = samples.slice(Math.floor(samples.length * SETTLED_AFTER)).map(({ own }) => own)
  const quarter = Math.ceil(settled.length / 4)
  const first = median(settled.slice(0, quarter))
  const last = median(settled.slice(-quarter))
  const growth = (last - first) / first
  const flat = growth <= FLAT
  const percent = `${growth < 0 ? '' : '+'}${(growth * 100).toFixed(1)} %`
  print(
    `memory without mapped files: ${mib(first)} after the warm-up, ${mib(last)} at the end (${percent}): ${flat ? 'flat' : 'NOT flat'}`,
  )
  return flat
}
