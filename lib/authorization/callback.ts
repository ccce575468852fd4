import type { Attributes, Authorizer, AuthorizerResult, Cancellable, Decision } from './authorizer.js'
import { isPromise } from './decide.js'

/** What the host application says: a decision, or one with a reason. Anything else, `undefined` too, is a failure. */
export type AuthorizeAnswer = Decision | AuthorizerResult

/**
 * The host application's own rules. `noOpinion` leaves it to the other authorizers; throwing does so too, and makes the answer
 * 500 if none of them allows. The error thrown is for the log alone.
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
      try {
        const answer = authorize(attributes, waiting)
        return isPromise(answer) ? answer.then(resultOf, failed) : resultOf(answer)
      } catch (err) {
        return failed(err)
      }
    },
  }
}

const resultOf = (answer: AuthorizeAnswer): AuthorizerResult =>
  typeof answer === 'string' ? { decision: answer, reason: '' } : answer

/** What the application says of itself must not reach clients: the error within is for the log. */
const failed = (cause: unknown): AuthorizerResult => ({
  decision: 'noOpinion',
  reason: '',
  error: new Error("the application's rules failed, as the log of the server tells", { cause }),
})
