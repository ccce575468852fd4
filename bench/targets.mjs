// The servers that are measured beside each other, each a process of its own.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seed } from './api-client.mjs'
import { Child } from './child.mjs'
import { startEtcd } from './etcd.mjs'

/** The bare server that each way of mounting is compared with. */
const bare = {
  front: { name: 'node:http', kind: 'http' },
  use: { name: 'Express', kind: 'express' },
}

/**
 * @typedef {object} Target
 * @property {string} name as printed
 * @property {string | undefined} store absent for bare servers
 * @property {'front' | 'use'} mount
 * @property {Child} child
 * @property {number} port
 */

/**
 * Starts the bare servers and those of the API, which hold the objects of the benchmark already.
 *
 * @returns {Promise<{ targets: Target[], stop(): Promise<void> }>}
 */
export async function startTargets({ store: stores, mount: mounts }) {
  const stops = []
  const stop = async () => {
    for (const end of stops.reverse()) await end()
  }
  const start = async (name, mount, store, file, args) => {
    const child = new Child(file, args)
    stops.push(() => child.stop())
    return { name, mount, store, child, port: await child.ask('start') }
  }
  try {
    const targets = []
    for (const mount of mounts)
      targets.push(await start(bare[mount].name, mount, undefined, 'servers/constant.mjs', [bare[mount].kind]))
    for (const store of stores) {
      const place = await openStore(store, stops)
      for (const mount of mounts)
        targets.push(await start(`${store} ${mount}`, mount, store, 'servers/api.mjs', [mount, store, ...place(mount)]))
    }
    for (const { store, port } of targets) if (store) await seed(port)
    return { targets, stop }
  } catch (err) {
    await stop()
    throw err
  }
}

/** @returns where a server of the store keeps its objects: servers share an etcd, and never a folder or a prefix */
async function openStore(store, stops) {
  if (store === 'etcd') {
    const etcd = await startEtcd()
    stops.push(etcd.stop)
    return (mount) => [etcd.url, `/${mount}`]
  }
  const folder = mkdtempSync(join(tmpdir(), 'bench-lmdb-'))
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  process.once('exit', remove)
  stops.push(async () => {
    process.off('exit', remove)
    remove()
  })
  return (mount) => [join(folder, mount)]
}
