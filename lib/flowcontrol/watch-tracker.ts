import type { RequestInfo } from '../meta/context.js'

const READ_ONLY: ReadonlySet<string> = new Set(['get', 'list', 'watch', 'proxy'])

/** Knows how many watches are open on what, because every write costs a little for each that hears of it. */
export class WatchTracker {
  readonly #counts = new Map<string, number>()

  /** Counts a watch until the result is called. */
  register(info: RequestInfo): () => void {
    const key = keyOf(info, info.namespace, info.name)
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1)
    return () => {
      const left = (this.#counts.get(key) ?? 0) - 1
      if (left > 0) this.#counts.set(key, left)
      else this.#counts.delete(key)
    }
  }

  /** Watches that may hear of what a request does: those of all its resource, of its namespace, and of its very object. */
  interested(info: RequestInfo): number {
    if (this.#counts.size === 0 || READ_ONLY.has(info.verb)) return 0
    let count = this.#counts.get(keyOf(info, '', '')) ?? 0
    if (info.namespace !== '') count += this.#counts.get(keyOf(info, info.namespace, '')) ?? 0
    if (info.name !== '') count += this.#counts.get(keyOf(info, info.namespace, info.name)) ?? 0
    return count
  }
}

const keyOf = ({ apiGroup, resource }: RequestInfo, namespace: string, name: string): string =>
  `${apiGroup}\0${resource}\0${namespace}\0${name}`
