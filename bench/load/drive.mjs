// A closed loop: every connection sends its next request when its last one was answered.
import { performance } from 'node:perf_hooks'
import { Connection } from './connection.mjs'
import { Histogram } from './histogram.mjs'
import { requests } from './requests.mjs'

/** Longest wait for the answers that are out when the time is over. */
const PATIENCE_MS = 30_000
const TOO_MANY_REQUESTS = 429

/**
 * @typedef {object} Lane one connection
 * @property {string} kind
 * @property {string} path
 * @property {string} [token] whose request a read is; absent = without credentials
 * @property {[number, number]} [length] bounds of the answers' length
 * @property {number} [everyMs] sends at these intervals, the first time after `afterMs`, instead of as fast as it can
 * @property {number} [afterMs]
 * @property {boolean} [mayBeRefused] goes on when it is answered 429, which is counted apart
 * @property {boolean} [background] load that is not what is measured: counted apart
 */

/**
 * @param {{ port: number, secs: number, warmUp: number, lanes: Lane[] }} job `secs` are measured, after `warmUp` that are not
 * @returns what was counted: `answers` in `secs`, `all` with the warm-up, their latencies, and how busy this client was
 */
export async function drive({ port, secs, warmUp, lanes }) {
  const run = {
    counting: false,
    over: false,
    answers: 0,
    background: 0,
    refused: 0,
    all: 0,
    latencies: new Histogram(),
  }
  const done = Promise.all(lanes.map((lane) => driveLane(run, port, lane)))
  const measured = measure(run, secs, warmUp)
  await Promise.race([done, measured])
  const result = await measured
  await Promise.race([done, late()])
  return {
    ...result,
    refused: run.refused,
    all: run.all,
    p50: run.latencies.quantile(0.5),
    p99: run.latencies.quantile(0.99),
  }
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
  const busy = performance.eventLoopUtilization(busySince).utilization
  return { answers: run.answers, background: run.background, secs: elapsed, busy }
}

function driveLane(run, port, lane) {
  const [shortest, longest] = lane.length ?? [0, Number.POSITIVE_INFINITY]
  const next = requests[lane.kind](lane)
  const pace = lane.everyMs && pacer(lane)
  return new Promise((resolve, reject) => {
    let asked
    let sentAt = 0
    const send = (body) => {
      try {
        const again = asked?.part
        asked = next(body)
        if (!again) sentAt = performance.now()
        connection.send(asked.text, asked.collect)
      } catch (err) {
        fail(err)
      }
    }
    const ask = (body) => {
      if (pace) setTimeout(() => (run.over ? end() : send(body)), pace())
      else send(body)
    }
    const end = () => {
      connection.end()
      resolve()
    }
    const onAnswer = (status, length, body) => {
      if (status === TOO_MANY_REQUESTS && lane.mayBeRefused) {
        if (run.counting) run.refused++
        return run.over ? end() : ask()
      }
      if (!asked.part) count(run, lane, sentAt)
      if (status !== asked.status) return fail(new Error(`${lane.kind} was answered ${status}, not ${asked.status}`))
      if (length < shortest || length > longest)
        return fail(new Error(`${lane.kind} got ${length} bytes, not ${shortest} to ${longest}`))
      if (run.over) end()
      else ask(body)
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

function count(run, lane, sentAt) {
  if (lane.background) {
    if (run.counting) run.background++
    return
  }
  run.all++
  if (!run.counting) return
  run.answers++
  run.latencies.record(performance.now() - sentAt)
}

/** Milliseconds until the next turn; turns that were missed are made up for, those of the last second at most. */
function pacer({ everyMs, afterMs = 0 }) {
  let due = performance.now() + afterMs - everyMs
  return () => {
    const now = performance.now()
    due = Math.max(due + everyMs, now - 1000)
    return Math.max(0, due - now)
  }
}

const pause = (secs) => new Promise((resolve) => setTimeout(resolve, secs * 1000))

const late = () =>
  new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`no answer in ${PATIENCE_MS} ms`)), PATIENCE_MS).unref()
  })
