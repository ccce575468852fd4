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
  /** What `signal.aborted` says, where a signal need not be made to know. */
  readonly aborted?: boolean
  /** What `signal.addEventListener('abort', f)` does, where a signal need not be made to be told. See {@link onAbort}. */
  onAbort?(f: () => void): void
  /** Takes {@link onAbort} back. */
  offAbort?(f: () => void): void
  /** Milliseconds since the epoch after which the answer is worth nothing; `undefined` = no deadline. */
  readonly deadline: number | undefined
  readonly user: UserInfo
  readonly requestInfo: RequestInfo | undefined
  /** Sends a text to the client as a `Warning` header; duplicates are dropped. */
  warn(text: string): void
}

const NOBODY: UserInfo = { name: '', groups: [] }

/** What is known of a request that is about no resource, or of no request at all. */
export const NON_RESOURCE: RequestInfo = {
  isResourceRequest: false,
  path: '',
  verb: '',
  apiPrefix: '',
  apiGroup: '',
  apiVersion: '',
  namespace: '',
  resource: '',
  subresource: '',
  name: '',
  parts: [],
  fieldSelector: '',
  labelSelector: '',
}

/** What a context for work in the process can say. */
export interface BackgroundOptions {
  readonly signal?: AbortSignal
  /** Milliseconds since the epoch. */
  readonly deadline?: number
  readonly user?: UserInfo
  /** The namespace that the registry's stores look in; '' = all, or none for cluster-scoped kinds. */
  readonly namespace?: string
}

/**
 * A context for work that no request asked for: caches, controllers, tests.
 *
 * @example
 * ```ts
 * const widget = await api.store('widgets.example.com').get(backgroundContext({ namespace: 'default' }), 'a')
 * ```
 */
export function backgroundContext(options: BackgroundOptions = {}): Context {
  const { signal = new AbortController().signal, deadline, user = NOBODY, namespace = '' } = options
  const requestInfo = namespace === '' ? undefined : { ...NON_RESOURCE, namespace }
  return { signal, deadline, user, requestInfo, warn() {} }
}

/** Whether nobody waits any more for what is done with this context. */
export const isAborted = (ctx: Context): boolean => ctx.aborted ?? ctx.signal.aborted

/**
 * Calls `f` once, when nobody waits any more for what is done with this context; at once if that is so already. A signal
 * with a listener is more than a kilobyte, which thousands of watches that wait can do without.
 */
export function onAbort(ctx: Context, f: () => void): void {
  if (isAborted(ctx)) f()
  else if (ctx.onAbort) ctx.onAbort(f)
  else ctx.signal.addEventListener('abort', f, { once: true })
}

/** Takes back what {@link onAbort} was told, once there is nothing left to end. */
export function offAbort(ctx: Context, f: () => void): void {
  if (ctx.offAbort) ctx.offAbort(f)
  else ctx.signal.removeEventListener('abort', f)
}

/** The same context, seen from a namespace. */
export function inNamespace(ctx: Context, namespace: string): Context {
  if ((ctx.requestInfo?.namespace ?? '') === namespace) return ctx
  const requestInfo: RequestInfo = { ...(ctx.requestInfo ?? NON_RESOURCE), namespace }
  return { signal: ctx.signal, deadline: ctx.deadline, user: ctx.user, requestInfo, warn: (text) => ctx.warn(text) }
}
