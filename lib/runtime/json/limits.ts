/**
 * Objects and lists may lie this deep inside each other. Kubernetes (Go) stops at 10,000; no API kind comes near
 * 100, and every algorithm behind the decoder may recurse this deep without reaching V8's stack.
 */
export const MAX_DEPTH = 1_000

/** As many duplicate fields are named in an answer, at most; Kubernetes stops counting strict errors there too. */
export const MAX_PROBLEMS = 100

/** Characters of one reported path. A key may be megabytes long, a warning header may not. */
export const MAX_PATH_LENGTH = 1_024

/** A value whose objects and lists lie deeper inside each other than {@link MAX_DEPTH} (or an option) allows. */
export class DepthError extends Error {
  override readonly name = 'DepthError'
  constructor(readonly limit: number) {
    super(`exceeded max depth: objects and lists may be nested ${limit} levels deep`)
  }
}
