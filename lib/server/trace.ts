import type { LogFields, Logger } from './logger.js'

/** Steps beyond this are not kept. */
const MAX_STEPS = 64

/**
 * What a piece of work did when, logged only when it took long (Kubernetes' `utiltrace`).
 *
 * @example
 * ```ts
 * const trace = new Trace('Rebuild index', { shards: 4 })
 * read()
 * trace.step('read')
 * trace.logIfLong(500, logger)
 * ```
 */
export class Trace {
  readonly #startedAt = performance.now()
  readonly #steps: { readonly step: string; readonly at: number }[] = []

  constructor(
    readonly name: string,
    readonly fields: LogFields = {},
  ) {}

  /** Says what is done now. */
  step(step: string): void {
    if (this.#steps.length < MAX_STEPS) this.#steps.push({ step, at: performance.now() })
  }

  /** Logs all steps and how long each took when the whole took longer than `thresholdMs`. */
  logIfLong(thresholdMs: number, logger: Logger, more: LogFields = {}): void {
    const total = performance.now() - this.#startedAt
    if (total <= thresholdMs) return
    let before = this.#startedAt
    const steps = this.#steps.map(({ step, at }) => {
      const ms = Math.round(at - before)
      before = at
      return `${step} (${ms}ms)`
    })
    logger.info({ ...this.fields, ...more, ms: Math.round(total), steps }, `Trace: ${this.name}`)
  }
}
