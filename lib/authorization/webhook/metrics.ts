/** How a round trip to an authorization webhook ended. */
export type WebhookResult = 'success' | 'error' | 'timeout'

/** What an authorization webhook tells of itself; each method says which of kube-apiserver's metrics it feeds. */
export interface WebhookMetrics {
  /**
   * `apiserver_authorization_webhook_evaluations_total{name,result}`, and
   * `apiserver_authorization_webhook_duration_seconds{name,result}`.
   */
  evaluated(result: WebhookResult, seconds: number): void
  /** `apiserver_authorization_webhook_evaluations_fail_open_total{name,result}`: no opinion, for it could not be asked. */
  failedOpen(result: WebhookResult): void
}
