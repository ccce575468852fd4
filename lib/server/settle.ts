/** Calls `next`, then `done` once whatever it began is over; an answer given at once costs no promise. */
export function whenSettled(next: () => Promise<void> | void, done: () => void): Promise<void> | void {
  let result: Promise<void> | void
  try {
    result = next()
  } catch (err) {
    done()
    throw err
  }
  if (!result) return done()
  return result.finally(done)
}
