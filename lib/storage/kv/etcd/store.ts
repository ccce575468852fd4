import type { Context } from '../../../meta/context.js'
import type {
  GetResult,
  KVWatch,
  Lease,
  RangeOptions,
  RangeResult,
  RevisionedKV,
  WatchOptions,
  WriteOptions,
  WriteResult,
} from '../types.js'
import { Compactor } from './compaction.js'
import { Connection } from './connection.js'
import { History } from './history.js'
import { grantLease } from './lease.js'
import type { EtcdSettings } from './options.js'
import { Reader } from './read.js'
import { RevisionCheck } from './revision.js'
import { EtcdWatch } from './watch.js'
import { Writer } from './write.js'

/** {@link RevisionedKV} on an etcd cluster: ties its parts together. @internal */
export class EtcdStore implements RevisionedKV {
  readonly hosts: readonly string[]
  private readonly connection: Connection
  private readonly revisions: RevisionCheck
  private readonly history: History
  private readonly reader: Reader
  private readonly writer: Writer
  private readonly compactor: Compactor

  constructor(settings: EtcdSettings) {
    this.hosts = settings.hosts
    this.connection = new Connection(settings)
    this.revisions = new RevisionCheck(this.connection)
    this.history = new History(this.connection, this.revisions)
    this.reader = new Reader(this.connection, this.history)
    this.writer = new Writer(this.connection)
    this.compactor = new Compactor(this.connection, this.history, this.revisions)
  }

  async open(context: Context): Promise<void> {
    await this.connection.open()
    await this.revisions.current(context)
    this.compactor.start()
  }

  async get(context: Context, key: string, options?: { readonly revision?: number }): Promise<GetResult> {
    return this.reader.get(context, key, options?.revision)
  }

  async range(context: Context, prefix: string, options?: RangeOptions): Promise<RangeResult> {
    return this.reader.range(context, prefix, options)
  }

  async count(context: Context, prefix: string): Promise<{ count: number; revision: number }> {
    return this.reader.count(context, prefix)
  }

  async create(context: Context, key: string, value: Buffer, options?: WriteOptions): Promise<WriteResult> {
    return this.writer.create(context, key, value, options)
  }

  async update(
    context: Context,
    key: string,
    value: Buffer,
    expected: number,
    options?: WriteOptions,
  ): Promise<WriteResult> {
    return this.writer.update(context, key, value, expected, options)
  }

  async delete(context: Context, key: string, expected: number): Promise<WriteResult> {
    return this.writer.delete(context, key, expected)
  }

  watch(context: Context, prefix: string, options: WatchOptions): KVWatch {
    return new EtcdWatch(
      { connection: this.connection, history: this.history, revisions: this.revisions, reader: this.reader },
      context,
      prefix,
      options,
    )
  }

  async currentRevision(context: Context): Promise<number> {
    return this.revisions.current(context)
  }

  readIndex(): Promise<number> {
    return this.revisions.readIndex()
  }

  async compact(context: Context, revision: number): Promise<void> {
    return this.compactor.compact(context, revision)
  }

  compactedRevision(): number {
    return this.history.compacted
  }

  async grantLease(context: Context, ttlSeconds: number): Promise<Lease> {
    return grantLease(this.connection, context, ttlSeconds)
  }

  async close(): Promise<void> {
    this.compactor.stop()
    this.connection.close()
    this.revisions.close()
  }
}
