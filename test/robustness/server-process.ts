import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freezeProcess } from '../support/freeze.js'

const START_LIMIT_MS = 20_000
const LOG_LIMIT = 20_000
/** A frozen server answers nothing. */
const CALL_LIMIT_MS = 5_000
const program = fileURLToPath(new URL('../../test/robustness/serve.mjs', import.meta.url))

const running = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Where a server keeps its objects. */
export type ServerStore = ({ readonly folder: string } | { readonly hosts: readonly string[] }) & {
  /** Plants a fault: one event in ten is lost between the store and the server. */
  readonly losesEvents?: boolean
}

interface Message {
  readonly id?: number
  readonly port?: number
  readonly result?: unknown
  readonly error?: string
}

/** A server in a process of its own, which can be ended and started again under the same address. */
export class ServerProcess {
  #child: ChildProcess | undefined
  #port = 0
  #lastCall = 0
  #log = ''

  constructor(private readonly store: ServerStore) {}

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** The end of what it printed. */
  get log(): string {
    return this.#log
  }

  get runs(): boolean {
    return this.#child !== undefined
  }

  /** Resolves when it listens; tries again as long as the store keeps it from it. */
  async start(): Promise<void> {
    const limit = Date.now() + START_LIMIT_MS
    while (!this.#child) {
      if (await this.#startOnce()) return
      if (Date.now() > limit) throw new Error(`the server does not start: ${this.#log}`)
      await sleep(100)
    }
  }

  async kill(signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL'): Promise<void> {
    const child = this.#child
    if (!child) return
    const exited = once(child, 'exit')
    child.kill('SIGCONT')
    child.kill(signal)
    await exited
  }

  freeze(): Promise<void> {
    return freezeProcess(this.#child)
  }

  thaw(): void {
    this.#child?.kill('SIGCONT')
  }

  /** Asks the store below the server. @throws Error when the server ends or keeps silent */
  call<T>(call: string, options: Record<string, unknown>): Promise<T> {
    const child = this.#child
    if (!child) return Promise.reject(new Error('the server does not run'))
    const id = ++this.#lastCall
    return new Promise((resolve, reject) => {
      const listen = (message: Message) => {
        if (message.id !== id) return
        forget()
        if (message.error === undefined) resolve(message.result as T)
        else reject(new Error(message.error))
      }
      const end = () => {
        forget()
        reject(new Error('the server does not answer'))
      }
      const timer = setTimeout(end, CALL_LIMIT_MS)
      const forget = () => {
        clearTimeout(timer)
        child.off('message', listen).off('exit', end)
      }
      child.on('message', listen).on('exit', end)
      child.send({ id, call, ...options })
    })
  }

  async #startOnce(): Promise<boolean> {
    const child = spawn(process.execPath, [program, JSON.stringify({ port: this.#port, ...this.store })], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    this.#child = child
    running.add(child)
    const keep = (chunk: Buffer) => {
      this.#log = (this.#log + chunk.toString()).slice(-LOG_LIMIT)
    }
    child.stdout?.on('data', keep)
    child.stderr?.on('data', keep)
    return new Promise((resolve) => {
      child.on('message', ({ port }: Message) => {
        if (port === undefined) return
        this.#port = port
        resolve(true)
      })
      child.once('exit', () => {
        running.delete(child)
        if (this.#child === child) this.#child = undefined
        resolve(false)
      })
    })
  }
}
