import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Server as NetServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { etcd, lmdb, type RevisionedKV } from 'express-apiserver'
import { type EtcdFlags, FlagError, type Flags, type Mount } from './flags.js'
import { stopOnSignal } from './stop-on-signal.js'

/** What an example hands over to be listened for. */
export interface Served {
  readonly listener: (req: IncomingMessage, res: ServerResponse) => void
  /** Resolves once requests can be answered. */
  ready(): Promise<void>
  /** Ends watches and closes the store. */
  close(): Promise<void>
}

export interface ExampleOptions {
  readonly storage: RevisionedKV
  /** Path prefix of all keys; absent = the example's own. */
  readonly prefix?: string
  readonly mount: Mount
}

export interface Example {
  /** Whether it keeps objects, so that the flags of the store mean something. */
  readonly keepsObjects: boolean
  /** How it can be mounted, the default first. */
  readonly mounts: readonly [Mount, ...Mount[]]
  create(options: ExampleOptions): Served
  /** Commands to try, one a line. */
  commands(url: string): readonly string[]
}

/** How long requests in flight may take after a signal to stop, in milliseconds. */
const drainLimit = 10_000

/**
 * Runs an example until SIGTERM or SIGINT: listens, prints where, and drains in the end: no new connections, watches
 * ended, requests in flight answered. A second signal, or the limit of 10 s, cuts what is left.
 */
export async function serve(example: Example, flags: Flags): Promise<void> {
  const { url, where } = await startServer(example, flags)
  print(example, flags, url, example.keepsObjects ? [`data: ${where}`] : [])
}

/** As {@link serve}, and prints nothing but errors, which end the process. */
export async function startServer(example: Example, flags: Flags): Promise<{ url: string; where: string }> {
  const mount = chooseMount(example, flags)
  const store = chooseStore(flags)
  process.once('exit', store.remove)
  const served = example.create({ ...store.options, mount })
  const server = createServer(served.listener)
  stopOnSignal(() => drain(server, served))
  try {
    await served.ready()
    await listen(server, flags)
  } catch (error) {
    console.error(startError(error, flags))
    await served.close().catch(() => undefined)
    process.exit(1)
  }
  return { url: urlOf(server), where: store.where }
}

/** Where it listens, what `about` says, and commands to try. */
export function print(example: Example, flags: Flags, url: string, about: readonly string[]): void {
  const commands = example.commands(url).map((command) => `  ${command}`)
  console.log([`${flags.example} on ${url}`, ...about, 'try:', ...commands].join('\n'))
}

/** @throws {FlagError} when the example has no use for a flag */
export function chooseMount({ mounts, keepsObjects }: Example, { example, mount, data, etcd }: Flags): Mount {
  if (!keepsObjects && (data !== undefined || etcd))
    throw new FlagError(`${example} keeps no objects: --data and --etcd-servers mean nothing to it`)
  if (mount !== undefined && !mounts.includes(mount))
    throw new FlagError(`${example} cannot be mounted by ${mount}, only by ${mounts.join(' or ')}`)
  return mount ?? mounts[0]
}

interface ChosenStore {
  readonly options: Pick<ExampleOptions, 'storage' | 'prefix'>
  readonly where: string
  remove(): void
}

function chooseStore(flags: Flags): ChosenStore {
  const keep = () => undefined
  if (flags.etcd) {
    const { hosts, prefix } = flags.etcd
    return { options: { storage: etcd({ hosts }), prefix }, where: etcdPlace(flags.etcd), remove: keep }
  }
  if (flags.data !== undefined) {
    const folder = resolve(flags.data)
    return { options: { storage: lmdb(folder) }, where: folder, remove: keep }
  }
  const folder = mkdtempSync(join(tmpdir(), 'express-apiserver-'))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  const where = `${folder} (temporary, removed on exit; keep it with --data DIR)`
  return { options: { storage: lmdb(folder) }, where, remove }
}

export const etcdPlace = ({ hosts, prefix }: EtcdFlags): string => `etcd at ${hosts.join(', ')} under ${prefix}`

export const listen = (server: NetServer, { host, port }: Flags): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })

/** Why a server cannot start, in one line. */
export function startError(error: unknown, { host, port }: Flags): string {
  const { code, message } =
    error instanceof Error ? (error as NodeJS.ErrnoException) : { code: '', message: `${error}` }
  if (code === 'EADDRINUSE') return `port ${port} of ${host} is in use: choose another with --port N (0 = any free one)`
  if (code === 'EACCES') return `port ${port} of ${host} is not allowed to this user`
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return `${host} is not an address of this machine`
  return `cannot start: ${message.split('\n')[0]}`
}

function urlOf(server: Server): string {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port')
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return `http://${host}:${address.port}`
}

async function drain(server: Server, served: Served): Promise<void> {
  // A connection that is kept alive becomes idle when its last answer is out, which may be after this moment.
  const idle = setInterval(() => server.closeIdleConnections(), 50)
  const cut = setTimeout(() => server.closeAllConnections(), drainLimit)
  const closed = new Promise((resolve) => server.close(resolve))
  await served.close()
  await closed
  clearInterval(idle)
  clearTimeout(cut)
}
