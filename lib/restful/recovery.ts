import { type RecoverHandler, type ServiceErrorHandler, writeInternalError } from './error-handlers.js'
import type { Request } from './request.js'
import type { Response } from './response.js'
import { ServiceError } from './service-error.js'

/** What a container does with what filters and functions throw. */
export interface RecoveryOptions<C> {
  readonly doNotRecover: boolean
  readonly serviceErrorHandler: ServiceErrorHandler<C>
  readonly recoverHandler: RecoverHandler<C>
}

/** Answers for what was thrown. Returns a promise only when a handler does. */
export function recover<C>(
  error: unknown,
  request: Request<C>,
  response: Response,
  options: RecoveryOptions<C>,
): void | Promise<void> {
  response.reset()
  if (!(error instanceof ServiceError) || response.headersSent) return fail(error, request, response, options)
  try {
    const pending = options.serviceErrorHandler(error, request, response)
    if (isPending(pending)) return settle(pending, request, response, options)
    response.finish()
  } catch (failure) {
    return fail(failure, request, response, options)
  }
}

async function settle<C>(
  pending: Promise<void>,
  request: Request<C>,
  response: Response,
  options: RecoveryOptions<C>,
): Promise<void> {
  try {
    await pending
    response.finish()
  } catch (failure) {
    await fail(failure, request, response, options)
  }
}

function fail<C>(
  error: unknown,
  request: Request<C>,
  response: Response,
  { doNotRecover, recoverHandler }: RecoveryOptions<C>,
): void | Promise<void> {
  if (doNotRecover) throw error
  response.reset()
  try {
    const pending = recoverHandler(error, request, response)
    if (isPending(pending))
      return pending.catch(() => writeInternalError(error, request, response)).then(() => response.finish())
    response.finish()
  } catch {
    writeInternalError(error, request, response)
  }
}

/** Whether there is something to wait for. */
export function isPending(result: void | Promise<void>): result is Promise<void> {
  return typeof result === 'object' && typeof result.then === 'function'
}
