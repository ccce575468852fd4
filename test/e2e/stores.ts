import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { type EtcdCluster, startEtcd } from '../support/etcd.js'

/** A store that a server can be started on, and started again, with the same data. */
export interface Store {
  /** Flags of an example server. */
  readonly flags: readonly string[]
  readonly etcd?: EtcdCluster
  remove(): Promise<void>
}

export interface StoreKind {
  readonly name: string
  readonly there: boolean
  start(): Promise<Store>
}

const etcdOnPath = (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, 'etcd')))

/** The two stores. Without an etcd its suites are skipped, but never under CI. */
export const storeKinds: readonly StoreKind[] = [
  {
    name: 'lmdb',
    there: true,
    async start() {
      const folder = mkdtempSync(join(tmpdir(), 'express-apiserver-e2e-'))
      return { flags: ['--data', folder], remove: async () => rmSync(folder, { recursive: true, force: true }) }
    },
  },
  {
    name: 'etcd',
    there: etcdOnPath || process.env.CI === 'true',
    async start() {
      const etcd = await startEtcd()
      return { flags: ['--etcd-servers', etcd.endpoints.join(',')], etcd, remove: () => etcd.dispose() }
    },
  },
]
