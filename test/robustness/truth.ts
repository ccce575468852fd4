import type { StoreEvent } from './history.js'

/** A change with the stored bytes. */
export interface RawEvent {
  readonly type: 'put' | 'delete'
  readonly key: string
  readonly rev: number
  readonly value: string
}

/** Whoever can tell what happened in the store, from a revision on that was not compacted. */
export interface TruthSource {
  history(from: number): Promise<{ readonly events: readonly RawEvent[]; readonly rev: number }>
}

const PREFIX = '/registry/robustness.example.com/registers/'

interface StoredObject {
  readonly metadata: { readonly labels?: { readonly color?: string } }
  readonly spec: { readonly value: string }
}

/** The store's own history, taken down before each compaction forgets a part of it. */
export class Truth {
  #events: StoreEvent[] = []
  /** Everything up to here has been taken down. */
  #rev = 0
  #compacted = 0

  constructor(private readonly source: TruthSource) {}

  get events(): readonly StoreEvent[] {
    return this.#events
  }

  get rev(): number {
    return this.#rev
  }

  /** History up to here may be forgotten by the store. */
  get compacted(): number {
    return this.#compacted
  }

  async catchUp(): Promise<number> {
    const { events, rev } = await this.source.history(this.#rev + 1)
    for (const event of events) this.#add(event)
    // More may have happened while history was read.
    this.#rev = Math.max(this.#rev, rev, events.at(-1)?.rev ?? 0)
    return this.#rev
  }

  noteCompaction(revision: number): void {
    this.#compacted = Math.max(this.#compacted, revision)
  }

  /**
   * After a snapshot was put back, which is not older than the last compaction: what was forgotten since is forgotten here.
   *
   * @returns the last revision that the old history and the new one share
   */
  async rewind(): Promise<number> {
    const before = this.#events
    const { events, rev } = await this.source.history(this.#compacted + 1)
    this.#events = before.filter((event) => event.rev <= this.#compacted)
    for (const event of events) this.#add(event)
    const parting = this.#events.findIndex((event, i) => JSON.stringify(event) !== JSON.stringify(before[i]))
    this.#rev = Math.max(rev, events.at(-1)?.rev ?? 0)
    return parting < 0 ? (this.#events.at(-1)?.rev ?? 0) : this.#events[parting]!.rev - 1
  }

  #add({ type, key, rev, value }: RawEvent): void {
    if (!key.startsWith(PREFIX)) return
    const object = type === 'put' ? (JSON.parse(value) as StoredObject) : undefined
    const content = { value: object?.spec.value ?? '', label: object?.metadata.labels?.color ?? '' }
    this.#events.push({ type, rev, key: key.slice(PREFIX.length), ...content })
  }
}
