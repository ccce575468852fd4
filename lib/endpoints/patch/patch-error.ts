/** A patch could not be applied: a path leads nowhere, a test did not hold, a bound was passed. */
export class PatchError extends Error {
  override readonly name: string = 'PatchError'
}

const MAX_SHOWN = 256

/** A text from outside, cut to what a message may carry. */
export function shown(text: string): string {
  return JSON.stringify(text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text)
}
