import { STRETCH_MS, takeTurn } from './turns.js'

/** Work that pauses after each pass over a value, and ends with a result. */
export type Steps<T> = Generator<undefined, T, undefined>

/** Does all the work at once. */
export function finish<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}

/**
 * Does the work in turns of the event loop: a turn ends with the step in which its time ran out.
 *
 * @example
 * ```ts
 * const object = await finishInTurns(fieldManager.applySteps(live, config, options))
 * ```
 */
export async function finishInTurns<T>(steps: Steps<T>): Promise<T> {
  let start = performance.now()
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
    if (performance.now() - start < STRETCH_MS) continue
    await takeTurn()
    start = performance.now()
  }
}

/** From this size on a value is worked on in turns; what is smaller takes a few milliseconds in all. */
const LARGE_BYTES = 16 * 1024

/** Lets others have a turn between two pieces of work on a value of so many bytes, if it is large. */
export const turnIfLarge = (bytes: number): Promise<void> | undefined => (bytes < LARGE_BYTES ? undefined : takeTurn())

/** Does work on a value of so many bytes: at once, or in turns if it is large. */
export const paced = <T>(bytes: number, steps: Steps<T>): T | Promise<T> =>
  bytes < LARGE_BYTES ? finish(steps) : finishInTurns(steps)
