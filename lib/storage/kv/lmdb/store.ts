import type { Context } from '../../../meta/context.js'
import {
  ClosedError,
  type GetResult,
  KVError,
  type KVWatch,
  type Lease,
  type RangeOptions,
  type RangeResult,
  type RevisionedKV,
  TooLargeError,
  type WatchOptions,
  type WriteOptions,
  type WriteResult,
} from '../types.js'
import { checkContext } from './errors.js'
import type { OpenOptions, OpenStore } from './open.js'
import { openStore } from './open.js'
import type { Reader } from './reader.js'
import { Watch } from './watch.js'

/** Longest key in bytes: the driver's limit, less what the table of superseded pairs adds to it. */
const MAX_KEY_BYTES = 1_500

/** A key with a NUL costs another byte there. */
const MAX_ESCAPED_BYTES = 1_900

/** An embedded store in one folder; see {@link lmdb}. */
export class LmdbKV implements RevisionedKV {
  #opening: Promise<OpenStore> | undefined
  #store: OpenStore | undefined
  #closing: Promise<void> | undefined

  /** @internal */
  constructor(
    /** The folder of the store. */
    readonly path: string,
    private readonly options: OpenOptions,
  ) {}

  async open(ctx: Context): Promise<void> {
    checkContext(ctx)
    if (this.#closing !== undefined) throw new ClosedError('the store is closed')
    this.#opening ??= openStore(this.path, this.options)
    try {
      const store = await this.#opening
      if (this.#closing === undefined) this.#store = store
    } catch (error) {
      this.#opening = undefined
      throw error
    }
  }

  async get(ctx: Context, key: string, options?: { readonly revision?: number }): Promise<GetResult> {
    const { reader, writer } = this.#use(ctx)
    checkText(key)
    if (exceedsKeys(key)) return { kv: undefined, revision: writer.visible }
    return reader.get(key, options?.revision ?? 0)
  }

  async range(ctx: Context, prefix: string, options: RangeOptions = {}): Promise<RangeResult> {
    const { reader } = this.#use(ctx)
    checkText(prefix)
    if (options.start !== undefined) checkText(options.start)
    if (exceedsKeys(prefix)) return nothingAt(reader, options.revision)
    return reader.range(prefix, options)
  }

  async count(ctx: Context, prefix: string): Promise<{ readonly count: number; readonly revision: number }> {
    const { reader } = this.#use(ctx)
    checkText(prefix)
    if (exceedsKeys(prefix)) return nothingAt(reader, undefined)
    return reader.count(prefix)
  }

  async create(ctx: Context, key: string, value: Buffer, options?: WriteOptions): Promise<WriteResult> {
    const { writer } = this.#admit(ctx, key, value, options)
    return writer.create(key, value, options?.lease ?? '')
  }

  async update(
    ctx: Context,
    key: string,
    value: Buffer,
    expected: number,
    options?: WriteOptions,
  ): Promise<WriteResult> {
    checkExpected(expected)
    const { writer } = this.#admit(ctx, key, value, options)
    return writer.update(key, value, expected, options?.lease ?? '')
  }

  async delete(ctx: Context, key: string, expected: number): Promise<WriteResult> {
    checkExpected(expected)
    const { writer } = this.#use(ctx)
    checkKey(key)
    return writer.delete(key, expected)
  }

  watch(ctx: Context, prefix: string, options: WatchOptions): KVWatch {
    if (this.#store !== undefined) return this.#store.hub.watch(ctx, prefix, options)
    const refusal = closedError(this.#closing !== undefined)
    return new Watch({ ...NO_SOURCE, refusal: () => refusal }, ctx, prefix, options, () => {})
  }

  async currentRevision(ctx: Context): Promise<number> {
    return this.#use(ctx).writer.visible
  }

  readIndex(): number {
    if (this.#store === undefined) throw closedError(this.#closing !== undefined)
    return this.#store.writer.visible
  }

  async compact(ctx: Context, revision: number): Promise<void> {
    return this.#use(ctx).compactor.compact(revision)
  }

  compactedRevision(): number {
    return this.#store?.pins.compacted ?? 0
  }

  async grantLease(ctx: Context, ttlSeconds: number): Promise<Lease> {
    const { leases, writer } = this.#use(ctx)
    writer.checkRoom(0)
    return leases.grant(ttlSeconds)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const opening = this.#opening
    this.#store = undefined
    const store = await opening?.catch(() => undefined)
    await store?.close()
  }

  #use(ctx: Context): OpenStore {
    if (this.#store === undefined) throw closedError(this.#closing !== undefined)
    checkContext(ctx)
    return this.#store
  }

  #admit(ctx: Context, key: string, value: Buffer, options: WriteOptions | undefined): OpenStore {
    const store = this.#use(ctx)
    checkKey(key)
    if (value.length > this.options.maxValueBytes) {
      throw new TooLargeError(`a value has ${value.length} bytes, the store takes ${this.options.maxValueBytes}`)
    }
    if (options?.lease) store.leases.check(options.lease)
    store.writer.checkRoom(key.length + value.length)
    return store
  }
}

const NO_SOURCE = { visible: () => 0, history: () => ({ events: [], revision: 0 }) }

const closedError = (closed: boolean) => new ClosedError(closed ? 'the store is closed' : 'the store is not open')

/** UTF-8 has no bytes for half a surrogate pair; stored as U+FFFD it would meet other keys. */
function checkText(text: string): void {
  if (!(text as string & { isWellFormed(): boolean }).isWellFormed())
    throw new KVError('a key is not well-formed Unicode')
}

function checkKey(key: string): void {
  checkText(key)
  const bytes = key.length * 3 <= MAX_KEY_BYTES ? key.length : Buffer.byteLength(key)
  if (key === '') throw new KVError('a key is empty')
  if (bytes > MAX_KEY_BYTES || (key.includes('\0') && bytes + key.split('\0').length > MAX_ESCAPED_BYTES)) {
    throw new TooLargeError(`a key has ${bytes} bytes, the store takes ${MAX_KEY_BYTES}`)
  }
}

function checkExpected(expected: number): void {
  if (!Number.isSafeInteger(expected) || expected <= 0) throw new KVError(`${expected} is not the revision of a write`)
}

/** No key is as long as this prefix, so none begins with it. */
const exceedsKeys = (prefix: string): boolean => Buffer.byteLength(prefix) > MAX_KEY_BYTES

/** What a range without any key shows, at a revision that can be shown. */
async function nothingAt(reader: Reader, revision: number | undefined): Promise<RangeResult> {
  const checked = await reader.range('', { limit: 1, ...(revision === undefined ? {} : { revision }) })
  return { items: [], revision: checked.revision, more: false, count: 0 }
}
