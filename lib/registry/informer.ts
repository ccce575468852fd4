import { setTimeout as sleep } from 'node:timers/promises'
import { backgroundContext } from '../meta/context.js'
import { EVERYTHING as EVERY_FIELD } from '../meta/fields/index.js'
import { EVERYTHING } from '../meta/labels/index.js'
import type { KubeObject } from '../meta/types.js'
import type { StoredObject } from '../runtime/stored-object.js'
import type { Lister, ListQuery, Watcher } from './rest.js'

const FIRST_RETRY_MS = 50
const MAX_RETRY_MS = 10_000

const EVERY_OBJECT: ListQuery = {
  labelSelector: EVERYTHING,
  fieldSelector: EVERY_FIELD,
  resourceVersion: '',
  resourceVersionMatch: '',
  limit: 0,
  continue: '',
  allowWatchBookmarks: false,
  sendInitialEvents: undefined,
}

/** Hears of a change; the object is shared and in internal form, of a deletion its last state. */
export type InformerListener<T extends KubeObject> = (type: 'ADDED' | 'MODIFIED' | 'DELETED', object: T) => void

/**
 * Keeps all objects of a resource at hand by list and watch, for code in the same process that must know them often:
 * admission plugins, controllers. Begins anew by itself whenever its watch ends.
 */
export class Informer<T extends KubeObject = KubeObject> {
  readonly #source: Lister & Watcher
  readonly #controller = new AbortController()
  #objects = new Map<string, StoredObject>()
  readonly #synced: Promise<void>
  readonly #listeners = new Set<InformerListener<T>>()

  constructor(source: Lister & Watcher) {
    this.#source = source
    this.#synced = new Promise((resolve, reject) => {
      this.#controller.signal.addEventListener('abort', () => reject(new Error('the informer was stopped')))
      void this.#run(resolve)
    })
    // Nobody needs to ask.
    this.#synced.catch(() => {})
  }

  /** Resolves when all objects that existed at the start are known; rejects when the informer is stopped before that. */
  synced(): Promise<void> {
    return this.#synced
  }

  /** All objects, in internal form; shared, never to be changed. */
  *list(): IterableIterator<T> {
    for (const stored of this.#objects.values()) yield stored.object as T
  }

  /** The object of that name, in internal form; shared, never to be changed. */
  get(name: string, namespace = ''): T | undefined {
    const path = namespace === '' ? `/${name}` : `/${namespace}/${name}`
    for (const [key, stored] of this.#objects) if (key.endsWith(path)) return stored.object as T
    return undefined
  }

  /**
   * Calls `listener` for every change from now on, and for what a fresh list shows after the watch had to begin anew (as
   * `ADDED`, whether it was known or not). What it throws makes the informer begin anew; gives back what takes it away.
   */
  subscribe(listener: InformerListener<T>): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  stop(): void {
    this.#controller.abort()
  }

  async #run(synced: () => void): Promise<void> {
    const { signal } = this.#controller
    let retryMs = FIRST_RETRY_MS
    while (!signal.aborted) {
      try {
        const resourceVersion = await this.#relist()
        synced()
        retryMs = FIRST_RETRY_MS
        await this.#follow(resourceVersion)
      } catch {
        retryMs = Math.min(retryMs * 2, MAX_RETRY_MS)
      }
      // Whatever ended it (a restart of the store, compaction), a fresh list is the cure, after a pause.
      await sleep(retryMs, undefined, { signal }).catch(() => {})
    }
  }

  async #relist(): Promise<string> {
    const list = await this.#source.list(this.#context(), EVERY_OBJECT)
    const before = this.#objects
    this.#objects = new Map(list.items.map((item) => [item.key, item]))
    for (const [key, gone] of before) if (!this.#objects.has(key)) this.#tell('DELETED', gone)
    for (const item of list.items) this.#tell('ADDED', item)
    return list.resourceVersion
  }

  async #follow(resourceVersion: string): Promise<void> {
    for await (const event of await this.#source.watch(this.#context(), { ...EVERY_OBJECT, resourceVersion })) {
      if (event.type === 'BOOKMARK') continue
      if (event.type === 'DELETED') this.#objects.delete(event.object.key)
      else this.#objects.set(event.object.key, event.object)
      this.#tell(event.type, event.object)
    }
  }

  #tell(type: 'ADDED' | 'MODIFIED' | 'DELETED', stored: StoredObject): void {
    for (const listener of this.#listeners) listener(type, stored.object as T)
  }

  #context() {
    return backgroundContext({ signal: this.#controller.signal })
  }
}
