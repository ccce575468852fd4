import { setMaxListeners } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, onTestFinished } from 'vitest'
import { backgroundContext } from '../../../lib/meta/context.js'
import type { KubeObject } from '../../../lib/meta/types.js'
import { Cacher, type CacherOptions, ChangeFeed } from '../../../lib/storage/cacher/index.js'
import { etcd, lmdb, type RevisionedKV, Store, type WatchEvent } from '../../../lib/storage/index.js'
import type { KVWatch, WatchBatch } from '../../../lib/storage/kv/types.js'
import { startEtcd } from '../../support/etcd.js'
import { ctx, freshCollection, kinds, names, PassingKV, ROOT, selecting, thrownBy } from '../store/harness.js'

export { ctx, freshCollection, kinds, names, PassingKV, ROOT, selecting, thrownBy }

/** A store of one kind or the other, for all tests of a file. */
export interface Backend {
  readonly name: string
  start(): Promise<{ kv: RevisionedKV; stop(): Promise<void> }>
}

export const backends: readonly Backend[] = [
  {
    name: 'lmdb',
    async start() {
      const folder = mkdtempSync(join(tmpdir(), 'express-apiserver-cacher-'))
      const kv = lmdb(folder, { unsafeNoSync: true })
      await kv.open(ctx)
      return {
        kv,
        async stop() {
          await kv.close()
          rmSync(folder, { recursive: true, force: true })
        },
      }
    },
  },
  {
    name: 'etcd',
    async start() {
      const server = await startEtcd()
      const kv = etcd({ hosts: server.endpoints, compactionIntervalMs: 0 })
      await kv.open(ctx)
      return {
        kv,
        async stop() {
          await kv.close()
          await server.dispose()
        },
      }
    },
  },
]

/** One cache of widgets on a store. */
export function cacherOn(kv: RevisionedKV, options: Partial<CacherOptions<KubeObject>> = {}) {
  const store = new Store({ kv, codec: kinds.codec })
  const feed = new ChangeFeed(kv, '/registry/')
  const cacher = new Cacher({ store, feed, keyRoot: ROOT, ...options })
  return { store, feed, cacher }
}

/** A running store for a file's tests. */
export function running(backend: Backend): { readonly kv: RevisionedKV } {
  let running: { kv: RevisionedKV; stop(): Promise<void> } | undefined
  beforeAll(async () => {
    running = await backend.start()
  })
  afterAll(() => running?.stop())
  return {
    get kv() {
      return running!.kv
    },
  }
}

export const withSignal = () => {
  const controller = new AbortController()
  setMaxListeners(0, controller.signal)
  return { ctx: backgroundContext({ signal: controller.signal }), end: () => controller.abort() }
}

/** A watch of the feed that the test holds back, lets go, and breaks. */
class SwitchedWatch implements KVWatch {
  break: (error: Error) => void = () => {}
  #leave: () => void = () => {}
  readonly #over: Promise<'over'>

  constructor(
    private readonly inner: KVWatch,
    private readonly kv: SwitchedKV,
  ) {
    this.#over = new Promise((resolve, reject) => {
      this.#leave = () => resolve('over')
      this.break = reject
    })
    this.#over.catch(() => {})
  }

  get established(): Promise<number> {
    return this.inner.established
  }

  requestProgress(): void {
    if (this.kv.answersProgress) this.inner.requestProgress()
  }

  cancel(): void {
    this.inner.cancel()
    this.#leave()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<WatchBatch> {
    const batches = this.inner[Symbol.asyncIterator]()
    try {
      for (;;) {
        const next = await Promise.race([batches.next(), this.#over])
        if (next === 'over' || next.done) return
        if ((await Promise.race([this.kv.gate, this.#over])) === 'over') return
        yield next.value
      }
    } finally {
      this.inner.cancel()
    }
  }
}

/** A store whose feed the test holds back, lets go, and breaks; and which tells what it was asked. */
export class SwitchedKV extends PassingKV {
  readonly asked: string[] = []
  answersProgress = true
  /** Watches of the feed so far, by their prefix. */
  readonly feeds: string[] = []
  gate: Promise<void> = Promise.resolve()
  #open: () => void = () => {}
  #watches: SwitchedWatch[] = []

  /** From now on the feed hears nothing. */
  hold(): void {
    this.gate = new Promise((resolve) => {
      this.#open = resolve
    })
  }

  release(): void {
    this.#open()
  }

  breakFeed(error: Error): void {
    for (const watch of this.#watches.splice(0)) watch.break(error)
  }

  override get(...args: Parameters<RevisionedKV['get']>) {
    this.asked.push('get')
    return super.get(...args)
  }

  override range(...args: Parameters<RevisionedKV['range']>) {
    this.asked.push('range')
    return super.range(...args)
  }

  override readIndex() {
    this.asked.push('readIndex')
    return super.readIndex()
  }

  override watch(...[context, prefix, options]: Parameters<RevisionedKV['watch']>): KVWatch {
    const inner = super.watch(context, prefix, options)
    if (options.previous !== false) {
      this.asked.push('watch')
      return inner
    }
    this.feeds.push(prefix)
    const watch = new SwitchedWatch(inner, this)
    this.#watches.push(watch)
    return watch
  }
}

/** Waits until `condition` holds: what happens behind a store's back comes when it comes. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2))
}

/** A cache on a store under the test's control, filled. */
export async function switched(inner: RevisionedKV, options: Partial<CacherOptions<KubeObject>> = {}) {
  const kv = new SwitchedKV(inner)
  const made = cacherOn(kv, options)
  onTestFinished(() => {
    kv.release()
    made.feed.stop()
  })
  made.feed.start()
  await made.cacher.ready(10_000)
  kv.asked.length = 0
  return { kv, ...made }
}

/** Collects what a watch tells until the test has seen enough. */
export async function collect(
  watch: AsyncIterable<WatchEvent>,
  enough: (seen: readonly string[]) => boolean,
): Promise<string[]> {
  const seen: string[] = []
  if (enough(seen)) return seen
  for await (const event of watch) {
    seen.push(told(event))
    if (enough(seen)) return seen
  }
  throw new Error(`the watch ended after ${seen.join(', ')}`)
}

/** An event in a word: `ADDED a`, `BOOKMARK`, `BOOKMARK initial`. */
export function told(event: WatchEvent): string {
  if (event.type === 'BOOKMARK') return event.initialEventsEnd ? 'BOOKMARK initial' : 'BOOKMARK'
  return `${event.type} ${event.object.name}`
}
