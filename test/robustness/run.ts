import { setTimeout as sleep } from 'node:timers/promises'
import { check, type Violation } from './check/check.js'
import { Timeline } from './check/timeline.js'
import { Client } from './clients.js'
import { inject, isPassing, type PassingFault } from './faults.js'
import type { History, Operation, Write } from './history.js'
import { type Plan, planRun, type RunOptions } from './plan.js'
import { Random } from './random.js'
import { now, Recorder } from './recorder.js'
import { type Deployment, EtcdDeployment, LmdbDeployment } from './store.js'
import { Truth } from './truth.js'
import { type OpenWatch, Watcher } from './watchers.js'

const CLIENTS = 8
const WATCHERS = 14
const PATIENT_WATCHERS = 3
const RECOVERY_LIMIT_MS = 20_000
const SETTLE_LIMIT_MS = 15_000
/** So much is answered between two faults, however busy the machine is. */
const ANSWERS_BETWEEN_FAULTS = 60
const BUSY_LIMIT_MS = 4_000

export interface RunResult {
  readonly plan: Plan
  readonly histories: readonly History[]
  readonly violations: readonly Violation[]
  /** Answers that were neither what was asked for nor a refusal, with how often they came. */
  readonly errors: ReadonlyMap<string, number>
  /** What was done when. */
  readonly log: readonly string[]
  /** The end of what the servers printed. */
  readonly serverLogs: readonly string[]
}

/** Clients at work, faults among them, and what the checker says of it. */
export async function runSeed(options: RunOptions): Promise<RunResult> {
  const plan = planRun(options)
  const { store, members, servers, losesEvents } = plan
  const deployment =
    store === 'lmdb'
      ? await LmdbDeployment.start(losesEvents)
      : await EtcdDeployment.start(members, servers, losesEvents)
  const run = new Run(plan, deployment)
  try {
    return await run.run()
  } finally {
    await run.end()
    await deployment.close()
  }
}

class Run {
  readonly #random: Random
  readonly #recorder = new Recorder()
  readonly #truth: Truth
  readonly #clients: readonly Client[]
  readonly #watchers: readonly Watcher[]
  /** Asks when nobody else does. */
  readonly #probe: Client
  readonly #histories: History[] = []
  readonly #violations: Violation[] = []
  readonly #log: string[] = []
  readonly #stopForeign = new AbortController()
  readonly #started = now()
  #base = 0
  #carried: Write[] = []

