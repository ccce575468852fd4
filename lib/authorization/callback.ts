import type { Attributes, Authorizer, AuthorizerResult, Cancellable, Decision } from './authorizer.js'
import { isPromise } from './decide.js'

/** What the host application says: a decision, or one with a reason. Anything else, `undefined` too, is a failure. */
export type AuthorizeAnswer = Decision | AuthorizerResult

/**
 * The host application's own rules. `noOpinion` leaves it to the other authorizers; throwing does so too, and makes the answer
 * 500 if none of them allows.
 *
 * @example
 * ```ts
 * const authorize: Authorize = ({ user, verb }) => (user.groups.includes('staff') || verb === 'get' ? 'allow' : 'noOpinion')
 * ```
 */
export type Authorize = (attributes: Attributes, waiting?: Cancellable) => Promise<AuthorizeAnswer> | AuthorizeAnswer

/** Makes an authorizer of the host application's own function. */
export function callbackAuthorizer(authorize: Authorize): Authorizer {
  return {
    authorize(attributes, waiting) {
      const answer = authorize(attributes, waiting)
      return isPromise(answer) ? answer.then(resultOf) : resultOf(answer)
    },
  }
}

const resultOf = (answer: AuthorizeAnswer): AuthorizerResult =>
  typeof answer === 'string' ? { decision: answer, reason: '' } : answer
