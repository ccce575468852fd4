// The API server of a part, in a process that can be asked to collect its garbage.
import { setTimeout as sleep } from 'node:timers/promises'
import { Child } from '../child.mjs'

const POLL_MS = 5

/** @returns {Promise<{ child: Child, port: number }>} once it holds all objects: before, the store answers in its place */
export async function startServer(store, place, mount = 'front') {
  const child = new Child('servers/api.mjs', [mount, store, ...place], ['--expose-gc'])
  try {
    const port = await child.ask('start')
    await untilOk(`http://127.0.0.1:${port}/readyz`)
    return { child, port }
  } catch (err) {
    await child.stop()
    throw err
  }
}

export async function untilOk(url) {
  for (;;) {
    const answer = await fetch(url)
    await answer.arrayBuffer()
    if (answer.ok) return
    await sleep(POLL_MS)
  }
}

/** Pages of LMDB's file are the kernel's cache, and counted in RSS all the same. */
export const memoryField = (store) => (store === 'lmdb' ? 'own' : 'rss')
