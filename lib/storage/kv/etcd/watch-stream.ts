import type { IEvent, IWatchRequest, IWatchResponse } from 'etcd3'
import type { DuplexStream, GrpcError, HostClient } from './driver.js'
import { parseRevision } from './messages.js'
import type { AnswerHeader } from './store-identity.js'

/** Why a stream is over. @internal */
export type StreamEnd =
  | { readonly kind: 'lost'; readonly error: unknown }
  | { readonly kind: 'compacted'; readonly revision: number }
  | { readonly kind: 'denied'; readonly reason: string }
  | { readonly kind: 'failed'; readonly error: unknown }

/** What a stream tells. An error thrown from a handler ends it as failed. @internal */
export interface StreamHandler {
  created(revision: number, header: AnswerHeader): void
  events(events: readonly IEvent[], fragment: boolean): void
  progress(revision: number): void
}

/** What is watched. @internal */
export interface StreamRequest {
  readonly key: Buffer
  readonly range_end: Buffer
  /** 0 = from now on. */
  readonly startRevision: number
  /** Whether events tell what stood there before. */
  readonly previous: boolean
}

/** One watcher on one stream of the raw watch API. @internal */
export class WatchStream {
  readonly ended: Promise<StreamEnd>
  private end: (how: StreamEnd) => void = () => {}
  private readonly stream: DuplexStream<IWatchRequest, IWatchResponse>
  private over = false

  constructor(
    client: HostClient,
    token: string | undefined,
    request: StreamRequest,
    private readonly handler: StreamHandler,
    createTimeoutMs: number,
  ) {
    this.stream = client.stream<IWatchRequest, IWatchResponse>(token)
    this.ended = new Promise((resolve) => {
      this.end = resolve
    })
    const timer = setTimeout(() => this.finish({ kind: 'lost', error: new Error('no answer') }), createTimeoutMs)
    this.stream.on('data', (response) => {
      if (this.over) return
      if (response.created) clearTimeout(timer)
      this.receive(response)
    })
    this.stream.on('error', (error: GrpcError) => this.finish({ kind: 'lost', error }))
    this.stream.on('end', () => this.finish({ kind: 'lost', error: new Error('the stream ended') }))
    void this.ended.then(() => clearTimeout(timer))
    this.create(request)
  }

  requestProgress(): void {
    if (!this.over) this.stream.write({ progress_request: {} })
  }

  pause(): void {
    this.stream.pause()
  }

  resume(): void {
    this.stream.resume()
  }

  close(): void {
    this.finish({ kind: 'lost', error: new Error('closed') })
  }

  private create({ key, range_end, startRevision, previous }: StreamRequest): void {
    this.stream.write({
      create_request: {
        key,
        range_end,
        start_revision: startRevision,
        prev_kv: previous,
        fragment: true,
        progress_notify: true,
      },
    })
  }

  private receive(response: IWatchResponse): void {
    try {
      if (response.canceled) this.finish(cancellation(response))
      else if (response.created) this.created(response)
      else if (response.events.length > 0 || response.fragment) this.handler.events(response.events, response.fragment)
      else this.handler.progress(parseRevision(response.header.revision))
    } catch (error) {
      this.finish({ kind: 'failed', error })
    }
  }

  private created({ header }: IWatchResponse): void {
    this.handler.created(parseRevision(header.revision), header)
  }

  private finish(how: StreamEnd): void {
    if (this.over) return
    this.over = true
    this.stream.cancel()
    this.end(how)
  }
}

/** How etcd says that this user, or this token, may not watch. */
const DENIALS = ['permission denied', 'invalid auth token', 'auth store is old', 'user name is empty']

function cancellation(response: IWatchResponse): StreamEnd {
  const revision = parseRevision(response.compact_revision)
  if (revision > 0) return { kind: 'compacted', revision }
  const reason = response.cancel_reason
  if (DENIALS.some((known) => reason.includes(known))) return { kind: 'denied', reason }
  return { kind: 'lost', error: new Error(reason || 'the watch was cancelled by the server') }
}
