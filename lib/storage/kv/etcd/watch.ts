import type { IEvent } from 'etcd3'
import { backgroundContext, type Context } from '../../../meta/context.js'
import {
  ClosedError,
  CompactedError,
  KVError,
  type KVEvent,
  type KVWatch,
  ReplacedError,
  SlowConsumerError,
  UnavailableError,
  type WatchBatch,
  type WatchOptions,
} from '../types.js'
import type { Connection } from './connection.js'
import { checkContinuity } from './continuity.js'
import { LONGEST_TIMER_MS, onAbort, pause, untilOver } from './deadline.js'
import type { History } from './history.js'
import { prefixRange } from './messages.js'
import type { Reader } from './read.js'
import type { RevisionCheck } from './revision.js'
import { StoreIdentity } from './store-identity.js'
import { EventAssembler } from './watch-events.js'
import { WatchProgress } from './watch-progress.js'
import { BatchQueue } from './watch-queue.js'
import { type StreamEnd, type StreamHandler, WatchStream } from './watch-stream.js'

const FIRST_PAUSE_MS = 20
const LONGEST_PAUSE_MS = 2_000
const DEFAULT_BUFFER_LIMIT = 10_000

/** What a watch needs of its store. @internal */
export interface WatchSource {
  readonly connection: Connection
  readonly history: History
  readonly revisions: RevisionCheck
  readonly reader: Reader
}

/** A watch that goes from stream to stream and from host to host until it is cancelled. @internal */
export class EtcdWatch implements KVWatch {
  readonly established: Promise<number>
  private establish: (revision: number) => void = () => {}
  private refuse: (error: unknown) => void = () => {}
  private readonly stopping = new AbortController()
  private readonly queue: BatchQueue
  private readonly assembler: EventAssembler
  private readonly progress: WatchProgress
  private stream: WatchStream | undefined
  /** The newest revision heard of; what is above it happens while the watch is there. */
  private seen = 0
  /** The newest change that is known; a stream taken up again must lead to a store that has it. */
  private last: KVEvent | undefined
  private readonly identity = new StoreIdentity()
  /** Questions under way about whether the store is still the same. */
  private checking = 0
  /** Whether a stream has been taken, and not broken since. */
  private streaming = false
  /** Whether the last stream was refused for want of permission. */
  private denied = false
  private wait = FIRST_PAUSE_MS

  constructor(
    private readonly source: WatchSource,
    context: Context,
    private readonly prefix: string,
    private readonly options: WatchOptions,
  ) {
    this.established = new Promise((resolve, reject) => {
      this.establish = resolve
      this.refuse = reject
    })
    // Nobody has to wait for the establishment.
    this.established.catch(() => undefined)
    this.assembler = new EventAssembler(Math.max(0, options.startRevision - 1), options.previous ?? true)
    this.progress = new WatchProgress(options.progressIntervalMs ?? 0, () => this.mark())
    this.queue = new BatchQueue(
      options.bufferLimit ?? DEFAULT_BUFFER_LIMIT,
      () => this.resumeStream(),
      () => this.cancel(),
    )
    this.follow(context)
  }

  [Symbol.asyncIterator](): AsyncIterator<WatchBatch> {
    return this.queue
  }

  get connected(): boolean {
    return this.streaming && this.checking === 0
  }

  anchor(newest: KVEvent): void {
    if (newest.revision > (this.last?.revision ?? 0)) this.last = newest
  }

  requestProgress(): void {
    this.progress.request()
  }

  cancel(): void {
    if (this.stopping.signal.aborted) return
    this.stopping.abort()
    this.progress.stop()
    this.queue.end()
    this.refuse(new UnavailableError('etcd: the watch was cancelled'))
  }

  /** Runs until the context is over, the store closed, the watch cancelled, or something is wrong for good. */
  private follow(context: Context): void {
    const { closed } = this.source.connection
    const left = context.deadline === undefined ? undefined : context.deadline - Date.now()
    if (closed.aborted) this.fail(new ClosedError('etcd: the store is closed'))
    else if (context.signal.aborted || (left ?? 1) <= 0) this.cancel()
    if (this.stopping.signal.aborted) return
    const cancel = () => this.cancel()
    const forget = [onAbort(context.signal, cancel), onAbort(closed, cancel)]
    const timer = left === undefined || left > LONGEST_TIMER_MS ? undefined : setTimeout(cancel, left)
    this.run()
      .catch((error: unknown) => this.fail(error))
      .finally(() => {
        clearTimeout(timer)
        for (const take of forget) take()
      })
  }

  private async run(): Promise<void> {
    const { connection, history } = this.source
    const context = backgroundContext({ signal: this.stopping.signal })
    if (this.options.startRevision > 0) history.throwIfForgotten(this.options.startRevision)
    const range = prefixRange(this.prefix)
    await connection.open()
    for (let turn = 0; ; turn++) {
      const host = connection.hostFor(turn)
      const how = await this.attempt(host, range, context).catch(
        (error: unknown): StreamEnd => ({ kind: isPassing(error) ? 'lost' : 'failed', error }),
      )
      if (this.stopping.signal.aborted) return
      this.judge(how)
      connection.suspect(host)
      await pause(this.wait, context)
      this.wait = Math.min(2 * this.wait, LONGEST_PAUSE_MS)
    }
  }

