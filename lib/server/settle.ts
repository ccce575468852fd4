import type { ServerResponse } from 'node:http'

/** Calls `next`, then `done` once whatever it began is over; an answer given at once costs no promise. */
export function whenSettled(next: () => Promise<void> | void, done: (failed: boolean) => void): Promise<void> | void {
  let result: Promise<void> | void
  try {
    result = next()
  } catch (err) {
    done(true)
    throw err
  }
  if (!result) return done(false)
  return result.then(
    () => done(false),
    (err: unknown) => {
      done(true)
      throw err
    },
  )
}

/** The status code that a request ends with: what fails on its way out is about to be answered as a panic. */
export const finalStatus = (response: ServerResponse, failed: boolean): number =>
  failed && !response.headersSent ? 500 : response.statusCode
