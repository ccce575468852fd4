import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { etcd, lmdb, type RevisionedKV } from 'express-apiserver'
import { FlagError, type Flags, type Mount } from './flags.js'

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
  const mount = chooseMount(example, flags)
  const store = chooseStore(flags)
  process.once('exit', store.remove)
  const served = example.create({ ...store.options, mount })
  const server = createServer(served.listener)
  stopOnSignal(server, served)
  try {
    await served.ready()
    await listen(server, flags)
  } catch (error) {
    console.error(startError(error, flags))
    await served.close().catch(() => undefined)
    process.exit(1)
  }
  const url = urlOf(server)
  const data = example.keepsObjects ? [`data: ${store.where}`] : []
  const commands = example.commands(url).map((command) => `  ${command}`)
  console.log([`${flags.example} on ${url}`, ...data, 'try:', ...commands].join('\n'))
}

/** @throws {FlagError} when the example has no use for a flag */
function chooseMount({ mounts, keepsObjects }: Example, { example, mount, data, etcd }: Flags): Mount {
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
    const where = `etcd at ${hosts.join(', ')} under ${prefix}`
    return { options: { storage: etcd({ hosts }), prefix }, where, remove: keep }
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

const listen = (server: Server, { host, port }: Flags): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })

function startError(error: unknown, { host, port }: Flags): string {
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

function stopOnSignal(server: Server, served: Served): void {
  let stoppingSince: number | undefined
  const stop = () => {
    if (stoppingSince !== undefined) {
      // Ctrl-C under npm arrives twice at once: from the terminal and from npm.
      if (Date.now() - stoppingSince > 1_000) process.exit(1)
      return
    }
    stoppingSince = Date.now()
    drain(server, served).then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(`cannot stop cleanly: ${error}`)
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
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
