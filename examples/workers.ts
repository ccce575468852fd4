import cluster, { type Address, type Worker } from 'node:cluster'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Flags } from './flags.js'
import { chooseMount, type Example, etcdPlace, print, startError } from './serve.js'
import { stopOnSignal } from './stop-on-signal.js'

const WORKER = fileURLToPath(new URL('./worker.js', import.meta.url))
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 10_000
/** A worker that served this long was sound, so that its end begins no series. */
const SOUND_AFTER_MS = 10_000
/** Above what a worker itself gives its requests in flight. */
const STOP_LIMIT_MS = 15_000

/**
 * Runs an example in several processes that share the port, each with a cache and an etcd client of its own, until SIGTERM
 * or SIGINT, on which all of them drain. A worker that ends otherwise is replaced, more slowly the sooner it ended.
 */
export async function serveByWorkers(example: Example, flags: Flags, count: number): Promise<void> {
  chooseMount(example, flags)
  const workers = new Workers({ ...flags, port: await freePort(flags) })
  stopOnSignal(
    () => workers.stop(),
    () => workers.kill(),
  )
  const { url, pids } = await workers.start(count)
  const data = flags.etcd ? [`data: ${etcdPlace(flags.etcd)}`] : []
  print(example, flags, url, [...data, `workers: ${count} (processes ${pids.join(', ')})`])
}

class Workers {
  readonly #running = new Set<Worker>()
  readonly #pauses = new Set<NodeJS.Timeout>()
  #stopping = false

  constructor(flags: Flags) {
    // A connection handed to a worker that dies before it has it would hang for good: let workers accept for themselves.
    cluster.schedulingPolicy = cluster.SCHED_NONE
    cluster.setupPrimary({ exec: WORKER, args: [JSON.stringify(flags)], execArgv: [] })
  }

  /** The first worker starts alone: when it cannot, its error is said once. */
  async start(count: number): Promise<{ url: string; pids: readonly (number | undefined)[] }> {
    const first = this.#fork()
    const address = await this.#listening(first)
    const rest = Array.from({ length: count - 1 }, () => this.#fork())
    for (const worker of [first, ...rest]) this.#replace(worker, 0)
    await Promise.all(rest.map((worker) => this.#listening(worker)))
    return { url: urlOf(address), pids: [first, ...rest].map((worker) => worker.process.pid) }
  }

  /** Lets all workers drain; rejects when one does not end by itself. */
  async stop(): Promise<void> {
    this.#stopping = true
    for (const pause of this.#pauses) clearTimeout(pause)
    const ended = Promise.all([...this.#running].map((worker) => once(worker, 'exit')))
    this.#signal('SIGTERM')
    const limit = sleep(STOP_LIMIT_MS).then(() => Promise.reject(new Error('a worker did not end')))
    await Promise.race([ended, limit])
  }

  kill(): void {
    this.#signal('SIGKILL')
  }

  #signal(signal: NodeJS.Signals): void {
    for (const worker of this.#running) worker.process.kill(signal)
  }

  #fork(): Worker {
    const worker = cluster.fork()
    this.#running.add(worker)
    worker.once('exit', () => this.#running.delete(worker))
    return worker
  }

  /** A worker that ends before it listens has said why. */
  #listening(worker: Worker): Promise<Address> {
    return new Promise((resolve) => {
      const onExit = (code: number) => {
        if (this.#stopping) return
        this.kill()
        process.exit(code || 1)
      }
      worker.once('exit', onExit)
      worker.once('listening', (address: Address) => {
        worker.off('exit', onExit)
        resolve(address)
      })
    })
  }

  /** @param streak how many workers in a row were replaced before this one because they ended soon */
  #replace(worker: Worker, streak: number): void {
    const since = Date.now()
    worker.once('exit', (code, signal) => {
      if (this.#stopping) return
      const before = Date.now() - since < SOUND_AFTER_MS ? streak : 0
      const pause = Math.min(FIRST_PAUSE_MS * 2 ** before, LONGEST_PAUSE_MS)
      console.error(`worker ${worker.process.pid} ended (${signal ?? code}): another one starts in ${pause} ms`)
      const timer = setTimeout(() => {
        this.#pauses.delete(timer)
        this.#replace(this.#fork(), before + 1)
      }, pause)
      this.#pauses.add(timer)
    })
  }
}

/** The port that all workers shall share, also those that come when all others have died: `--port 0` is settled here. */
async function freePort(flags: Flags): Promise<number> {
  const probe = createServer()
  try {
    await once(probe.listen(flags.port, flags.host), 'listening')
  } catch (error) {
    console.error(startError(error, flags))
    process.exit(1)
  }
  const { port } = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  return port
}

function urlOf({ address, port, addressType }: Address): string {
  return `http://${addressType === 6 ? `[${address}]` : address}:${port}`
}
