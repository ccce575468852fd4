import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { get as httpGet } from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freezeProcess } from './freeze.js'

export interface StartEtcdOptions {
  /** How many members the cluster has. Default 1. */
  readonly members?: 1 | 3
  /** More command line flags for every member, e.g. `--quota-backend-bytes=4194304`. */
  readonly flags?: readonly string[]
  /** Paths of PEM files; clients must then come over TLS, with a certificate of this authority. */
  readonly tls?: { readonly ca: string; readonly cert: string; readonly key: string }
}

/** A real etcd on 127.0.0.1, with ephemeral ports and data in a folder that {@link EtcdCluster.dispose} removes. */
export interface EtcdCluster {
  /** Client URLs, one a member. */
  readonly endpoints: readonly string[]
  /** Ends members in good order (SIGTERM): the one at `index`, or all. */
  stop(index?: number): Promise<void>
  /** Ends members as a crash would (SIGKILL): the one at `index`, or all. */
  kill(index?: number): Promise<void>
  /** Stops the process from running without ending it (SIGSTOP): its connections stay and say nothing. */
  freeze(index: number): Promise<void>
  thaw(index: number): void
  /** Starts the members that do not run, with their old data, and waits until the cluster is healthy. */
  restart(): Promise<void>
  /** The index of the member that leads. */
  leader(): Promise<number>
  /** Ends everything and removes the data. */
  dispose(): Promise<void>
}

interface Member {
  readonly name: string
  readonly client: string
  readonly peer: string
  readonly metrics: string
  readonly dataDir: string
  process: ChildProcess | undefined
  log: string
}

const START_TIMEOUT_MS = 30_000
const LOG_LIMIT = 20_000
const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Starts a cluster and resolves once every member answers that it is healthy. */
export async function startEtcd(options: StartEtcdOptions = {}): Promise<EtcdCluster> {
  // Between finding a free port and etcd's listening on it somebody else may take it: then everything is tried anew.
  for (let attempt = 1; ; attempt++) {
    const cluster = new LocalCluster(await planMembers(options), options)
    try {
      await cluster.restart()
      return cluster
    } catch (error) {
      await cluster.dispose()
      if (attempt === 3) throw error
    }
  }
}

async function planMembers(options: StartEtcdOptions): Promise<Member[]> {
  const count = options.members ?? 1
  const folder = await mkdtemp(join(tmpdir(), 'etcd-'))
  const ports = await freePorts(count * 3)
  const scheme = options.tls ? 'https' : 'http'
  return Array.from({ length: count }, (_, index) => ({
    name: `m${index}`,
    client: `${scheme}://127.0.0.1:${ports[index * 3]}`,
    peer: `http://127.0.0.1:${ports[index * 3 + 1]}`,
    metrics: `http://127.0.0.1:${ports[index * 3 + 2]}`,
    dataDir: join(folder, `m${index}`),
    process: undefined,
    log: '',
  }))
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

class LocalCluster implements EtcdCluster {
  readonly endpoints: readonly string[]

  constructor(
    private readonly members: readonly Member[],
    private readonly options: StartEtcdOptions,
  ) {
    this.endpoints = members.map((member) => member.client)
  }

  stop(index?: number): Promise<void> {
    return this.end('SIGTERM', index)
  }

  kill(index?: number): Promise<void> {
    return this.end('SIGKILL', index)
  }

  freeze(index: number): Promise<void> {
    return freezeProcess(this.members[index]?.process)
  }

  thaw(index: number): void {
    this.members[index]?.process?.kill('SIGCONT')
  }

  async restart(): Promise<void> {
    for (const member of this.members) if (!member.process) this.spawn(member)
    await Promise.all(this.members.map((member) => waitHealthy(member)))
  }

  async leader(): Promise<number> {
    const bodies = await Promise.all(this.members.map((member) => read(`${member.metrics}/metrics`).catch(() => '')))
    return bodies.findIndex((body) => /^etcd_server_is_leader 1$/m.test(body))
  }

  async dispose(): Promise<void> {
    await this.end('SIGKILL')
    const folder = this.members[0] && join(this.members[0].dataDir, '..')
    if (folder) await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  }

  private async end(signal: NodeJS.Signals, index?: number): Promise<void> {
    const members = index === undefined ? this.members : this.members.slice(index, index + 1)
    await Promise.all(
      members.map(async (member) => {
        const child = member.process
        if (!child || child.exitCode !== null || child.signalCode !== null) return
        const exited = once(child, 'exit')
        child.kill('SIGCONT')
        child.kill(signal)
        await exited
      }),
    )
  }

  private spawn(member: Member): void {
    const tls = this.options.tls
    const security = tls
      ? [`--cert-file=${tls.cert}`, `--key-file=${tls.key}`, `--trusted-ca-file=${tls.ca}`, '--client-cert-auth']
      : []
    const cluster = this.members.map(({ name, peer }) => `${name}=${peer}`).join(',')
    const child = spawn(
      'etcd',
      [
        `--name=${member.name}`,
        `--data-dir=${member.dataDir}`,
        `--listen-client-urls=${member.client}`,
        `--advertise-client-urls=${member.client}`,
        `--listen-peer-urls=${member.peer}`,
        `--initial-advertise-peer-urls=${member.peer}`,
        `--listen-metrics-urls=${member.metrics}`,
        `--initial-cluster=${cluster}`,
        '--logger=zap',
        '--log-level=warn',
        ...security,
        ...(this.options.flags ?? []),
      ],
      { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env.PATH } },
    )
    running.add(child)
    member.process = child
    member.log = ''
    const keep = (chunk: Buffer) => {
      member.log = (member.log + chunk.toString()).slice(-LOG_LIMIT)
    }
    child.stdout?.on('data', keep)
    child.stderr?.on('data', keep)
    child.on('error', (error) => {
      member.log += String(error)
    })
    child.once('exit', () => {
      running.delete(child)
      if (member.process === child) member.process = undefined
    })
  }
}

async function waitHealthy(member: Member): Promise<void> {
  const end = Date.now() + START_TIMEOUT_MS
  while (Date.now() < end) {
    if (!member.process || member.process.pid === undefined) throw new Error(`etcd did not start: ${member.log}`)
    const body = await read(`${member.metrics}/health`).catch(() => '')
    if (body.includes('"true"')) return
    await sleep(30)
  }
  throw new Error(`etcd is not healthy after ${START_TIMEOUT_MS} ms: ${member.log}`)
}

function read(url: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = httpGet(url, { timeout: 2000, agent: false }, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        body += chunk
      })
      response.on('end', () => resolve(body))
      response.on('error', reject)
    })
    request.on('timeout', () => request.destroy(new Error('timeout')))
    request.on('error', reject)
  })
}
