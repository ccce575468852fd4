/** How long one loop may hold the event loop before others get it, in milliseconds. */
const STRETCH_MS = 5
const CHECK_EVERY = 32

/** Long loops waiting for a turn of the event loop; the process's own, so that many of them don't share one turn. */
const waiting: (() => void)[] = []
let stretchEnd = 0
let scheduled = false

function schedule(): void {
  if (scheduled) return
  scheduled = true
  setImmediate(() => {
    scheduled = false
    stretchEnd = performance.now() + STRETCH_MS
    waiting.shift()?.()
    if (waiting.length > 0) schedule()
  })
}

/**
 * Resolves in a later turn of the event loop, of which the caller has {@link STRETCH_MS} for itself: of all long loops
 * of the process one runs a turn, first come, first served, and sockets are looked after in between.
 */
export function takeTurn(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve)
    schedule()
  })
}

/**
 * Makes a `pause()` for a long loop, to be called (and awaited, when it returns something) once an item. The clock is looked
 * at every so many items.
 *
 * @example
 * ```ts
 * const pause = yieldsToOthers()
 * for (const item of items) {
 *   encode(item)
 *   await pause()
 * }
 * ```
 */
export function yieldsToOthers(checkEvery = CHECK_EVERY): () => Promise<void> | undefined {
  let calls = 0
  return () => (++calls % checkEvery === 0 && performance.now() >= stretchEnd ? takeTurn() : undefined)
}
