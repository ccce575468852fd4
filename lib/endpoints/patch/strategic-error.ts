import { PatchError } from './patch-error.js'

/** A strategic merge patch that does not fit the object or the kind; Kubernetes answers it with a 500 unless malformed. */
export class StrategicPatchError extends PatchError {
  override readonly name = 'StrategicPatchError'

  /** @param malformed whether the patch is wrong in itself (400), whatever it is applied to */
  constructor(
    message: string,
    readonly malformed = false,
  ) {
    super(message)
  }
}
