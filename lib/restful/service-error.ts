/** Header fields of an error answer; a list becomes several fields of one name. */
export type ServiceErrorHeaders = Readonly<Record<string, string | readonly string[]>>

/**
 * An answer that is an error: an HTTP status, the text of its body and the header fields that belong to it.
 * Routers return it for 404, 405, 406 and 415; a route function or filter may throw it.
 *
 * @example
 * throw new ServiceError(409, 'the flunder is frozen', { 'Retry-After': '5' })
 */
export class ServiceError extends Error {
  override readonly name = 'ServiceError'

  constructor(
    /** HTTP status code. */
    readonly code: number,
    message: string,
    readonly headers: ServiceErrorHeaders = {},
  ) {
    super(message)
  }

  override toString(): string {
    return `[ServiceError:${this.code}] ${this.message}`
  }
}

/**
 * A routing refusal without a stack trace: unknown paths arrive in floods, and capturing a stack for each costs more
 * than answering it.
 *
 * @internal
 */
export function routingError(code: number, message: string, headers?: ServiceErrorHeaders): ServiceError {
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 0
  try {
    return new ServiceError(code, message, headers)
  } finally {
    Error.stackTraceLimit = limit
  }
}
