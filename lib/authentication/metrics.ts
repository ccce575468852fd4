/** How an attempt to find out who somebody is has ended: bad credentials are an `error`, no credentials a `failure`. */
export type AuthenticationResult = 'success' | 'failure' | 'error'

/**
 * What authentication tells of itself. Each method says which of kube-apiserver's metrics it feeds; all labels come
 * from fixed lists, so that strangers cannot make new series.
 */
export interface AuthenticationMetrics {
  /** `authentication_attempts{result}`, and `authentication_duration_seconds{result}` (buckets 0.001 × 2ⁿ, 15 of them). */
  attempt(result: AuthenticationResult, seconds: number): void
  /** `authenticated_user_requests{username}`; the name as {@link compressUsername} gives it. */
  userRequest(username: string): void
  /** `authentication_token_cache_request_total{status}` and `authentication_token_cache_request_duration_seconds{status}`. */
  tokenCacheRequest(status: 'hit' | 'miss', seconds: number): void
  /** `authentication_token_cache_fetch_total{status}`. */
  tokenCacheFetch(status: 'ok' | 'error'): void
  /** `authentication_token_cache_active_fetch_count{status}`: a gauge; `blocked` waits for a fetch that is in flight. */
  tokenCacheActiveFetch(status: 'blocked' | 'in_flight', change: 1 | -1): void
  /**
   * `apiserver_delegated_authn_request_total{code}` and `apiserver_delegated_authn_request_duration_seconds{code}`: reviews
   * by a webhook, by its status code; `<error>` when it did not answer.
   */
  delegatedRequest?(code: string, seconds: number): void
}

const KNOWN_NAMES: ReadonlySet<string> = new Set([
  'admin',
  'client',
  'kube_proxy',
  'kubelet',
  'system:serviceaccount:kube-system:default',
])

/** A user's name as a label: few values, however many users there are. */
export function compressUsername(name: string): string {
  if (KNOWN_NAMES.has(name)) return name
  return name.includes('@') ? 'email_id' : 'other'
}
