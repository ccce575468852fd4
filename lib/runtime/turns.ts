/** How long a long loop, or small pieces of work together, may hold the event loop before others get it, in milliseconds. */
export const STRETCH_MS = 2
const CHECK_EVERY = 32

/** The process's own, so that all work in it shares its turns. */
const loops: (() => void)[] = []
const pieces: (() => void)[] = []
/** When the loop that runs has had its stretch. */
let loopEnd = 0
/** When the small pieces of this turn of the event loop have had theirs; 0 = none has begun. */
let piecesEnd = 0
let scheduled = false

function schedule(): void {
  if (scheduled) return
  scheduled = true
  setImmediate(nextTurn)
}

/** Sockets and timers were looked after. */
function nextTurn(): void {
  scheduled = false
  piecesEnd = pieces.length > 0 ? performance.now() + STRETCH_MS : 0
  nextPiece()
}

function nextPiece(): void {
  if (pieces.length > 0 && performance.now() < piecesEnd) {
    pieces.shift()!()
    // A tick asked for among promises comes when all of them have run: when the piece has done what it does at once.
    queueMicrotask(() => process.nextTick(nextPiece))
    return
  }
  if (pieces.length === 0) piecesEnd = 0
  nextLoop()
  if (pieces.length + loops.length > 0) schedule()
}

function nextLoop(): void {
  if (loops.length === 0) return
  loopEnd = performance.now() + STRETCH_MS
  loops.shift()!()
}

/**
 * Before a small piece of work (a write's, say) of which very many may be waiting at once: undefined when it can be done
 * now; else resolves in a turn of the event loop that has time for it, first come, first served. However many there are,
 * sockets and timers are looked after every {@link STRETCH_MS}.
 *
 * @example
 * ```ts
 * const turn = shareTurn()
 * if (turn) await turn
 * ```
 */
export function shareTurn(): Promise<void> | undefined {
  if (pieces.length === 0) {
    const now = performance.now()
    if (piecesEnd === 0) {
      piecesEnd = now + STRETCH_MS
      schedule()
    }
    if (now < piecesEnd) return undefined
  }
  return new Promise((resolve) => {
    pieces.push(resolve)
    schedule()
  })
}

/**
 * Resolves in a later turn of the event loop, of which the caller has {@link STRETCH_MS} for itself: of all long loops
 * of the process one runs a turn, first come, first served, and sockets are looked after in between.
 */
export function takeTurn(): Promise<void> {
  return new Promise((resolve) => {
    loops.push(resolve)
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
  return () => (++calls % checkEvery === 0 && performance.now() >= loopEnd ? takeTurn() : undefined)
}
