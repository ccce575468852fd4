import type { UserInfo } from '../meta/context.js'

/** What somebody wants to do (Kubernetes' `authorizer.Attributes`). */
export interface Attributes {
  readonly user: UserInfo
  /** API verb (`get`, `list`, `watch`, `create` …) or, for other paths, the lower-cased HTTP method. */
  readonly verb: string
  readonly namespace: string
  readonly apiGroup: string
  readonly apiVersion: string
  readonly resource: string
  readonly subresource: string
  readonly name: string
  /** Of a list, a watch or a deletion of many, as its query has it (KEP-4601); it only narrows, and may be ignored. `''` = none. */
  readonly fieldSelector: string
  /** The same for labels. */
  readonly labelSelector: string
  /** Whether this is about an API resource; else only verb and path say something. */
  readonly isResourceRequest: boolean
  readonly path: string
}

/** `noOpinion` leaves it to the next authorizer; when nobody allows, the request is forbidden. */
export type Decision = 'allow' | 'deny' | 'noOpinion'

export interface AuthorizerResult {
  readonly decision: Decision
  /** Told to the client, and to the audit log. */
  readonly reason: string
  /** What went wrong on the way. A request that is not allowed is answered 500 instead of 403 then. */
  readonly error?: unknown
}

/** Whoever waits for a decision. A request's context is one: its signal is made only when somebody reads it. */
export interface Cancellable {
  readonly signal: AbortSignal
}

/** Decides whether a request may go on (Kubernetes' `authorizer.Authorizer`). Throwing counts as no opinion, and is told. */
export interface Authorizer {
  authorize(attributes: Attributes, waiting?: Cancellable): Promise<AuthorizerResult> | AuthorizerResult
}
