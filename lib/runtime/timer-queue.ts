/** Something that happens at a time of its own. */
export interface Timed {
  /** Milliseconds of `performance.now()`; must not change while it waits. */
  readonly dueAt: number
  due(): void
}

/** Node's longest timeout. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1

/**
 * Times of many, of which hardly any ever comes: each is a place in an array, where a timer of Node's is 300 bytes. Keeps
 * no process alive.
 */
export class TimerQueue {
  /** The earliest stands last. */
  readonly #waiting: Timed[] = []
  #timer: NodeJS.Timeout | undefined
  #timerAt = Number.POSITIVE_INFINITY

  add(timed: Timed): void {
    this.#waiting.splice(this.#placeOf(timed.dueAt), 0, timed)
    this.#setTimer()
  }

  /** Does nothing to what is not waiting (any more). */
  delete(timed: Timed): void {
    const waiting = this.#waiting
    for (let i = this.#placeOf(timed.dueAt); waiting[i]?.dueAt === timed.dueAt; i++) {
      if (waiting[i] !== timed) continue
      waiting.splice(i, 1)
      this.#setTimer()
      return
    }
  }

  /** Index of the first that is due at `dueAt` or earlier. */
  #placeOf(dueAt: number): number {
    let [from, to] = [0, this.#waiting.length]
    while (from < to) {
      const middle = (from + to) >>> 1
      if (this.#waiting[middle]!.dueAt > dueAt) from = middle + 1
      else to = middle
    }
    return from
  }

  #setTimer(): void {
    const next = this.#waiting.at(-1)?.dueAt ?? Number.POSITIVE_INFINITY
    if (next === this.#timerAt) return
    clearTimeout(this.#timer)
    this.#timerAt = next
    if (next === Number.POSITIVE_INFINITY) return
    const milliseconds = Math.min(Math.ceil(next - performance.now()), MAX_TIMEOUT_MS)
    this.#timer = setTimeout(() => this.#ring(), milliseconds).unref()
  }

  #ring(): void {
    this.#timerAt = Number.POSITIVE_INFINITY
    try {
      while ((this.#waiting.at(-1)?.dueAt ?? Number.POSITIVE_INFINITY) <= performance.now()) this.#waiting.pop()!.due()
    } finally {
      this.#setTimer()
    }
  }
}
