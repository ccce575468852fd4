import { setImmediate as nextTurn } from 'node:timers/promises'

const STRETCH_MS = 5
const CHECK_EVERY = 32

/**
 * Makes a `pause()` for long loops: it lets the event loop turn once the loop has run for a few milliseconds,
 * and costs a counter otherwise.
 */
export function yieldsToOthers(): () => Promise<void> | undefined {
  let calls = 0
  let since = performance.now()
  return () => {
    if (++calls % CHECK_EVERY !== 0 || performance.now() - since < STRETCH_MS) return undefined
    return nextTurn().then(() => {
      since = performance.now()
    })
  }
}
