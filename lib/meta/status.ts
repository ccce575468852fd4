import type { ListMeta } from './types.js'

/** Machine-readable word for why a request failed. @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/ */
export type StatusReason =
  | 'Unauthorized'
  | 'Forbidden'
  | 'NotFound'
  | 'AlreadyExists'
  | 'Conflict'
  | 'Gone'
  | 'Invalid'
  | 'ServerTimeout'
  | 'Timeout'
  | 'TooManyRequests'
  | 'BadRequest'
  | 'MethodNotAllowed'
  | 'NotAcceptable'
  | 'RequestEntityTooLarge'
  | 'UnsupportedMediaType'
  | 'InternalError'
  | 'Expired'
  | 'ServiceUnavailable'

/** One of several causes of a failure, usually one wrong field. */
export interface StatusCause {
  readonly reason?: string
  readonly message?: string
  /** Path of the field as it stands in JSON, e.g. `metadata.labels` or `spec.ports[0].name`. */
  readonly field?: string
}

/** What a {@link Status} is about. `kind` is the resource for most errors, the Kind for `Invalid`. */
export interface StatusDetails {
  readonly name?: string
  readonly group?: string
  readonly kind?: string
  readonly uid?: string
  readonly causes?: readonly StatusCause[]
  /** Seconds after which a client may try again; also sent as the header `Retry-After`. */
  readonly retryAfterSeconds?: number
}

/** The object that every failed request, and a finished delete, is answered with. */
export interface Status {
  readonly kind: 'Status'
  readonly apiVersion: 'v1'
  readonly metadata: ListMeta
  readonly status: 'Success' | 'Failure'
  readonly message?: string
  readonly reason?: StatusReason
  readonly details?: StatusDetails
  /** The HTTP status code; a success has none. */
  readonly code?: number
}

/** What a failure says; everything empty is left out of the {@link Status}. */
export interface Failure {
  readonly code: number
  readonly message: string
  readonly reason?: StatusReason | undefined
  readonly details?: StatusDetails | undefined
  readonly metadata?: ListMeta | undefined
}

/** Builds a failed Status with its keys in wire order. */
export function failureStatus(failure: Failure): Status {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: failure.metadata ?? {},
    status: 'Failure',
    ...(failure.message !== '' && { message: failure.message }),
    ...(failure.reason !== undefined && { reason: failure.reason }),
    ...(failure.details !== undefined && { details: statusDetails(failure.details) }),
    code: failure.code,
  }
}

/**
 * The answer to a delete that left nothing behind. It has no `code`.
 *
 * @example
 * ```ts
 * successStatus({ name: 'a', group: 'wardle.example.com', kind: 'flunders', uid })
 * ```
 */
export function successStatus(details?: StatusDetails): Status {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    ...(details !== undefined && { details: statusDetails(details) }),
  }
}

/** Details with their keys in wire order and without empty ones. */
function statusDetails(details: StatusDetails): StatusDetails {
  return {
    ...(details.name && { name: details.name }),
    ...(details.group && { group: details.group }),
    ...(details.kind && { kind: details.kind }),
    ...(details.uid && { uid: details.uid }),
    ...(details.causes?.length && { causes: details.causes.map(statusCause) }),
    ...(details.retryAfterSeconds && { retryAfterSeconds: details.retryAfterSeconds }),
  }
}

function statusCause(cause: StatusCause): StatusCause {
  return {
    ...(cause.reason && { reason: cause.reason }),
    ...(cause.message && { message: cause.message }),
    ...(cause.field && { field: cause.field }),
  }
}

/**
 * An error that knows the Status a client gets. Everything else that is thrown becomes a 500, see `statusOf`.
 *
 * @example
 * ```ts
 * if (err instanceof StatusError && err.reason === 'NotFound') return undefined
 * ```
 */
export class StatusError extends Error {
  override readonly name = 'StatusError'

  constructor(
    readonly status: Status,
    options?: ErrorOptions,
  ) {
    super(status.message ?? '', options)
  }

  /** The HTTP status code. */
  get code(): number {
    return this.status.code ?? 500
  }

  get reason(): StatusReason | undefined {
    return this.status.reason
  }
}
