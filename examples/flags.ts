/** The flags of every example server: `npm start -- --port 0 --data ./data`. */
export interface Flags {
  readonly help: boolean
  readonly example: string
  readonly host: string
  /** 0 = any free port. */
  readonly port: number
  /** How the API is mounted; absent = as the example does it by default. */
  readonly mount?: Mount
  /** Folder of the LMDB store; absent = a temporary one. */
  readonly data?: string
  readonly etcd?: EtcdFlags
  /** Processes that share the port and the etcd; absent = this one alone. */
  readonly workers?: number
}

/** `front`: the API stands before Express. `use`: it is a middleware of the app. */
export type Mount = 'front' | 'use'

export interface EtcdFlags {
  readonly hosts: readonly string[]
  readonly prefix: string
}

/** A flag that is unknown, or whose value is no good. Its message fits one line. */
export class FlagError extends Error {
  override readonly name = 'FlagError'
}

export const usage = `npm start -- [flags]
  --port N                   port to listen on, 0 = any free one (8080)
  --host HOST                address to listen on (127.0.0.1)
  --data DIR                 folder of the embedded store (a temporary one, removed on exit)
  --etcd-servers URL[,URL]   store in etcd instead
  --etcd-prefix /PATH        where in etcd (/registry)
  --mount front|use          API before Express, or a middleware of the app (front where both are)
  --workers N                serve from N processes with a cache each, on etcd alone (this one process)
  --example NAME             sample-apiserver, existing-app, hello-restful, process-metrics or user-service
                             (sample-apiserver)
  --help                     this text`

const valued = ['port', 'host', 'data', 'etcd-servers', 'etcd-prefix', 'mount', 'workers', 'example'] as const
type ValuedFlag = (typeof valued)[number]
type Given = ReadonlyMap<ValuedFlag, string>

const isValued = (name: string): name is ValuedFlag => (valued as readonly string[]).includes(name)

/**
 * Reads the command line of an example.
 *
 * @param args what follows the script's name, `--name value` or `--name=value`
 * @throws {FlagError} on an unknown flag, one given twice, or a bad value
 * @example parseFlags(['--port', '0']).port // 0
 */
export function parseFlags(args: readonly string[]): Flags {
  const { given, help } = readFlags(args)
  const etcd = etcdFlags(given)
  const data = given.get('data')
  const mount = given.get('mount')
  const workers = given.get('workers')
  if (data !== undefined && etcd) throw new FlagError('--data and --etcd-servers exclude each other: choose one store')
  if (workers !== undefined && !etcd)
    throw new FlagError('--workers needs --etcd-servers: the embedded store (LMDB) belongs to one process at a time')
  return {
    help,
    example: given.get('example') ?? 'sample-apiserver',
    host: given.get('host') ?? '127.0.0.1',
    port: portNumber(given.get('port') ?? '8080'),
    ...(mount === undefined ? {} : { mount: mountKind(mount) }),
    ...(data === undefined ? {} : { data }),
    ...(etcd ? { etcd } : {}),
    ...(workers === undefined ? {} : { workers: workerCount(workers) }),
  }
}

function readFlags(args: readonly string[]): { given: Given; help: boolean } {
  const given = new Map<ValuedFlag, string>()
  let help = false
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? ''
    if (arg === '--help' || arg === '-h') {
      help = true
      continue
    }
    if (!arg.startsWith('--')) throw new FlagError(`unexpected argument ${JSON.stringify(arg)}: flags begin with --`)
    const equals = arg.indexOf('=')
    const name = arg.slice(2, equals < 0 ? undefined : equals)
    if (!isValued(name)) throw new FlagError(`unknown flag --${name}: --help lists the known ones`)
    if (given.has(name)) throw new FlagError(`--${name} is given twice`)
    const value = equals < 0 ? args[++i] : arg.slice(equals + 1)
    if (!value || (equals < 0 && value.startsWith('--'))) throw new FlagError(`--${name} needs a value`)
    given.set(name, value)
  }
  return { given, help }
}

function portNumber(value: string): number {
  const port = /^\d{1,5}$/.test(value) ? Number(value) : Number.NaN
  if (!(port <= 65_535)) throw new FlagError(`--port ${JSON.stringify(value)} is not a number from 0 to 65535`)
  return port
}

const MAX_WORKERS = 64

function workerCount(value: string): number {
  const count = /^\d{1,2}$/.test(value) ? Number(value) : 0
  if (!(count >= 1 && count <= MAX_WORKERS))
    throw new FlagError(`--workers ${JSON.stringify(value)} is not a number from 1 to ${MAX_WORKERS}`)
  return count
}

function mountKind(value: string): Mount {
  if (value === 'front' || value === 'use') return value
  throw new FlagError(`--mount ${JSON.stringify(value)} is neither front nor use`)
}

function etcdFlags(given: Given): EtcdFlags | undefined {
  const servers = given.get('etcd-servers')
  const prefix = given.get('etcd-prefix')
  if (servers === undefined) {
    if (prefix !== undefined) throw new FlagError('--etcd-prefix means nothing without --etcd-servers')
    return undefined
  }
  return { hosts: servers.split(',').map(etcdUrl), prefix: etcdPrefix(prefix ?? '/registry') }
}

function etcdUrl(value: string): string {
  const url = URL.canParse(value) ? new URL(value) : undefined
  const bare = url?.pathname === '/' && url.search === '' && url.hash === '' && url.username === ''
  if (!url || !bare || (url.protocol !== 'http:' && url.protocol !== 'https:'))
    throw new FlagError(`--etcd-servers ${JSON.stringify(value)} is not a URL such as http://127.0.0.1:2379`)
  return url.origin
}

function etcdPrefix(value: string): string {
  if (!value.startsWith('/') || value.endsWith('/') || value.includes('//'))
    throw new FlagError(`--etcd-prefix ${JSON.stringify(value)} is not a path such as /registry`)
  return value
}
