// An embedded store for one machine: a revisioned key-value store on LMDB, in one folder, held by one process.

import { type OptionType, requireKnownOptions } from '../../../meta/known-options.js'
import { LmdbKV } from './store.js'

export type { LmdbKV } from './store.js'

export interface LmdbOptions {
  /**
   * Bytes that the pages in use may take; 0 = as much as the disk has (default). Beyond it, writes that add are
   * refused with `NoSpaceError`, while reads, deletes and compaction go on. The file may be somewhat larger.
   */
  readonly mapSize?: number
  /** Largest value in bytes. Default 1.5 MiB, like etcd's `--max-request-bytes`. */
  readonly maxValueBytes?: number
  /** Revisions of history kept at most; 0 = any number. Default 1,000,000. */
  readonly historyLimit?: number
  /**
   * Milliseconds between compactions; 0 = none. Each forgets what was history at the one before.
   * Default 300,000, like a kube-apiserver's `--etcd-compaction-interval`.
   */
  readonly compactionIntervalMs?: number
  /** @internal Writes without waiting for the disk: for tests that must see the difference. */
  readonly unsafeNoSync?: boolean
  /** @internal How the folder is locked; by default what suits the system. */
  readonly lock?: 'socket' | 'file'
  /** @internal Told how many events each slice of a compaction removes. */
  readonly onCompactionSlice?: (events: number) => void
}

/** The compiler demands every option here. */
const OPTIONS: Readonly<Record<keyof LmdbOptions, OptionType>> = {
  mapSize: 'number',
  maxValueBytes: 'number',
  historyLimit: 'number',
  compactionIntervalMs: 'number',
  unsafeNoSync: 'boolean',
  lock: 'text',
  onCompactionSlice: 'function',
}

/**
 * A store in a folder, made if need be, opened by `open()`. The package `lmdb` is loaded then and not before.
 *
 * A write is acknowledged, told to watchers and seen by readers when it is on the disk. Revisions begin after 1 and go
 * on after a restart. One process holds a store at a time; `open()` throws `ClosedError`, saying who holds it, and
 * `KVError` for a folder of a newer format or of somebody else.
 *
 * @param path a folder on a local disk: LMDB does not work over network file systems
 * @throws TypeError without a path, and for an option that there is not
 * @example
 * ```ts
 * const kv = lmdb('./data')
 * await kv.open(ctx)
 * await kv.create(ctx, '/registry/wardle.example.com/flunders/default/a', Buffer.from('{}'))
 * ```
 */
export function lmdb(path: string, options: LmdbOptions = {}): LmdbKV {
  if (typeof path !== 'string' || path === '') throw new TypeError("lmdb needs the path of a folder, such as './data'")
  requireKnownOptions('lmdb', options, OPTIONS)
  return new LmdbKV(path, {
    mapSize: options.mapSize ?? 0,
    maxValueBytes: options.maxValueBytes ?? 1.5 * 1024 * 1024,
    historyLimit: options.historyLimit ?? 1_000_000,
    compactionIntervalMs: options.compactionIntervalMs ?? 300_000,
    noSync: options.unsafeNoSync ?? false,
    lock: options.lock,
    onCompactionSlice: options.onCompactionSlice,
  })
}
