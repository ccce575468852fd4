import { type RequestContext, writeError } from '../endpoints/index.js'
import { StatusError } from '../meta/status.js'
import type { Filter } from './handler-chain.js'

type Outcome = Promise<void> | void

/**
 * A filter that others wrote, made to keep what the chain relies on: the request is over when all is over that `next` began,
 * also where the filter forgot to return it; a filter that neither answered nor went on is waited for, so that the
 * deadline of the request ends it; what was answered goes no further; `next` goes on once. A `StatusError` that it throws is
 * answered.
 */
export function guestFilter(filter: Filter): Filter {
  return (ctx, next) => {
    const visit = new Visit(ctx, next)
    let gave: Outcome
    try {
      gave = filter(ctx, visit.next)
    } catch (err) {
      return visit.failed(err)
    }
    return visit.returned(gave)
  }
}

/** One request in such a filter. */
class Visit {
  #isBack = false
  #isCalled = false
  #began: Outcome = undefined
  #isSettled = false
  #failure: { readonly err: unknown } | undefined
  /** Ends the waiting for an answer or for `next`. */
  #wake: ((outcome: Outcome) => void) | undefined

  constructor(
    private readonly ctx: RequestContext,
    private readonly goOn: () => Outcome,
  ) {}

  /** What the filter calls. */
  readonly next = (): Outcome => {
    if (this.#isCalled || this.ctx.response.headersSent || this.ctx.gone) return this.#began
    this.#isCalled = true
    if (this.#wake) return this.#goOnLate(this.#wake)
    try {
      this.#began = this.goOn()
    } catch (err) {
      this.#failure = { err }
      throw err
    }
    if (this.#isBack) this.#listen()
    return this.#began
  }

  /** The filter returned: what is to be waited for. A promise that it handed on costs none of its own. */
  returned(gave: Outcome): Outcome {
    this.#isBack = true
    if (!isPromise(gave)) return this.#rest()
    if (gave === this.#began) return gave
    this.#listen()
    return gave.then(
      () => this.#rest(),
      (err: unknown) => this.failed(err),
    )
  }

  failed(err: unknown): Outcome {
    if (!this.#began || this.#isSettled) return this.#answer(err)
    // Two must not answer at a time.
    return this.#began.then(
      () => this.#answer(err),
      (other: unknown) => {
        if (other !== err) this.ctx.report(other)
        return this.#answer(err)
      },
    )
  }

  #answer(err: unknown): Outcome {
    if (!(err instanceof StatusError)) throw err
    return writeError(this.ctx, err)
  }

  #rest(): Outcome {
    const { response, gone } = this.ctx
    if (this.#failure && !response.headersSent) throw this.#failure.err
    if (this.#isCalled) return this.#isSettled ? undefined : this.#began
    if (response.writableEnded || gone) return
    return new Promise<void>((resolve) => {
      this.#wake = resolve
      response.once('close', () => resolve())
    })
  }

  /** Whoever calls from a callback catches nothing: what is thrown goes the way of what is rejected. */
  #goOnLate(wake: (outcome: Outcome) => void): Outcome {
    try {
      this.#began = this.goOn()
    } catch (err) {
      this.#began = Promise.reject(err)
    }
    wake(this.#began)
    return this.#began
  }

  /** A filter may have forgotten what `next` gave, and then nobody else hears of its failure. */
  #listen(): void {
    this.#began?.then(
      () => {
        this.#isSettled = true
      },
      (err: unknown) => {
        this.#isSettled = true
        this.#failure = { err }
      },
    )
  }
}

const isPromise = (value: unknown): value is Promise<void> =>
  typeof (value as { then?: unknown } | undefined)?.then === 'function'
