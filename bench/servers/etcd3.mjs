// A bare `etcd3` client, which serves nothing: as many creates as it can, each the transaction that the API's is.
// `etcd3.mjs URL PREFIX`.
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { Etcd3 } from 'etcd3'
import { answering, usage } from '../answering.mjs'
import { Histogram } from '../load/histogram.mjs'

const [url, prefix] = process.argv.slice(2)
const client = new Etcd3({ hosts: url })
let created = 0

/** @param {{ like: string, conns: number, secs: number, warmUp: number }} job `like` is a prefix of keys with values to write */
async function drive({ like, conns, secs, warmUp }) {
  const [value] = Object.values(await client.getAll().prefix(like).limit(1).buffers())
  const run = { over: false, counting: false, answers: 0, all: 0, latencies: new Histogram() }
  const lanes = Promise.all(Array.from({ length: conns }, () => lane(run, value)))
  await Promise.race([lanes, sleep(warmUp * 1000)])
  const since = performance.now()
  run.counting = true
  await Promise.race([lanes, sleep(secs * 1000)])
  run.counting = false
  run.over = true
  const elapsed = (performance.now() - since) / 1000
  await lanes
  const { answers, all, latencies } = run
  return { answers, all, secs: elapsed, busy: 0, p50: latencies.quantile(0.5), p99: latencies.quantile(0.99) }
}

async function lane(run, value) {
  while (!run.over) {
    const key = `${prefix}/c${created++}`
    const since = performance.now()
    const { succeeded } = await client.if(key, 'Create', '==', 0).then(client.put(key).value(value)).commit()
    if (!succeeded) throw new Error(`${key} was there already`)
    run.all++
    if (!run.counting) continue
    run.answers++
    run.latencies.record(performance.now() - since)
  }
}

answering({ start: async () => 0, drive, usage }, async () => client.close())