  constructor(
    private readonly plan: Plan,
    private readonly deployment: Deployment,
  ) {
    this.#random = new Random(plan.seed + 1)
    this.#truth = new Truth(deployment)
    const urls = deployment.servers.map((server) => () => server.url)
    const forks = () => [urls, this.#random.fork(), this.#recorder] as const
    this.#probe = new Client(...forks())
    this.#clients = Array.from({ length: CLIENTS }, () => new Client(...forks()))
    this.#watchers = Array.from({ length: WATCHERS }, (_, i) => new Watcher(...forks(), i < PATIENT_WATCHERS))
  }

  async run(): Promise<RunResult> {
    const { plan, deployment } = this
    if (plan.faults.includes('foreign') && deployment instanceof EtcdDeployment) void this.#writeElsewhere(deployment)
    for (const worker of [...this.#clients, ...this.#watchers]) worker.start()
    if (plan.faults.includes('restore')) {
      await this.#disturb(plan.seconds * 0.3)
      this.#note('snapshot')
      await deployment.snapshot()
      await this.#disturb(plan.seconds * 0.25, ['compact'])
      if (await this.#recovered()) await this.#restore()
      await this.#disturb(plan.seconds * 0.45)
    } else await this.#disturb(plan.seconds)
    this.#note('settle')
    await this.#settle()
    this.#note('check')
    const violations = [...this.#violations, ...this.#histories.flatMap(check)]
    const serverLogs = deployment.servers.map(({ log }) => log)
    const { errors } = this.#recorder
    return { plan, histories: this.#histories, violations, errors, log: this.#log, serverLogs }
  }

  #note(text: string): void {
    this.#log.push(`${(now() - this.#started).toFixed(0)} ms: ${text}`)
  }

  async end(): Promise<void> {
    this.#stopForeign.abort()
    await Promise.all([...this.#clients, this.#probe].map((client) => client.stop()))
    await Promise.all(this.#watchers.map((watcher) => watcher.stop('cancelled')))
  }

  /** One fault after the other, now and then two at once, until the time is up; then all is well again. */
  async #disturb(seconds: number, without: readonly string[] = []): Promise<void> {
    const random = this.#random
    const faults = this.plan.faults.filter(isPassing).filter((fault) => !without.includes(fault))
    await this.#work(random.between(300, 800))
    // From now on: a busy machine may need more than all of it until its clients have worked.
    const until = now() + seconds * 1000
    while (now() < until - 1000 && faults.length > 0) {
      const chosen = random.sample<PassingFault>(faults, random.chance(0.25) ? 2 : 1)
      const heals: (() => Promise<void>)[] = []
      for (const fault of chosen) {
        this.#note(fault)
        heals.unshift(await inject(fault, this.deployment, this.#truth, random))
      }
      await sleep(random.between(50, 1200))
      this.#note(`end of ${chosen.join(' and ')}`)
      // Not one after the other: a server that is to start may need the store that is to come back.
      await Promise.all(heals.map((heal) => heal()))
      this.#note('all is well')
      await this.#work(random.between(500, 1300))
    }
    await sleep(Math.max(0, until - now()))
  }

  /** Lets the clients work undisturbed. */
  async #work(milliseconds: number): Promise<void> {
    const enough = this.#recorder.count + ANSWERS_BETWEEN_FAULTS
    await sleep(milliseconds)
    await this.#within(BUSY_LIMIT_MS, () => this.#recorder.count >= enough)
  }

  /** Whether every server answers again. */
  async #recovered(): Promise<boolean> {
    for (const server of this.deployment.servers.keys()) {
      const limit = now() + RECOVERY_LIMIT_MS
      while (!(await this.#probe.list({}, { type: 'latest' }, 0, server))) {
        if (now() > limit) {
          const message = `server ${server} does not list ${RECOVERY_LIMIT_MS} ms after the last fault`
          this.#violations.push({ rule: 'server that does not recover', message, operations: [] })
          return false
        }
        await sleep(50)
      }
    }
    return true
  }

  /** Nobody writes while a snapshot is put back; the watches stay, and are to be told. */
  async #restore(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.stop()))
    for (const watcher of this.#watchers) watcher.hold()
    await this.#truth.catchUp()
    const store = [...this.#truth.events]
    const open = this.#openWatches()
    const began = now()
    this.#note('restore')
    await this.deployment.restore()
    const base = await this.#truth.rewind()
    // What they delivered has been undone; a watch that has not come so far may as well go on.
    const undone = open.filter((watch) => Math.max(watch.last, watch.plan.from) > base)
    const hasRecovered = await this.#recovered()
    await this.#within(SETTLE_LIMIT_MS, () => undone.every(({ end }) => end !== undefined))
    this.#violations.push(...undone.filter((watch) => !this.#wasTold(watch)).map(outlived))
    await Promise.all(this.#watchers.map((watcher) => watcher.stop('cancelled')))
    this.#closeEpoch(store, base, began)
    if (hasRecovered) for (const worker of [...this.#clients, ...this.#watchers]) worker.start()
  }

  #wasTold({ end, due }: OpenWatch): boolean {
    if (end === 'expired' || end === 'cancelled' || (end === 'closed' && due)) return true
    return this.deployment.store === 'lmdb' && end === 'lost'
  }

  /** @param began when the snapshot was put back: nothing but the probe has asked for anything since */
  #closeEpoch(store: History['store'], base: number, began: number): void {
    const operations = this.#recorder.takeAll()
    const before = operations.filter(({ invoked }) => invoked < began)
    this.#histories.push(this.#history(store, before, 0))
    this.#base = base
    // A write whose answer was lost may still be on its way.
    this.#carried = before
      .filter((operation) => operation.kind === 'write')
      .filter(({ outcome }) => outcome.type === 'unknown')
      .map((write) => ({ ...write, invoked: began }))
    for (const operation of operations) if (operation.invoked >= began) this.#recorder.add(operation)
  }

  /** No more faults, no more requests: what has been promised must come now. */
  async #settle(): Promise<void> {
    const hasRecovered = await this.#recovered()
    for (const watcher of this.#watchers) watcher.hold()
    await Promise.all(this.#clients.map((client) => client.stop()))
    this.#stopForeign.abort()
    if (hasRecovered) await this.#recovered()
    const settled = await this.#truth.catchUp()
    const timeline = new Timeline(this.#truth.events)
    const isDone = (watch: OpenWatch) => {
      const last = timeline.expected(watch.plan.selection).at(-1)?.rev ?? 0
      return watch.last >= last || watch.plan.from >= last
    }
    await this.#within(SETTLE_LIMIT_MS, () => this.#openWatches().every(isDone))
    await Promise.all(this.#watchers.map((watcher) => watcher.stop('open')))
    await this.#truth.catchUp()
    const operations: Operation[] = [...this.#carried, ...this.#recorder.takeAll()]
    this.#histories.push(this.#history([...this.#truth.events], operations, settled))
  }

  #history(store: History['store'], operations: readonly Operation[], settled: number): History {
    return { store, base: this.#base, compacted: this.#truth.compacted, settled, operations }
  }

  #openWatches(): OpenWatch[] {
    return this.#watchers.flatMap(({ current }) => (current && current.end === undefined ? [current] : []))
  }

  async #within(limitMs: number, isDone: () => boolean): Promise<void> {
    const limit = now() + limitMs
    while (!isDone() && now() < limit) await sleep(20)
  }

  async #writeElsewhere({ gateway }: EtcdDeployment): Promise<void> {
    const { signal } = this.#stopForeign
    for (let i = 0; !signal.aborted; i++) {
      await gateway.put(`/elsewhere/${i % 10}`, String(i)).catch(() => undefined)
      await sleep(4)
    }
  }
}

function outlived(watch: OpenWatch): Violation {
  const how = watch.end === undefined ? 'goes on' : `ended as ${watch.end}`
  const message = `a snapshot older than what it delivered was put back, and the watch ${how} without a 410`
  return { rule: 'watch that outlived its store', message, operations: [watch.record()] }
}
