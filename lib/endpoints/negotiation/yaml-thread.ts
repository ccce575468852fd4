import type { Worker } from 'node:worker_threads'
import { requestEntityTooLarge, tooManyRequests } from '../../meta/errors.js'
import { type MemberLimits, MembersError } from '../../runtime/json/index.js'
import { startThread } from './start-thread.js'
import type { YAMLReply, YAMLRequest } from './yaml-worker.js'

export interface YAMLThreadOptions {
  /** Longest that one text may take, in milliseconds. Default 15,000: YAML can be written that takes minutes a megabyte. */
  readonly deadlineMs?: number
  /** Texts that may wait for their turn. Default 16, of at most 3 MiB each. */
  readonly maxWaiting?: number
  /** Time without work after which the thread ends. Default 60,000 ms. */
  readonly idleMs?: number
  /** Heap of the thread in MiB. Default 256, enough for 3 MiB of short keys. */
  readonly heapMB?: number
}

/** A YAML text as JSON, and which keys it said twice. */
export interface ReadYAML {
  readonly json: Buffer
  readonly duplicates: readonly string[]
}

interface Job {
  readonly body: Buffer
  readonly limits: MemberLimits
  resolve(result: ReadYAML): void
  reject(err: unknown): void
}

/** Reads YAML beside the event loop: one thread, started by the first text, given up when a text takes too long. */
export class YAMLThread {
  readonly #deadlineMs: number
  readonly #maxWaiting: number
  readonly #idleMs: number
  readonly #heapMB: number
  readonly #waiting: Job[] = []
  #worker: Worker | undefined
  #current: Job | undefined
  #timer: NodeJS.Timeout | undefined

  constructor({ deadlineMs = 15_000, maxWaiting = 16, idleMs = 60_000, heapMB = 256 }: YAMLThreadOptions = {}) {
    this.#deadlineMs = deadlineMs
    this.#maxWaiting = maxWaiting
    this.#idleMs = idleMs
    this.#heapMB = heapMB
  }

  /**
   * Reads a text as `decodeYAML` does.
   *
   * @throws StatusError 413 for one that takes too long or too much memory, 429 when too many wait; Error for one that
   * is no YAML
   */
  read(body: Buffer, limits: MemberLimits = {}): Promise<ReadYAML> {
    if (this.#waiting.length >= this.#maxWaiting)
      return Promise.reject(tooManyRequests('too many YAML bodies are being read, please try again later', 1))
    return new Promise((resolve, reject) => {
      this.#waiting.push({ body, limits, resolve, reject })
      this.#next()
    })
  }

  #next(): void {
    if (this.#current) return
    const job = this.#waiting.shift()
    clearTimeout(this.#timer)
    this.#current = job
    if (!job) {
      this.#timer = setTimeout(() => this.#drop(), this.#idleMs).unref()
      return
    }
    const request: YAMLRequest = { body: new Uint8Array(job.body), limits: job.limits }
    this.#worker ??= this.#start()
    this.#worker.ref()
    this.#worker.postMessage(request, [request.body.buffer as ArrayBuffer])
    this.#timer = setTimeout(() => this.#giveUp(tooSlow(job.body, this.#deadlineMs)), this.#deadlineMs)
  }

  #start(): Worker {
    const worker = startThread('yaml-worker', { resourceLimits: { maxOldGenerationSizeMb: this.#heapMB } })
    // What a thread that was given up still says is nobody's.
    const current = () => this.#worker === worker
    worker.on('message', (reply: YAMLReply) => current() && this.#answer(reply))
    worker.on('error', (err) => current() && this.#giveUp(isOutOfMemory(err) ? tooBig(this.#current?.body) : err))
    worker.on('exit', () => current() && this.#giveUp(new Error('the thread that reads YAML ended')))
    return worker
  }

  #answer(reply: YAMLReply): void {
    const job = this.#current
    this.#current = undefined
    this.#worker?.unref()
    if ('error' in reply) job?.reject(errorOf(reply.error))
    else job?.resolve({ json: Buffer.from(reply.json.buffer as ArrayBuffer), duplicates: reply.duplicates })
    this.#next()
  }

  #giveUp(err: unknown): void {
    const job = this.#current
    this.#current = undefined
    this.#drop()
    job?.reject(err)
    this.#next()
  }

  #drop(): void {
    const worker = this.#worker
    this.#worker = undefined
    clearTimeout(this.#timer)
    void worker?.terminate()
  }
}

/** What the thread said, as the error it was there, where the class matters. */
function errorOf({ name, message }: { readonly name: string; readonly message: string }): Error {
  return name === 'MembersError' ? new MembersError(message) : Object.assign(new Error(message), { name })
}

const isOutOfMemory = (err: unknown): boolean => (err as { code?: string }).code === 'ERR_WORKER_OUT_OF_MEMORY'

const tooSlow = (body: Buffer, ms: number): Error =>
  requestEntityTooLarge(`YAML of ${body.length} bytes takes more than ${ms / 1000} s to read; send JSON`)

const tooBig = (body: Buffer | undefined): Error =>
  requestEntityTooLarge(`YAML of ${body?.length ?? 0} bytes takes too much memory to read; send JSON`)