  /** One stream to one host, from beginning to end. */
  private async attempt(host: string, range: { key: Buffer; range_end: Buffer }, context: Context): Promise<StreamEnd> {
    const { connection } = this.source
    const { dialTimeoutMs, requestTimeoutMs } = connection.settings
    const client = await connection.dial(host)
    try {
      await untilOver(client.waitForReady(Date.now() + dialTimeoutMs, 'Watch'), context)
      const token = await untilOver(connection.token(host), context)
      const request = { ...range, startRevision: this.resumeAt(), previous: this.options.previous ?? true }
      const stream = new WatchStream(client, token, request, this.handler(host), requestTimeoutMs)
      this.stream = stream
      if (this.queue.isFull) stream.pause()
      const how = await untilOver(stream.ended, context).finally(() => stream.close())
      if (how.kind !== 'denied' || this.denied) return how
      // It may have been the token alone: once, a new one is tried.
      this.denied = true
      return (await connection.tokenRefused(token)) ? { kind: 'lost', error: new KVError(how.reason) } : how
    } finally {
      this.streaming = false
      this.stream = undefined
      this.progress.detach()
      this.assembler.reset()
      client.close()
    }
  }

  /** One revision early, so that etcd refuses exactly what it does not know entirely any more. */
  private resumeAt(): number {
    return this.seen === 0 && this.options.startRevision === 0 ? 0 : Math.max(1, this.assembler.delivered)
  }

  private handler(host: string): StreamHandler {
    return {
      created: (revision, header) => {
        this.identity.check(header)
        this.streaming = true
        if (revision < this.seen) this.checkNotReplaced(this.seen)
        if (this.last) this.checkSameStore(this.last)
        if (this.resumeAt() === 0) this.assembler.delivered = revision
        this.seen = Math.max(this.seen, revision)
        this.denied = false
        this.wait = FIRST_PAUSE_MS
        if (this.stream) this.progress.attach(this.stream, this.source.connection.version(host))
        this.establish(revision)
      },
      events: (events: readonly IEvent[], fragment) => {
        const batch = this.assembler.add(events, fragment)
        if (!batch) return
        this.push(batch)
        this.anchor(batch.events.at(-1)!)
        this.seen = Math.max(this.seen, batch.revision)
      },
      progress: (revision) => {
        if (!this.assembler.progress(revision)) return
        this.seen = Math.max(this.seen, revision)
        if (this.progress.takeWanted()) this.push({ events: [], revision })
      },
    }
  }

  private push(batch: WatchBatch): void {
    if (this.queue.push(batch, batch.revision > this.seen)) {
      if (this.queue.isFull) this.stream?.pause()
    } else {
      const limit = this.options.bufferLimit ?? DEFAULT_BUFFER_LIMIT
      this.fail(new SlowConsumerError(`etcd: the watch has more than ${limit} undelivered events`))
    }
  }

  /** Says again how far the watch has come. */
  private mark(): void {
    const { delivered } = this.assembler
    if (delivered <= this.seen) this.push({ events: [], revision: delivered })
  }

  private judge(how: StreamEnd): void {
    if (how.kind === 'failed') {
      throw how.error instanceof KVError ? how.error : new KVError('etcd: the watch failed', { cause: how.error })
    }
    if (how.kind === 'denied') throw new KVError(`etcd: ${how.reason}`)
    if (how.kind !== 'compacted') return
    this.source.history.noteCompacted(how.revision)
    throw new CompactedError(this.assembler.delivered + 1, how.revision)
  }

  /** A host that lags behind is no harm; a cluster that has lost revisions would let the watch wait for ever. */
  private checkNotReplaced(seen: number): void {
    this.ask(async (context) => {
      const current = await this.source.revisions.current(context)
      if (current < seen) throw new ReplacedError(`etcd: the store went back from revision ${seen} to ${current}`)
    })
  }

  /** Nothing of a stream taken up again is told before it is known that it goes on where the last one broke. */
  private checkSameStore(last: KVEvent): void {
    this.stream?.pause()
    const reached = Math.max(last.revision, this.assembler.delivered)
    this.ask((context) => checkContinuity(this.source.reader, last, context, reached))
  }

  /** Asks whether the store is still the same; until it is known, the watch does not count as connected. */
  private ask(question: (context: Context) => Promise<void>): void {
    const { stream } = this
    this.checking++
    question(backgroundContext({ signal: this.stopping.signal })).then(
      () => {
        this.checking--
        this.resumeStream()
      },
      (error: unknown) => {
        this.checking--
        // A store that cannot be asked now is asked again with the next stream.
        if (isPassing(error)) stream?.close()
        else this.fail(error)
      },
    )
  }

  private resumeStream(): void {
    if (this.checking === 0 && !this.queue.isFull) this.stream?.resume()
  }

  private fail(error: unknown): void {
    if (this.stopping.signal.aborted) return
    this.stopping.abort()
    this.progress.stop()
    this.queue.fail(error)
    this.refuse(error)
  }
}

/** Whether it may be better next time, or at another host. */
function isPassing(error: unknown): boolean {
  return !(error instanceof KVError) || error instanceof UnavailableError
}
