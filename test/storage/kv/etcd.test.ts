import { setTimeout as sleep } from 'node:timers/promises'
import { Etcd3 } from 'etcd3'
import { afterAll, beforeAll } from 'vitest'
import { backgroundContext } from '../../../lib/meta/context.js'
import { etcd } from '../../../lib/storage/kv/etcd/index.js'
import { type EtcdCluster, startEtcd } from '../../support/etcd.js'
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.js'
import { describeRevisionedKV } from './contract.js'

let cluster: EtcdCluster
let proxy: TcpProxy
let raw: Etcd3

beforeAll(async () => {
  // Debian's 3.4.23 is too old to be asked for progress, so it has to tell by itself.
  cluster = await startEtcd({ flags: ['--experimental-watch-progress-notify-interval=100ms'] })
  proxy = await startTcpProxy(cluster.endpoints[0]!)
  raw = new Etcd3({ hosts: cluster.endpoints[0]! })
})

afterAll(async () => {
  raw.close()
  await proxy.close()
  await cluster.dispose()
})

async function open() {
  const kv = etcd({ hosts: proxy.endpoint, compactionIntervalMs: 0 })
  await kv.open(backgroundContext())
  return kv
}

describeRevisionedKV('etcd', {
  open,
  async reopen(kv) {
    await kv.close()
    return open()
  },
  async cut() {
    proxy.cut()
    // The clients are in this process: they learn of it when the event loop turns.
    await sleep(5)
  },
  async foreign(_kv, { put, remove }) {
    const response = await raw.kv.txn({
      success: [
        ...[...put].map(([key, value]) => ({ request_put: { key: Buffer.from(key), value } })),
        ...remove.map((key) => ({ request_delete_range: { key: Buffer.from(key) } })),
      ],
    })
    return Number(response.header.revision)
  },
  tooLargeBytes: 2_000_000,
  // Before 3.4.31 answers may overtake events or stay away, so such an etcd (Debian has 3.4.23) is asked for none.
  answersProgressRequests: false,
  async dispose() {},
})
