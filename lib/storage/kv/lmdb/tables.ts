import {
  decodeEvents,
  decodePair,
  type KeyCodec,
  type MutableKeyValue,
  revisionKeys,
  type StoredEvent,
  type SupersededKey,
  supersededKeys,
  textKeys,
} from './codec.js'

/** Bounds of a walk over a table. Keys may also be given as raw bytes. */
export interface Walk<K> {
  readonly start?: K | Buffer
  readonly end?: K | Buffer | undefined
  readonly limit?: number
  readonly offset?: number
  readonly reverse?: boolean
  readonly exclusiveStart?: boolean
}

/** What is used of a driver's table. */
export interface Table<K, V> {
  get(key: K | Buffer): V | undefined
  put(key: K | Buffer, value: Buffer): unknown
  remove(key: K | Buffer): unknown
  getRange(walk: Walk<K>): Iterable<{ readonly key: K; readonly value: V }>
  getKeys(walk: Walk<K>): Iterable<K>
  getKeysCount(walk: Walk<K>): number
  getStats(): TableStats
}

interface TableStats {
  readonly pageSize: number
  readonly treeBranchPageCount: number
  readonly treeLeafPageCount: number
  readonly overflowPages: number
  readonly entryCount: number
}

/** What is used of a driver's environment; itself the table of tables. */
export interface Environment extends Table<string, Buffer> {
  openDB(options: object): unknown
  batch(action: () => void): Promise<boolean>
  transactionSync(action: () => void): void
  readonly flushed: PromiseLike<unknown>
  resetReadTxn(): void
  close(): Promise<void>
}

export interface Tables {
  readonly env: Environment
  /** The pairs that stand, the key to be set by the reader. */
  readonly latest: Table<string, MutableKeyValue>
  /** Pairs that were replaced or deleted, until compaction. */
  readonly superseded: Table<SupersededKey, MutableKeyValue>
  /** What each revision changed, until compaction. */
  readonly events: Table<number, StoredEvent[]>
  /** Lease id → JSON. */
  readonly leases: Table<string, Buffer>
  /** Lease id and key → nothing. */
  readonly leaseKeys: Table<string, Buffer>
  /** Single values: the compacted revision. */
  readonly meta: Table<string, Buffer>
}

/** The driver copies nothing for these: a decoder must copy what it keeps. */
const codec = <V>(decode: (bytes: Uint8Array) => V) => ({ encode: (bytes: Buffer) => bytes, decode })

const copy = (bytes: Uint8Array): Buffer => Buffer.from(bytes.subarray(0, bytes.length))

function table<K, V>(env: Environment, name: string, keys: KeyCodec<K>, decode: (bytes: Uint8Array) => V) {
  return env.openDB({ name, keyEncoder: keys, encoder: codec(decode) }) as Table<K, V>
}

/** Opens the environment in a folder. The driver is loaded here and not before. */
export async function openEnvironment(path: string, noSync: boolean): Promise<Environment> {
  const { open } = await import('lmdb')
  return open<Buffer, string>({
    path,
    noSubdir: false,
    encoding: 'binary',
    keyEncoder: textKeys,
    maxDbs: 12,
    eventTurnBatching: false,
    ...(noSync ? { noSync: true, overlappingSync: false } : {}),
  }) as unknown as Environment
}

export function openTables(env: Environment): Tables {
  return {
    env,
    latest: table(env, 'latest', textKeys, decodePair),
    superseded: table(env, 'superseded', supersededKeys, decodePair),
    events: table(env, 'events', revisionKeys, decodeEvents),
    leases: table(env, 'leases', textKeys, copy),
    leaseKeys: table(env, 'lease-keys', textKeys, copy),
    meta: table(env, 'meta', textKeys, copy),
  }
}

/** Bytes of the pages in use. Free pages that the file keeps for reuse do not count. */
export function usedBytes(tables: Tables): number {
  let bytes = 0
  for (const each of [tables.latest, tables.superseded, tables.events, tables.leases, tables.leaseKeys]) {
    const stats = each.getStats()
    bytes += (stats.treeBranchPageCount + stats.treeLeafPageCount + stats.overflowPages) * stats.pageSize
  }
  return bytes
}

/** The newest revision on disk. Compaction always leaves the newest event, so a store without one is new. */
export function lastRevision(tables: Tables): number {
  // Without a named end the driver stops before keys that begin with small bytes.
  for (const revision of tables.events.getKeys({ end: undefined, reverse: true, limit: 1 })) return revision
  return 1
}

/** Writes all that `action` puts and removes as one transaction; resolves when it is on the disk. */
export async function commit(tables: Tables, action: () => void): Promise<void> {
  await tables.env.batch(action)
  await tables.env.flushed
  tables.env.resetReadTxn()
}
