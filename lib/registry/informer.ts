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

type ChangeType = 'ADDED' | 'MODIFIED' | 'DELETED'

/**
 * Hears of a change; the object is shared and in internal form, of a deletion its last state. Calls are not waited for: the next
 * may come before a promise is settled. What is thrown, or rejected, is for the informer's log, and the informer goes on.
 *
 * @param isInInitialList whether the object was there before the informer was, as client-go's `OnAdd` tells: after a restart
 * of the process every object is `ADDED` once more
 */
export type InformerListener<T extends KubeObject> = (
  type: ChangeType,
  object: T,
  isInInitialList: boolean,
) => void | Promise<void>

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
  readonly #onListenerError: (err: unknown) => void
  #listed = false

  /** @param onListenerError told what listeners throw, and what their promises are rejected with; default: the console is */
  constructor(source: Lister & Watcher, onListenerError: (err: unknown) => void = logged) {
    this.#source = source
    this.#onListenerError = onListenerError
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
   * Calls `listener` for every change from now on. Who subscribes in the turn that made the informer also hears of all objects
   * that exist (`isInInitialList`). When the watch had to begin anew, what changed meanwhile comes as its last state alone.
   *
   * @returns takes the listener away
   * @example
   * ```ts
   * api.informer(jobs).subscribe(async (type, job, isInInitialList) => {
   *   if (type === 'ADDED' && !isInInitialList) await notify(job)
   * })
   * ```
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
    const isInitial = !this.#listed
    this.#listed = true
    this.#objects = new Map(list.items.map((item) => [item.key, item]))
    for (const [key, gone] of before) if (!this.#objects.has(key)) this.#tell('DELETED', gone)
    for (const item of list.items) {
      const known = before.get(item.key)
      if (!known) this.#tell('ADDED', item, isInitial)
      else if (known.revision !== item.revision) this.#tell('MODIFIED', item)
    }
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

  #tell(type: ChangeType, stored: StoredObject, isInInitialList = false): void {
    for (const listener of this.#listeners) this.#call(listener, type, stored, isInInitialList)
  }

  /** A listener's failure is its own: neither the other listeners nor what is known depend on it. */
  #call(listener: InformerListener<T>, type: ChangeType, stored: StoredObject, isInInitialList: boolean): void {
    try {
      Promise.resolve(listener(type, stored.object as T, isInInitialList)).catch(this.#onListenerError)
    } catch (err) {
      this.#onListenerError(err)
    }
  }

  #context() {
    return backgroundContext({ signal: this.#controller.signal })
  }
}

function logged(err: unknown): void {
  console.error('a listener of an informer failed', err)
}
