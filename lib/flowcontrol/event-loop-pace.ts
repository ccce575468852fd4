import type { Clock } from './clock.js'

const SAMPLE_MS = 20
/** Sampling goes on for so long after wide requests were last seen. */
const ATTENTION_MS = 1000
/** Timers that are later than this tell that too much is executed at once; earlier than that, that more could be. */
const LATE_MS = 20
const EARLY_MS = 10
const SLOWER = 0.7
const FASTER = 1.1
const SLOWEST = 1 / 256

/**
 * How many of the wide requests that have seats may be executed at once: all, until the event loop falls behind, and then
 * as few as it takes for timers to be on time. Seats are reckoned for many processors; here, what is executed together
 * shares one, and everybody else waits for a turn of it to end.
 */
export class EventLoopPace {
  /** Part of the seats that wide requests may take together. */
  factor = 1
  #attentiveUntil = 0
  #stopTimer: (() => void) | undefined

  constructor(private readonly clock: Clock) {}

  /** Wide requests are there: the event loop is to be watched. */
  attend(now: number): void {
    this.#attentiveUntil = now + ATTENTION_MS
    if (!this.#stopTimer) this.#sampleAfter(now)
  }

  stop(): void {
    this.#stopTimer?.()
    this.#stopTimer = undefined
  }

  #sampleAfter(now: number): void {
    const due = now + SAMPLE_MS
    this.#stopTimer = this.clock.after(SAMPLE_MS, () => this.#sample(due))
  }

  #sample(due: number): void {
    const now = this.clock.now()
    const late = now - due
    if (late > LATE_MS) this.factor = Math.max(SLOWEST, this.factor * SLOWER)
    else if (late < EARLY_MS) this.factor = Math.min(1, this.factor * FASTER)
    this.#stopTimer = undefined
    if (this.factor < 1 || now < this.#attentiveUntil) this.#sampleAfter(now)
  }
}
