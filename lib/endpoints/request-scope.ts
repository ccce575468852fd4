import type { AdmissionChain } from '../admission/index.js'
import type { RequestInfo } from '../meta/context.js'
import type { GroupVersionResource } from '../meta/types.js'
import type { MemberLimits } from '../runtime/json/index.js'
import type { KindVersion } from '../runtime/kind.js'
import type { Scheme } from '../runtime/scheme.js'
import type { RequestContext } from './request/request-context.js'

/** What the handlers of one resource in one version know of it. */
export interface RequestScope {
  readonly kind: KindVersion
  readonly resource: GroupVersionResource
  readonly subresource: string
  readonly namespaced: boolean
  readonly scheme: Scheme
  readonly admission: AdmissionChain
  /** How many fields and items a body, or what a patch makes of an object, may hold. */
  readonly memberLimits: MemberLimits
  /** Field labels that field selectors may name. */
  readonly fieldLabels: ReadonlySet<string>
  /** Called when a host application turned out to have parsed the body already. */
  readonly onParsedBody: () => void
  /** Asked when an update or an apply turns out to make its object; undefined = whoever may change it may make it. */
  readonly authorizeCreate?: AuthorizeCreate | undefined
}

/**
 * Lets a request make an object that it asked to change.
 *
 * @throws StatusError 403, or 500 where nobody could tell
 */
export type AuthorizeCreate = (ctx: RequestContext, create: RequestInfo) => Promise<void> | void

/** Answers one request of one verb. Errors are thrown; the wrapper writes them as a Status. */
export type Handler = (ctx: RequestContext) => Promise<void> | void
