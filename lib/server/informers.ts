import type { Informer } from '../registry/index.js'

/** The informers that were given out, and which of them have not seen everything yet. */
export class Informers {
  readonly #all: Pick<Informer, 'stop'>[] = []
  readonly #unsynced = new Map<Pick<Informer, 'stop'>, string>()

  add(resource: string, informer: Pick<Informer, 'stop' | 'synced'>): void {
    this.#all.push(informer)
    this.#unsynced.set(informer, resource)
    const settled = () => void this.#unsynced.delete(informer)
    // One that was stopped holds nobody up any more.
    informer.synced().then(settled, settled)
  }

  /** Resources, each as often as informers of it wait. */
  unsynced(): readonly string[] {
    return [...this.#unsynced.values()]
  }

  stop(): void {
    for (const informer of this.#all) informer.stop()
  }
}
