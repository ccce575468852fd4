import type { ServerResponse } from 'node:http'

/** Told that what a request began is over; `failed` with `err`. The answer waits for a promise, not so for others' word. */
type Done = (failed: boolean, err?: unknown) => Promise<void> | void

const LISTENERS = Symbol('listeners')
type Watched = Promise<void> & { [LISTENERS]?: Done[] | undefined }

/**
 * Calls `next`, then `done` once whatever it began is over, before those that stand around this; an answer given at once
 * costs no promise, and filters that wait for the same answer share one.
 */
export function whenSettled(next: () => Promise<void> | void, done: Done): Promise<void> | void {
  let result: Promise<void> | void
  try {
    result = next()
  } catch (err) {
    const told = done(true, err)
    if (!told) throw err
    return told.then(() => {
      throw err
    })
  }
  if (!result) return done(false)
  const listeners = (result as Watched)[LISTENERS]
  if (!listeners) return watched(result, [done])
  listeners.push(done)
  return result
}

function watched(result: Promise<void>, listeners: Done[]): Promise<void> {
  // What comes after they were told hears for itself.
  const tell = (failed: boolean, err?: unknown): Promise<void> | void => {
    settled[LISTENERS] = undefined
    return tellFrom(0, listeners, failed, err)
  }
  const settled: Watched = result.then(
    () => tell(false),
    async (err: unknown) => {
      await tell(true, err)
      throw err
    },
  )
  settled[LISTENERS] = listeners
  return settled
}

/** One after the other, from the inside out. */
function tellFrom(first: number, listeners: readonly Done[], failed: boolean, err: unknown): Promise<void> | void {
  for (let i = first; i < listeners.length; i++) {
    const told = listeners[i]!(failed, err)
    if (told) return told.then(() => tellFrom(i + 1, listeners, failed, err))
  }
}

/** The status code that a request ends with: what fails on its way out is about to be answered as a panic. */
export const finalStatus = (response: ServerResponse, failed: boolean): number =>
  failed && !response.headersSent ? 500 : response.statusCode
