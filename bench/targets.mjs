// What is measured beside each other, each a process of its own.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { seed } from './api-client.mjs'
import { Child } from './child.mjs'
import { startEtcd } from './etcd.mjs'

/** The bare server that each way of mounting is compared with. */
const bareServer = {
  front: { name: 'node:http', kind: 'http' },
  use: { name: 'Express', kind: 'express' },
}
const FOREIGN_RATE = 1000

/**
 * @typedef {object} Target
 * @property {string} name as printed
 * @property {string | undefined} store absent for what is bare
 * @property {'front' | 'use' | undefined} mount absent for what serves nothing
 * @property {Child} child
 * @property {number} port
 * @property {string} [like] prefix of the keys whose values a bare client writes; it drives itself and creates alone
 */

/**
 * Starts the servers of the API, which hold the objects of the benchmark already, and what they are compared with.
 *
 * @param {{ store: string[], mount: string[], foreign?: boolean }} flags
 * @param {{ bareServers: boolean, bareClient: boolean }} wanted
 * @returns {Promise<{ targets: Target[], foreign?: Child, stop(): Promise<void> }>}
 */
export async function startTargets({ store: stores, mount: mounts, foreign }, { bareServers, bareClient }) {
  const stops = []
  const stop = async () => {
    for (const end of stops.reverse()) await end()
  }
  const start = async (file, args, target) => {
    const child = new Child(file, args)
    stops.push(() => child.stop())
    return { ...target, child, port: await child.ask('start') }
  }
  try {
    const targets = []
    for (const mount of bareServers ? mounts : []) {
      const { name, kind } = bareServer[mount]
      targets.push(await start('servers/constant.mjs', [kind], { name, mount }))
    }
    let writer
    for (const store of stores) {
      const place = await openStore(store, stops)
      if (store === 'etcd' && bareClient) {
        const [url, like] = place(mounts[0])
        targets.push(await start('servers/etcd3.mjs', [url, '/bare'], { name: 'etcd3', like: `${like}/` }))
      }
      for (const mount of mounts) {
        const target = { name: `${store} ${mount}`, mount, store }
        targets.push(await start('servers/api.mjs', [mount, store, ...place(mount)], target))
      }
      if (store === 'etcd' && foreign) {
        const [url] = place('foreign')
        writer = (await start('servers/foreign.mjs', [url, '/foreign', FOREIGN_RATE], {})).child
      }
    }
    for (const { store, port } of targets) if (store) await seed(port)
    return { targets, foreign: writer, stop }
  } catch (err) {
    await stop()
    throw err
  }
}

/**
 * @param {(() => Promise<void>)[]} stops what ends the store is added here
 * @returns where a server of the store keeps its objects: servers share an etcd, and never a folder or a prefix
 */
export async function openStore(store, stops) {
  if (store === 'etcd') {
    const etcd = await startEtcd()
    stops.push(etcd.stop)
    return (name) => [etcd.url, `/${name}`]
  }
  const folder = mkdtempSync(join(tmpdir(), 'bench-lmdb-'))
  const remove = () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  process.once('exit', remove)
  stops.push(async () => {
    process.off('exit', remove)
    remove()
  })
  return (name) => [join(folder, name)]
}
