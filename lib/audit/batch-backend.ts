import type { AuditBackend } from './backend.js'
import type { AuditEvent } from './event.js'
import type { OnPluginError } from './plugin-errors.js'
import { TokenBucket } from './token-bucket.js'

/** How events are held back and sent together (kube-apiserver's `--audit-…-batch-*`). */
export interface BatchOptions {
  /** Events that may wait; more are dropped and counted. Default 10000. */
  readonly bufferSize?: number
  /** Size of all events held, waiting and on their way, about in bytes (characters of JSON); more are dropped. Default 64 MiB. */
  readonly maxBufferBytes?: number
  /** Events sent together. Default 400. */
  readonly maxBatchSize?: number
  /** Milliseconds after which a batch is sent that is not full. Default 30000 for a webhook, 100 for a file. */
  readonly maxBatchWaitMs?: number
  /** Batches a second. Default 10 for a webhook, 0 = any number for a file. */
  readonly throttleQPS?: number
  /** Batches that may be sent at once when fewer were sent before. Default 15. */
  readonly throttleBurst?: number
  /** Batches on their way at once. Default 8. */
  readonly maxInFlight?: number
  /** Milliseconds that closing gives to what is still held. Default 10000. */
  readonly closeTimeoutMs?: number
}

const SHUT_DOWN = 'audit backend shut down'

const DEFAULTS: Required<BatchOptions> = {
  bufferSize: 10_000,
  maxBufferBytes: 64 * 1024 * 1024,
  maxBatchSize: 400,
  maxBatchWaitMs: 30_000,
  throttleQPS: 10,
  throttleBurst: 15,
  maxInFlight: 8,
  closeTimeoutMs: 10_000,
}

/** Takes events at once and sends them later, so that no request waits; what does not fit is dropped and counted. */
export class BatchBackend implements AuditBackend {
  readonly name: string
  readonly #options: Required<BatchOptions>
  readonly #throttle: TokenBucket
  readonly #inFlight = new Set<Promise<void>>()
  #queue: AuditEvent[] = []
  /** Characters of all events held. */
  #held = 0
  /** The oldest has waited long enough: a batch is sent though it is not full. */
  #due = false
  #closing = false
  #closed: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #soon: NodeJS.Immediate | undefined

  constructor(
    private readonly delegate: AuditBackend,
    options: BatchOptions,
    private readonly onError: OnPluginError,
  ) {
    this.name = `buffered<${delegate.name}>`
    this.#options = { ...DEFAULTS, ...options }
    this.#throttle = new TokenBucket(this.#options.throttleQPS, this.#options.throttleBurst)
  }

  processEvents(events: readonly AuditEvent[]): true {
    let lost = 0
    for (const event of events) if (!this.#hold(event)) lost++
    if (lost > 0) this.onError('buffered', new Error(this.#closing ? SHUT_DOWN : 'audit buffer queue blocked'), lost)
    this.#schedule()
    return true
  }

  /** Sends what is held, without throttling, and gives up after `closeTimeoutMs`. */
  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  #hold(event: AuditEvent): boolean {
    const { bufferSize, maxBufferBytes } = this.#options
    const { size } = event
    if (this.#closing || this.#queue.length >= bufferSize || this.#held + size > maxBufferBytes) return false
    this.#queue.push(event)
    this.#held += size
    return true
  }

  #schedule(): void {
    if (this.#queue.length >= this.#options.maxBatchSize) {
      // Not within a request's own turn.
      this.#soon ??= setImmediate(() => {
        this.#soon = undefined
        this.#pump()
      })
    } else if (this.#queue.length > 0) {
      this.#wake(this.#options.maxBatchWaitMs, () => {
        this.#due = true
      })
    }
  }

  /** Pumps after a time, unless somebody is to be woken already. */
  #wake(milliseconds: number, before: () => void = () => {}): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      before()
      this.#pump()
    }, milliseconds).unref()
  }

  /** Sends what may be sent now. */
  #pump(): void {
    const { maxBatchSize, maxInFlight } = this.#options
    while (this.#queue.length >= maxBatchSize || ((this.#due || this.#closing) && this.#queue.length > 0)) {
      // Whoever comes back makes room and pumps again.
      if (this.#inFlight.size >= maxInFlight) return
      const wait = this.#closing ? 0 : this.#throttle.take()
      if (wait > 0) {
        clearTimeout(this.#timer)
        this.#timer = undefined
        this.#wake(wait)
        return
      }
      this.#send(this.#queue.splice(0, maxBatchSize))
    }
    if (this.#queue.length === 0) this.#due = false
    this.#schedule()
  }

  #send(events: readonly AuditEvent[]): void {
    const size = events.reduce((sum, event) => sum + event.size, 0)
    const sent = Promise.resolve(this.delegate.processEvents(events)).then(() => {
      this.#inFlight.delete(sent)
      this.#held -= size
      this.#pump()
    })
    this.#inFlight.add(sent)
  }

  async #close(): Promise<void> {
    this.#closing = true
    clearTimeout(this.#timer)
    this.#pump()
    await this.#settledInTime()
    const left = this.#queue.length
    this.#queue = []
    if (left > 0) this.onError('buffered', new Error(SHUT_DOWN), left)
    await this.delegate.close()
    await Promise.all(this.#inFlight)
  }

  async #settledInTime(): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const patience = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.#options.closeTimeoutMs)
    })
    let expired = false
    void patience.then(() => {
      expired = true
    })
    while (this.#inFlight.size > 0 && !expired) await Promise.race([patience, Promise.all(this.#inFlight)])
    clearTimeout(timer)
  }
}
