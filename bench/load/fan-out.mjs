// Creates, each of which goes to all watchers of the collection.
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { Connection } from './connection.mjs'
import { Histogram } from './histogram.mjs'
import { flunder, request } from './requests.mjs'
import { Watcher } from './watcher.mjs'

const WRITERS = 16
/** Watchers whose every event is timed, the first and the last among them. */
const TIMED = 8
/** Writes come in bursts, each delivered before the next: a server that falls behind is measured, not buried. */
const burstOf = (watchers) => Math.round(Math.min(2000, Math.max(100, 40_000 / watchers)))
const PATIENCE_MS = 20_000

/** @returns deliveries in `secs` after `warmUp` seconds, which ends with the last of them, and the time from create to delivery */
export async function fanOut({ port, path, resourceVersion, watchers: count, secs, warmUp = 0 }) {
  const run = { created: 0, sent: [], delivered: 0, latencies: new Histogram(), error: undefined, count }
  const onBroken = (why) => (run.error ??= why)
  const query = `watch=true&resourceVersion=${resourceVersion}`
  const timedOnes = new Set(Array.from({ length: TIMED }, (_, i) => Math.round((i * (count - 1)) / (TIMED - 1))))
  const watchers = Array.from({ length: count }, (_, i) => {
    const onEvent = timedOnes.has(i) ? timed(run) : () => run.delivered++
    return new Watcher(port, `${path}?${query}`, onEvent, onBroken)
  })
  await Promise.all(watchers.map(({ begun }) => begun))
  if (warmUp > 0) await publish(run, port, path, warmUp)
  Object.assign(run, { delivered: 0, created: 0, latencies: new Histogram() })
  const since = performance.now()
  const busySince = performance.eventLoopUtilization()
  await publish(run, port, path, secs)
  const elapsed = (performance.now() - since) / 1000
  const busy = performance.eventLoopUtilization(busySince).utilization
  for (const watcher of watchers) watcher.end()
  const { delivered, latencies } = run
  return {
    answers: delivered,
    all: delivered,
    secs: elapsed,
    busy,
    p50: latencies.quantile(0.5),
    p99: latencies.quantile(0.99),
  }
}

/** Finds in an event the number that its object was named by. */
const timed = (run) => (bytes, at) => {
  run.delivered++
  const name = /"name":"e(\d+)"/.exec(bytes.latin1Slice(at, at + 400))?.[1]
  if (name !== undefined) run.latencies.record(performance.now() - run.sent[name])
}

/** Bursts for so long. */
async function publish(run, port, path, secs) {
  for (const end = performance.now() + secs * 1000; performance.now() < end; ) {
    await write(run, port, path, run.sent.length + burstOf(run.count))
    for (const limit = Date.now() + PATIENCE_MS; run.delivered < run.created * run.count && !run.error; await sleep(1))
      if (Date.now() > limit) throw new Error(`${run.delivered} of ${run.created * run.count} events were delivered`)
    if (run.error) throw run.error
  }
}

/** Creates until so many were asked for. */
function write(run, port, path, last) {
  const writer = () =>
    new Promise((resolve, reject) => {
      const ask = () => {
        if (run.sent.length >= last || run.error) return finish()
        const body = flunder(`e${run.sent.length}`)
        run.sent.push(performance.now())
        connection.send(request('POST', path, body))
      }
      const finish = (why) => {
        connection.end()
        if (why) reject(why)
        else resolve()
      }
      const onAnswer = (status) => {
        if (status !== 201) return finish(new Error(`a create was answered ${status}`))
        run.created++
        ask()
      }
      const connection = new Connection(port, onAnswer, finish)
      ask()
    })
  return Promise.all(Array.from({ length: WRITERS }, writer))
}
