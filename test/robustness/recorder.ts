import type { Operation, Seen } from './history.js'
import type { Random } from './random.js'

const REMEMBERED = 400

/** Takes down what clients do, and remembers what they saw: later requests ask for revisions that somebody was shown. */
export class Recorder {
  #operations: Operation[] = []
  #lastId = 0
  /** What is believed to stand under a key. */
  readonly #believed = new Map<string, Seen | undefined>()
  #revisions: number[] = []
  /** Answers that prove nothing, by their text. */
  readonly errors = new Map<string, number>()

  nextId(): number {
    return ++this.#lastId
  }

  /** How many operations of this store were taken down. */
  get count(): number {
    return this.#operations.length
  }

  add(operation: Operation): void {
    this.#operations.push(operation)
  }

  noteError(text: string): void {
    this.errors.set(text, (this.errors.get(text) ?? 0) + 1)
  }

  noteRevision(rev: number): void {
    if (!(rev > 0)) return
    this.#revisions.push(rev)
    if (this.#revisions.length > REMEMBERED) this.#revisions.shift()
  }

  noteKey(key: string, seen: Seen | undefined): void {
    this.#believed.set(key, seen)
    if (seen) this.noteRevision(seen.rev)
  }

  believed(key: string): Seen | undefined {
    return this.#believed.get(key)
  }

  /** A revision that somebody was shown not long ago, or now and then any one before; 0 = nobody was shown any. */
  revision(random: Random): number {
    if (random.chance(0.15) && this.#revisions.length > 0) return random.between(1, this.newestRevision())
    return this.#revisions.length > 0 ? random.pick(this.#revisions) : 0
  }

  newestRevision(): number {
    return Math.max(0, ...this.#revisions)
  }

  /** Hands out what was taken down, and forgets what was seen: the store is another one from now on. */
  takeAll(): Operation[] {
    const taken = this.#operations
    this.#operations = []
    this.#believed.clear()
    this.#revisions = []
    return taken
  }
}

/** Milliseconds of the one clock of a history. */
export const now = (): number => performance.now()
