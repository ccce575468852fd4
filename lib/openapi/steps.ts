/** Work that pauses after each small piece and ends with a result. */
export type Steps<T> = Generator<undefined, T, undefined>

/** Does all the work at once. */
export function finish<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}

/** Does the work in slices, letting the event loop run in between. `sliceMs` is in milliseconds. */
export async function finishInSlices<T>(steps: Steps<T>, sliceMs = 5): Promise<T> {
  let sliceStart = performance.now()
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
    if (performance.now() - sliceStart >= sliceMs) {
      await new Promise((resolve) => setImmediate(resolve))
      sliceStart = performance.now()
    }
  }
}
