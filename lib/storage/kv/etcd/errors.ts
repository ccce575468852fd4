import { KVError, NoSpaceError, TooLargeError, UnavailableError, UnknownOutcomeError } from '../types.js'
import { type GrpcError, GrpcStatus } from './driver.js'

/** Whether an error is the status of a gRPC call. @internal */
export function isGrpcError(error: unknown): error is GrpcError {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' && 'details' in error
}

/** @internal */
export const isCompacted = (error: unknown): boolean => mentions(error, 'required revision has been compacted')

/** @internal */
export const isFutureRevision = (error: unknown): boolean => mentions(error, 'required revision is a future revision')

/** The call was refused for its token before anything was done; with a new token it may be sent again. @internal */
export function isStaleToken(error: unknown): boolean {
  return (
    mentions(error, 'invalid auth token') ||
    mentions(error, 'revision of auth store is old') ||
    mentions(error, 'user name is empty')
  )
}

/** An answer came that is longer than this side takes, so the call itself was carried out. @internal */
export const isAnswerTooLong = (error: unknown): boolean =>
  isGrpcError(error) &&
  error.code === GrpcStatus.RESOURCE_EXHAUSTED &&
  error.details.startsWith('Received message larger than max')

/** Whether a read may be tried again, perhaps at another host. @internal */
export function isRetryableRead(error: unknown): boolean {
  if (!isGrpcError(error)) return false
  if (error.code === GrpcStatus.UNAVAILABLE || error.code === GrpcStatus.DEADLINE_EXCEEDED) return true
  if (error.code === GrpcStatus.INTERNAL) return !mentions(error, 'etcdserver')
  return mentions(error, 'too many requests')
}

/** What the failure of a read means: what may be better next time is no more than "not now". @internal */
export function readError(error: unknown): KVError {
  if (error instanceof KVError) return error
  if (!isGrpcError(error)) return new KVError('etcd: the read failed', { cause: error })
  const isPassing = error.code === GrpcStatus.CANCELLED || isRetryableRead(error)
  return new (isPassing ? UnavailableError : KVError)(`etcd: ${error.details}`, { cause: error })
}

/** Answers by which etcd says that it did not begin with a call. */
const NOT_BEGUN = ['etcdserver: no leader', 'etcdserver: too many requests']

/** What gRPC says of a call that never had a connection. */
const NOT_SENT = ['No connection established', 'Name resolution failed']

/** Codes that only a server gives which has refused; all others may also come from a broken connection. */
const REFUSALS: ReadonlySet<number> = new Set([
  GrpcStatus.INVALID_ARGUMENT,
  GrpcStatus.NOT_FOUND,
  GrpcStatus.ALREADY_EXISTS,
  GrpcStatus.PERMISSION_DENIED,
  GrpcStatus.FAILED_PRECONDITION,
  GrpcStatus.OUT_OF_RANGE,
  GrpcStatus.UNIMPLEMENTED,
  GrpcStatus.UNAUTHENTICATED,
])

/** What the failure of a write that was handed to a connected host means. In doubt its outcome is unknown. @internal */
export function writeError(error: unknown): KVError {
  if (error instanceof KVError) return error
  if (!isGrpcError(error)) return new UnknownOutcomeError('etcd: the write failed', { cause: error })
  const { code, details } = error
  const text = `etcd: ${details}`
  const options = { cause: error }
  if (details.includes('database space exceeded')) return new NoSpaceError(text, { ...options, mayBeWritten: true })
  if (details.includes('request is too large') || details.startsWith('grpc: received message larger than max')) {
    return new TooLargeError(text, options)
  }
  if (NOT_BEGUN.some((known) => details.startsWith(known))) return new UnavailableError(text, options)
  if (NOT_SENT.some((known) => details.startsWith(known))) return new UnavailableError(text, options)
  if (REFUSALS.has(code)) return new KVError(text, options)
  return new UnknownOutcomeError(text, options)
}

function mentions(error: unknown, text: string): boolean {
  return isGrpcError(error) && error.details.includes(text)
}
