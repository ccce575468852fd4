// The API server of a part, in a process that can be asked to collect its garbage.
import { call } from '../api-client.mjs'
import { Child } from '../child.mjs'
import { ALL } from './objects.mjs'

/** @returns {Promise<{ child: Child, port: number }>} once it has answered from what it holds */
export async function startServer(store, place, mount = 'front') {
  const child = new Child('servers/api.mjs', [mount, store, ...place], ['--expose-gc'])
  try {
    const port = await child.ask('start')
    await call(port, 'GET', `${ALL}?limit=1`)
    return { child, port }
  } catch (err) {
    await child.stop()
    throw err
  }
}

/** Pages of LMDB's file are the kernel's cache, and counted in RSS all the same. */
export const memoryField = (store) => (store === 'lmdb' ? 'own' : 'rss')
