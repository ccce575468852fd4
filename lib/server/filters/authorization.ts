import {
  type Attributes,
  type Authorizer,
  type AuthorizerResult,
  attributesOf,
  decide,
  forbiddenError,
  isPromise,
} from '../../authorization/index.js'
import { type RequestContext, writeStatus } from '../../endpoints/index.js'
import type { Filter } from '../handler-chain.js'
import { writeInternalError } from './internal-error.js'

/** What Kubernetes notes of a decision in the audit log, as annotations of an event. */
export const DECISION_ANNOTATION = 'authorization.k8s.io/decision'
export const REASON_ANNOTATION = 'authorization.k8s.io/reason'

/** Told of every decision, for audit and metrics. Must be quick, and must not throw. */
export type OnDecision = (ctx: RequestContext, attributes: Attributes, result: AuthorizerResult) => void

/**
 * Lets through what the authorizer allows. The rest is answered 403 with a Status, or, where nobody allows and something went
 * wrong, 500. A decision that is at hand costs no turn of the event loop.
 *
 * @example
 * ```ts
 * withAuthorization(authorizer, (ctx, _attributes, { reason }) => annotations.add(ctx, REASON_ANNOTATION, reason))
 * ```
 */
export function withAuthorization(authorizer: Authorizer, onDecision?: OnDecision): Filter {
  const conclude = (
    ctx: RequestContext,
    attributes: Attributes,
    result: AuthorizerResult,
    next: () => Promise<void> | void,
  ): Promise<void> | void => {
    onDecision?.(ctx, attributes, result)
    if (result.decision === 'allow') return next()
    if (result.error === undefined) return writeForbidden(ctx, attributes, result.reason)
    ctx.report(result.error)
    writeInternalError(ctx, result.error)
  }
  return (ctx, next) => {
    if (ctx.requestInfo === undefined) return writeInternalError(ctx, new Error('no RequestInfo found in the context'))
    const attributes = attributesOf(ctx.user, ctx.requestInfo)
    const result = decide(authorizer, attributes, ctx)
    if (!isPromise(result)) return conclude(ctx, attributes, result, next)
    return result.then((decided) => {
      if (!isAnswered(ctx)) return conclude(ctx, attributes, decided, next)
      onDecision?.(ctx, attributes, decided)
    })
  }
}

/** Whoever waited too long for a decision has heard so: nothing more must happen behind their back. */
export const isAnswered = (ctx: RequestContext): boolean => ctx.response.headersSent || ctx.gone

/** `allow` or `forbid`: how the audit log calls a decision. */
export const auditDecision = ({ decision }: AuthorizerResult): 'allow' | 'forbid' =>
  decision === 'allow' ? 'allow' : 'forbid'

/** 403, which no browser shall take for anything else than what it says it is. */
export function writeForbidden(ctx: RequestContext, attributes: Attributes, reason: string): Promise<void> {
  ctx.response.setHeader('X-Content-Type-Options', 'nosniff')
  return writeStatus(ctx, forbiddenError(attributes, reason).status)
}
