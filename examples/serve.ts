import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { etcd, lmdb, type RevisionedKV, runServer, type ServerOptions } from 'express-apiserver'
import { type EtcdFlags, FlagError, type Flags, type Mount } from './flags.js'

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
  /** What is to be served: an API, an app, or an app with an API. */
  create(options: ExampleOptions): Pick<ServerOptions, 'api' | 'app' | 'listener' | 'websockets'>
  /** Commands to try, one a line. */
  commands(url: string): readonly string[]
}

/** How long requests in flight may take after a signal to stop, in milliseconds. */
const PATIENCE_MS = 10_000

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
  const { options, where, remove } = chooseStore(flags)
  process.once('exit', remove)
  const { host, port } = flags
  try {
    const served = example.create({ ...options, mount })
    const { url } = await runServer({ ...served, host, port, shutdown: { patienceMs: PATIENCE_MS } })
    return { url, where }
  } catch (error) {
    console.error(startError(error, flags))
    process.exit(1)
  }
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

/** Why a server cannot start, in one line. */
export function startError(error: unknown, { host, port }: Flags): string {
  const { code, message } =
    error instanceof Error ? (error as NodeJS.ErrnoException) : { code: '', message: `${error}` }
  if (code === 'EADDRINUSE') return `port ${port} of ${host} is in use: choose another with --port N (0 = any free one)`
  if (code === 'EACCES') return `port ${port} of ${host} is not allowed to this user`
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') return `${host} is not an address of this machine`
  return `cannot start: ${message.split('\n')[0]}`
}
