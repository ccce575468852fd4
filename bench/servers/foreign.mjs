// Somebody else who writes into the same etcd, outside of what the API keeps there: `foreign.mjs URL PREFIX RATE`.
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { Etcd3 } from 'etcd3'
import { answering } from '../answering.mjs'

const [url, prefix, rate] = process.argv.slice(2)
const KEYS = 1000
const VALUE = Buffer.alloc(256, 'f')
const TICK_MS = 5
/** Writes under way before the writer waits: an etcd that falls behind is measured, not buried. */
const MAX_UNDER_WAY = 256
const client = new Etcd3({ hosts: url })

let written = 0
let begun = 0
let over = false

async function write() {
  let due = 0
  let underWay = 0
  for (let last = performance.now(); !over; await sleep(TICK_MS)) {
    const now = performance.now()
    due = Math.min(due + ((now - last) / 1000) * Number(rate), Number(rate))
    last = now
    for (; due >= 1 && underWay < MAX_UNDER_WAY; due--) {
      underWay++
      client
        .put(`${prefix}/${written % KEYS}`)
        .value(VALUE)
        .then(() => written++)
        .finally(() => underWay--)
    }
  }
}

async function start() {
  begun = performance.now()
  write()
}

/** @returns {Promise<number>} writes a second since the start */
const achieved = async () => written / ((performance.now() - begun) / 1000)

answering({ start, achieved }, async () => {
  over = true
  client.close()
})
