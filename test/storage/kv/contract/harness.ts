import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll } from 'vitest'
import { backgroundContext, type Context } from '../../../../lib/meta/context.js'
import type { KeyValue, KVEvent, KVWatch, Lease, RevisionedKV, WriteResult } from '../../../../lib/storage/kv/types.js'

/** What the shared suite needs to know of a store. It never assumes where revisions start or that it writes alone. */
export interface KVHarness {
  /** An opened store that nobody else closes: a fresh folder, or one more client of the same server. */
  open(): Promise<RevisionedKV>
  /** Closes `kv` and opens the same data again. */
  reopen?(kv: RevisionedKV): Promise<RevisionedKV>
  /** Cuts every connection that stores of this harness hold; they may reconnect. */
  cut?(): Promise<void>
  /** Writes all of it in one revision, past the interface, and returns that revision. */
  foreign?(
    kv: RevisionedKV,
    changes: { readonly put: ReadonlyMap<string, Buffer>; readonly remove: readonly string[] },
  ): Promise<number>
  /** Bytes of a value that the store must refuse with TooLargeError. */
  readonly tooLargeBytes?: number
  /** Whether nobody else writes to an opened store. */
  readonly alone?: boolean
  /** Whether `requestProgress()` must be answered; default true. */
  readonly answersProgressRequests?: boolean
  dispose(): Promise<void>
}

/** The store of one `describe`, opened before its tests. */
export interface Subject {
  readonly kv: RevisionedKV
  readonly harness: KVHarness
}

/** Opens one store for the tests of the surrounding `describe`. */
export function subject(harness: KVHarness): Subject {
  let opened: RevisionedKV | undefined
  beforeAll(async () => {
    opened = await harness.open()
  })
  afterAll(async () => {
    await opened?.close()
  })
  return {
    harness,
    get kv() {
      if (opened === undefined) throw new Error('the store is not open')
      return opened
    },
  }
}

export const ctx: Context = backgroundContext()

/** A prefix that no other test uses. */
export const freshPrefix = (): string => `/contract/${randomBytes(8).toString('hex')}/`

export const bytes = (text: string): Buffer => Buffer.from(text)

/** The revision of a write that must have won. */
export async function won(write: Promise<WriteResult>): Promise<number> {
  const result = await write
  if (!result.ok) throw new Error(`the write lost at ${result.revision} against ${result.current?.modRevision}`)
  return result.revision
}

/** What stands there instead, of a write that must have lost. */
export async function lost(write: Promise<WriteResult>): Promise<KeyValue | undefined> {
  const result = await write
  if (result.ok) throw new Error(`the write won at ${result.revision}`)
  return result.current
}

/** A lease that ends as soon as it may, but not while a test writes some keys under it, however slow the disk is. */
export async function shortLease(kv: RevisionedKV): Promise<Lease> {
  const begun = performance.now()
  await won(kv.create(ctx, `${freshPrefix()}pace`, bytes('v')))
  const secondsOfWrite = (performance.now() - begun) / 1000
  return kv.grantLease(ctx, Math.max(2, Math.ceil(40 * secondsOfWrite)))
}

export interface PlainKV {
  key: string
  value: string
  createRevision: number
  modRevision: number
  lease: string
}

/** A pair with its value as text, to be compared in one go. */
export const plain = (kv: KeyValue | undefined): PlainKV | undefined =>
  kv && {
    key: kv.key,
    value: kv.value.toString(),
    createRevision: kv.createRevision,
    modRevision: kv.modRevision,
    lease: kv.lease,
  }

export const keysOf = (items: readonly KeyValue[]): string[] => items.map((item) => item.key)

export const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

/** One line an event, short enough to read in a diff. */
export const line = (event: KVEvent): string =>
  `${event.revision} ${event.type} ${event.key} ${event.kv?.value ?? '-'} < ${event.prev?.value ?? '-'}`

/** Reads a watch in the background and checks what holds for every watch of every store. */
export class Recorder {
  readonly events: KVEvent[] = []
  readonly batches: { revision: number; size: number }[] = []
  /** How the watch ended: undefined while it runs, `null` in peace, or what it threw. */
  ended: unknown
  readonly done: Promise<void>
  #wake: () => void = () => {}

  constructor(
    readonly watch: KVWatch,
    readonly prefix: string,
  ) {
    this.done = this.#read().then(
      () => this.#end(null),
      (error: unknown) => this.#end(error),
    )
  }

  get marked(): number {
    return this.batches.at(-1)?.revision ?? 0
  }

  /** Waits until `condition` holds; fails when the watch ends first. */
  async until(condition: (recorder: this) => boolean): Promise<void> {
    while (!condition(this)) {
      if (this.ended !== undefined) throw new Error('the watch ended early', { cause: this.ended })
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  async reached(revision: number): Promise<void> {
    await this.until(() => this.marked >= revision)
  }

  async #read(): Promise<void> {
    for await (const batch of this.watch) {
      this.#check(batch.events, batch.revision)
      this.events.push(...batch.events)
      this.batches.push({ revision: batch.revision, size: batch.events.length })
      this.#wake()
    }
  }

  #check(events: readonly KVEvent[], revision: number): void {
    const before = this.marked
    if (revision < before) throw new Error(`batch ${revision} after batch ${before}`)
    let last = before
    for (const event of events) {
      if (event.revision <= before) throw new Error(`revision ${event.revision} came after the mark ${before}`)
      if (event.revision < last) throw new Error(`revision ${event.revision} after ${last}`)
      if (event.revision > revision) throw new Error(`revision ${event.revision} in a batch up to ${revision}`)
      if (!event.key.startsWith(this.prefix)) throw new Error(`${event.key} is not under ${this.prefix}`)
      last = event.revision
    }
  }

  #end(how: unknown): void {
    this.ended = how
    this.#wake()
  }
}

/** Starts a watch that is cancelled when the test's `signal` aborts, and records it. */
export async function record(
  kv: RevisionedKV,
  prefix: string,
  startRevision: number,
  options: { signal?: AbortSignal; bufferLimit?: number; progressIntervalMs?: number } = {},
): Promise<Recorder> {
  const { signal, ...rest } = options
  const watch = kv.watch(backgroundContext(signal ? { signal } : {}), prefix, { startRevision, ...rest })
  const recorder = new Recorder(watch, prefix)
  await watch.established
  return recorder
}

/** Records history from `startRevision` up to `revision`, then cancels. */
export async function history(
  kv: RevisionedKV,
  prefix: string,
  startRevision: number,
  last: number,
): Promise<readonly KVEvent[]> {
  const recorder = await record(kv, prefix, startRevision)
  await recorder.reached(last)
  recorder.watch.cancel()
  await recorder.done
  return recorder.events
}

/** A generator of numbers in [0, n), the same for the same seed (xorshift32). */
export function dice(seed: number): (n: number) => number {
  let state = seed | 1
  return (n) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % n
  }
}
