/** A patch could not be applied: a path leads nowhere, a test did not hold. */
export class PatchError extends Error {
  override readonly name: string = 'PatchError'
}

/** A patch asks for more than one request may cost; Kubernetes has no such bound, so clients are told which. */
export class PatchLimitError extends PatchError {
  override readonly name = 'PatchLimitError'
}

const MAX_SHOWN = 256

/** A text from outside, cut to what a message may carry. */
export function shown(text: string): string {
  return JSON.stringify(text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text)
}
