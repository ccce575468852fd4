import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type EtcdCluster, startEtcd } from '../support/etcd.js'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.js'
import { EtcdGateway } from './etcd-gateway.js'
import { ServerProcess } from './server-process.js'
import type { RawEvent, TruthSource } from './truth.js'

export type StoreName = 'lmdb' | 'etcd'

/** A store and the server processes on it. */
export interface Deployment extends TruthSource {
  readonly store: StoreName
  readonly servers: readonly ServerProcess[]
  compact(revision: number): Promise<void>
  /** Copies the data as a crash at this moment would leave them. */
  snapshot(): Promise<void>
  /** Puts the copy in the place of the data. The servers run on where they can. */
  restore(): Promise<void>
  close(): Promise<void>
}

/** One server with its embedded store. */
export class LmdbDeployment implements Deployment {
  readonly store = 'lmdb'

  private constructor(
    private readonly folder: string,
    readonly servers: readonly [ServerProcess],
  ) {}

  static async start(losesEvents: boolean): Promise<LmdbDeployment> {
    const folder = await mkdtemp(join(tmpdir(), 'robustness-lmdb-'))
    const deployment = new LmdbDeployment(folder, [new ServerProcess({ folder: join(folder, 'data'), losesEvents })])
    await deployment.servers[0].start()
    return deployment
  }

  history(from: number): Promise<{ events: readonly RawEvent[]; rev: number }> {
    return this.servers[0].call('history', { from })
  }

  compact(revision: number): Promise<void> {
    return this.servers[0].call('compact', { revision })
  }

  async snapshot(): Promise<void> {
    await this.servers[0].freeze()
    await copyFolder(join(this.folder, 'data'), join(this.folder, 'copy'))
    this.servers[0].thaw()
  }

  /** One process holds the store: it has to end and to start again. */
  async restore(): Promise<void> {
    await this.servers[0].kill()
    await copyFolder(join(this.folder, 'copy'), join(this.folder, 'data'))
    await this.servers[0].start()
  }

  async close(): Promise<void> {
    await this.servers[0].kill()
    await rm(this.folder, { recursive: true, force: true })
  }
}

/** One or several servers on one etcd, each behind proxies of its own to every member. */
export class EtcdDeployment implements Deployment {
  readonly store = 'etcd'
  readonly gateway: EtcdGateway

  private constructor(
    private readonly folder: string,
    readonly cluster: EtcdCluster,
    /** Of each server, to each member. */
    readonly proxies: readonly (readonly TcpProxy[])[],
    readonly servers: readonly ServerProcess[],
  ) {
    this.gateway = new EtcdGateway(cluster.endpoints)
  }

  static async start(members: 1 | 3, servers: number, losesEvents: boolean): Promise<EtcdDeployment> {
    const folder = await mkdtemp(join(tmpdir(), 'robustness-etcd-'))
    // The last of two flags counts: a snapshot needs to know where the data of the only member are.
    const data = members === 1 ? [`--data-dir=${join(folder, 'data')}`] : []
    const flags = ['--heartbeat-interval=50', '--election-timeout=500', ...data]
    const cluster = await startEtcd({ members, flags })
    const proxies: TcpProxy[][] = []
    for (let i = 0; i < servers; i++)
      proxies.push(await Promise.all(cluster.endpoints.map((url) => startTcpProxy(url))))
    const processes = proxies.map(
      (own) => new ServerProcess({ hosts: own.map(({ endpoint }) => endpoint), losesEvents }),
    )
    await Promise.all(processes.map((server) => server.start()))
    return new EtcdDeployment(folder, cluster, proxies, processes)
  }

  get members(): number {
    return this.cluster.endpoints.length
  }

  history(from: number): Promise<{ events: readonly RawEvent[]; rev: number }> {
    return this.gateway.history(from)
  }

  compact(revision: number): Promise<void> {
    return this.gateway.compact(revision)
  }

  async snapshot(): Promise<void> {
    await this.cluster.freeze(0)
    await copyFolder(join(this.folder, 'data'), join(this.folder, 'copy'))
    this.cluster.thaw(0)
  }

  async restore(): Promise<void> {
    await this.cluster.kill()
    await copyFolder(join(this.folder, 'copy'), join(this.folder, 'data'))
    await this.cluster.restart()
  }

  async close(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.kill()))
    await Promise.all(this.proxies.flat().map((proxy) => proxy.close()))
    await this.cluster.dispose()
    await rm(this.folder, { recursive: true, force: true })
  }
}

async function copyFolder(from: string, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true })
  await cp(from, to, { recursive: true })
}
