import { type OptionType, requireKnownOptions } from '../../../meta/known-options.js'

/** How to reach an etcd cluster and how to use it. */
export interface EtcdOptions {
  /**
   * Client URLs or `host:port` of one or more members of one cluster, e.g. `https://10.0.0.1:2379`.
   * All with TLS or none: `https:` in front of one of them, or {@link EtcdOptions.credentials}, means TLS.
   */
  readonly hosts: string | readonly string[]
  /** PEM. `rootCertificate` is the authority of the servers; key and chain are for servers that want client certificates. */
  readonly credentials?: {
    readonly rootCertificate: Buffer
    readonly privateKey?: Buffer
    readonly certChain?: Buffer
  }
  /** A user of etcd's own authentication. It needs read and write on the keys used and on {@link EtcdOptions.compactionKey}. */
  readonly auth?: { readonly username: string; readonly password: string }
  /** Milliseconds a call may wait for a connection. Default 3,000. */
  readonly dialTimeoutMs?: number
  /** Milliseconds a call may take when its context sets no nearer deadline. Default 10,000. */
  readonly requestTimeoutMs?: number
  /**
   * Keys that one answer of a range holds at most; longer ranges are read in several, all at one revision. Default 10,000,
   * the most that a kube-apiserver asks for.
   */
  readonly pageSize?: number
  /**
   * Milliseconds of history that are kept at least: every so often, one of the servers that share the cluster compacts what
   * is older. Default 300,000 as in kube-apiserver; 0 = never.
   */
  readonly compactionIntervalMs?: number
  /**
   * The key by which servers agree who compacts, and whose reading tells the current revision.
   * Default `compact_rev_key`, so that a kube-apiserver on the same etcd takes part.
   */
  readonly compactionKey?: string
  /** Bytes that one answer may have. Default 64 MiB (gRPC's own default, 4 MiB, is less than a page of big objects). */
  readonly maxMessageBytes?: number
  /**
   * Milliseconds without traffic after which a connection in use is probed. Default 10,000. Must not be below the servers'
   * `--grpc-keepalive-min-time` (5 s), or they break the connection.
   */
  readonly keepaliveTimeMs?: number
  /** Milliseconds that the answer to a probe may take until the connection is given up. Default 5,000. */
  readonly keepaliveTimeoutMs?: number
}

/** The options with every default filled in. @internal */
export interface EtcdSettings {
  readonly hosts: readonly string[]
  readonly credentials: EtcdOptions['credentials']
  readonly auth: EtcdOptions['auth']
  readonly dialTimeoutMs: number
  readonly requestTimeoutMs: number
  readonly pageSize: number
  readonly compactionIntervalMs: number
  readonly compactionKey: string
  readonly maxMessageBytes: number
  readonly keepaliveTimeMs: number
  readonly keepaliveTimeoutMs: number
}

/** The compiler demands every option here. */
const OPTIONS: Readonly<Record<keyof EtcdOptions, OptionType>> = {
  hosts: 'text or list',
  credentials: 'object',
  auth: 'object',
  dialTimeoutMs: true,
  requestTimeoutMs: true,
  pageSize: true,
  compactionIntervalMs: true,
  compactionKey: 'text',
  maxMessageBytes: true,
  keepaliveTimeMs: true,
  keepaliveTimeoutMs: true,
}

/** @internal */
export function resolveOptions(options: EtcdOptions): EtcdSettings {
  requireKnownOptions('etcd', options, OPTIONS)
  if (options.hosts === undefined) throw new TypeError("etcd needs hosts, such as ['http://127.0.0.1:2379']")
  const hosts = typeof options.hosts === 'string' ? [options.hosts] : [...options.hosts]
  if (hosts.length === 0) throw new TypeError('etcd: at least one host is needed in `hosts`')
  for (const host of hosts) checkHost(host)
  const secure = hosts.filter((host) => host.startsWith('https://')).length
  if (secure > 0 && secure < hosts.length) throw new TypeError('etcd: hosts must be all https: or none')
  return {
    hosts,
    credentials: options.credentials,
    auth: options.auth,
    dialTimeoutMs: atLeast(1, 'dialTimeoutMs', options.dialTimeoutMs ?? 3_000),
    requestTimeoutMs: atLeast(1, 'requestTimeoutMs', options.requestTimeoutMs ?? 10_000),
    pageSize: atLeast(1, 'pageSize', options.pageSize ?? 10_000),
    compactionIntervalMs: atLeast(0, 'compactionIntervalMs', options.compactionIntervalMs ?? 300_000),
    compactionKey: options.compactionKey ?? 'compact_rev_key',
    maxMessageBytes: atLeast(1, 'maxMessageBytes', options.maxMessageBytes ?? 64 * 1024 * 1024),
    keepaliveTimeMs: atLeast(1, 'keepaliveTimeMs', options.keepaliveTimeMs ?? 10_000),
    keepaliveTimeoutMs: atLeast(1, 'keepaliveTimeoutMs', options.keepaliveTimeoutMs ?? 5_000),
  }
}

/** Schemes of URLs, and those that gRPC has besides. */
const SCHEMES: readonly string[] = ['http', 'https', 'dns', 'unix', 'ipv4', 'ipv6']

function checkHost(host: unknown): void {
  const scheme = typeof host === 'string' && /^([^:/?#]*):\/\//.exec(host)?.[1]
  const isHost = typeof host === 'string' && /^[^\s,]+$/.test(host) && (!scheme || SCHEMES.includes(scheme))
  if (isHost && scheme !== '') return
  throw new TypeError(
    `etcd: ${JSON.stringify(host) ?? typeof host} in \`hosts\` is no host: each is http://HOST:PORT, https://HOST:PORT or HOST:PORT`,
  )
}

/** The longest delay of a timer in Node. */
const MAX = 2 ** 31 - 1

function atLeast(least: number, name: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < least || value > MAX) {
    throw new TypeError(`etcd: ${name} must be a whole number from ${least} to ${MAX}`)
  }
  return value
}
