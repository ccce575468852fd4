import { messageOf } from '../meta/errors.js'
import { aggregateMessages } from '../meta/field/index.js'
import type { AuthenticationResponse, MaybePromise, RequestAuthenticator, TokenAuthenticator } from './authenticator.js'

type Answer = AuthenticationResponse | undefined

/** How a union takes an error. */
export interface UnionOptions {
  /** Whether the first error is the end, as before anonymous: bad credentials are not the same as none. Default false. */
  readonly failOnError?: boolean
}

/**
 * Asks one after the other; the first that knows who it is has the word. Errors count only when nobody does, and are
 * then thrown together (Kubernetes' `union.New` and `union.NewFailOnError`).
 *
 * @throws AggregateError when nobody knew, and somebody found bad credentials
 */
export function unionRequest(
  authenticators: readonly RequestAuthenticator[],
  { failOnError = false }: UnionOptions = {},
): RequestAuthenticator {
  if (authenticators.length === 1) return authenticators[0]!
  return {
    authenticateRequest: (request, ctx) =>
      firstKnown(authenticators.length, (i) => authenticators[i]!.authenticateRequest(request, ctx), failOnError),
  }
}

/** The same for tokens. */
export function unionToken(authenticators: readonly TokenAuthenticator[]): TokenAuthenticator {
  if (authenticators.length === 1) return authenticators[0]!
  return {
    authenticateToken: (token, audiences) =>
      firstKnown(authenticators.length, (i) => authenticators[i]!.authenticateToken(token, audiences), false),
  }
}

/** Stays in this turn of the event loop as long as nobody needs to wait. */
function firstKnown(
  count: number,
  ask: (index: number) => MaybePromise<Answer>,
  failOnError: boolean,
  from = 0,
  errors: unknown[] = [],
): MaybePromise<Answer> {
  for (let i = from; i < count; i++) {
    let answer: MaybePromise<Answer>
    try {
      answer = ask(i)
    } catch (err) {
      if (failOnError) throw err
      errors.push(err)
      continue
    }
    if (answer instanceof Promise) {
      return answer.then(
        (known) => known ?? firstKnown(count, ask, failOnError, i + 1, errors),
        (err: unknown) => {
          if (failOnError) throw err
          errors.push(err)
          return firstKnown(count, ask, failOnError, i + 1, errors)
        },
      )
    }
    if (answer !== undefined) return answer
  }
  if (errors.length === 0) return undefined
  throw errors.length === 1 ? errors[0] : new AggregateError(errors, aggregateMessages(errors.map(messageOf)))
}
