/** Who makes a request. */
export interface UserInfo {
  readonly name: string
  readonly uid?: string
  readonly groups: readonly string[]
  readonly extra?: Readonly<Record<string, readonly string[]>>
}

/** What a request's path and method ask for, computed once and read by everything behind it (Kubernetes' `RequestInfo`). */
export interface RequestInfo {
  readonly isResourceRequest: boolean
  /** The decoded URL path. */
  readonly path: string
  /** API verb (`get`, `list`, `watch`, `create` …) or, for other paths, the lower-cased HTTP method. */
  readonly verb: string
  readonly apiPrefix: string
  readonly apiGroup: string
  readonly apiVersion: string
  readonly namespace: string
  readonly resource: string
  readonly subresource: string
  readonly name: string
  /** Path segments from the resource on: `[resource, name, subresource, …]`. */
  readonly parts: readonly string[]
  readonly fieldSelector: string
  readonly labelSelector: string
}

/**
 * The one context that every storage and registry call takes: how long it may run, and on whose behalf.
 * Carries nothing of HTTP, so that storage can be used without a server: see {@link backgroundContext}.
 */
export interface Context {
  /** Aborted when the client is gone or the server closes. Reading it is free until somebody does. */
  readonly signal: AbortSignal
  /** Milliseconds since the epoch after which the answer is worth nothing; `undefined` = no deadline. */
  readonly deadline: number | undefined
  readonly user: UserInfo
  readonly requestInfo: RequestInfo | undefined
  /** Sends a text to the client as a `Warning` header; duplicates are dropped. */
  warn(text: string): void
}

const NOBODY: UserInfo = { name: '', groups: [] }

/**
 * A context for work that no request asked for: caches, controllers, tests.
 *
 * @example
 * ```ts
 * const { revision } = await kv.get(backgroundContext(), '/registry/x')
 * ```
 */
export function backgroundContext(options: { signal?: AbortSignal; deadline?: number; user?: UserInfo } = {}): Context {
  return {
    signal: options.signal ?? new AbortController().signal,
    deadline: options.deadline,
    user: options.user ?? NOBODY,
    requestInfo: undefined,
    warn() {},
  }
}
