import type { Request } from './request.js'
import type { Response } from './response.js'
import type { ServiceError } from './service-error.js'

/** Answers a request that no route serves, or whose function threw a service error. */
export type ServiceErrorHandler<C = unknown> = (
  error: ServiceError,
  req: Request<C>,
  res: Response,
) => void | Promise<void>

/** Answers a request whose filter or function threw. The answer may have begun already. */
export type RecoverHandler<C = unknown> = (error: unknown, req: Request<C>, res: Response) => void | Promise<void>

/** The service error as it is. @internal */
export function writeServiceError(error: ServiceError, _req: unknown, res: Response): void {
  res.writeServiceError(error)
}

/** 500 and no more: no stack leaves the process. @internal */
export function writeInternalError(_error: unknown, _req: unknown, res: Response): void {
  // An answer half sent cannot become an error; breaking it off tells the client.
  res.reset()
  if (res.headersSent) res.abort()
  else res.writeErrorString(500, '500: Internal Server Error')
}
