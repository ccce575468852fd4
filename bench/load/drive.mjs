// A closed loop: every connection sends its next request when its last one was answered.
import { performance } from 'node:perf_hooks'
import { Connection } from './connection.mjs'
import { Histogram } from './histogram.mjs'
import { requests } from './requests.mjs'

/** Longest wait for the answers that are out when the time is over. */
const PATIENCE_MS = 10_000

/**
 * @param {object} job
 * @param {number} job.port
 * @param {number} job.secs measured, after `job.warmUp` seconds that are not
 * @param {{ kind: string, path: string, length?: [number, number] }[]} job.lanes one for each connection; an answer's
 *   length must be within the bounds
 * @returns what was counted: `answers` in `secs`, `all` with the warm-up, their latencies, and how busy this client was
 */
export async function drive({ port, secs, warmUp, lanes }) {
  const run = { counting: false, over: false, answers: 0, all: 0, latencies: new Histogram() }
  const done = Promise.all(lanes.map((lane) => driveLane(run, port, lane)))
  const measured = measure(run, secs, warmUp)
  await Promise.race([done, measured])
  const result = await measured
  await Promise.race([done, late()])
  return { ...result, all: run.all, p50: run.latencies.quantile(0.5), p99: run.latencies.quantile(0.99) }
}

async function measure(run, secs, warmUp) {
  await pause(warmUp)
  const since = performance.now()
  const busySince = performance.eventLoopUtilization()
  run.counting = true
  await pause(secs)
  // A rate needs an answer at least.
  while (run.answers === 0 && !run.over) await pause(0.01)
  run.counting = false
  run.over = true
  const elapsed = (performance.now() - since) / 1000
  return { answers: run.answers, secs: elapsed, busy: performance.eventLoopUtilization(busySince).utilization }
}

function driveLane(run, port, lane) {
  const [shortest, longest] = lane.length ?? [0, Number.POSITIVE_INFINITY]
  const next = requests[lane.kind](lane)
  return new Promise((resolve, reject) => {
    let asked
    let sentAt
    const ask = (body) => {
      asked = next(body)
      sentAt = performance.now()
      connection.send(asked.text, asked.collect)
    }
    const onAnswer = (status, length, body) => {
      run.all++
      if (run.counting) {
        run.answers++
        run.latencies.record(performance.now() - sentAt)
      }
      if (status !== asked.status) return fail(new Error(`${lane.kind} was answered ${status}, not ${asked.status}`))
      if (length < shortest || length > longest)
        return fail(new Error(`${lane.kind} got ${length} bytes, not ${shortest} to ${longest}`))
      if (!run.over) return ask(body)
      connection.end()
      resolve()
    }
    const fail = (why) => {
      run.over = true
      connection.end()
      reject(why)
    }
    const connection = new Connection(port, onAnswer, fail)
    ask()
  })
}

const pause = (secs) => new Promise((resolve) => setTimeout(resolve, secs * 1000))

const late = () =>
  new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`no answer in ${PATIENCE_MS} ms`)), PATIENCE_MS).unref()
  })
