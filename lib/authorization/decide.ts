import type { Attributes, Authorizer, AuthorizerResult, Cancellable, Decision } from './authorizer.js'

/** Of an authorizer that has nothing to say. Shared, so that silence costs nothing. */
export const NO_OPINION: AuthorizerResult = Object.freeze({ decision: 'noOpinion', reason: '' })

/** Of one that allows without a word. */
export const ALLOW: AuthorizerResult = Object.freeze({ decision: 'allow', reason: '' })

const DECISIONS: ReadonlySet<Decision> = new Set(['allow', 'deny', 'noOpinion'])

/**
 * Asks one authorizer. Never throws and never rejects: a failure, and an answer that is none, are no opinion with an error.
 * What was decided at once is returned at once, without a promise.
 */
export function decide(
  authorizer: Authorizer,
  attributes: Attributes,
  waiting?: Cancellable,
): Promise<AuthorizerResult> | AuthorizerResult {
  let result: Promise<AuthorizerResult> | AuthorizerResult
  try {
    result = authorizer.authorize(attributes, waiting)
  } catch (error) {
    return failed(error)
  }
  return isPromise(result) ? result.then(checked, failed) : checked(result)
}

/** Whether a decision is still to come. */
export function isPromise<T>(value: Promise<T> | T): value is Promise<T> {
  return typeof (value as { then?: unknown } | undefined)?.then === 'function'
}

/** An authorizer of the host application may be plain JavaScript. Whatever is no decision must not let anybody in. */
function checked(result: AuthorizerResult): AuthorizerResult {
  if (DECISIONS.has(result?.decision) && typeof result.reason === 'string') return result
  return failed(new Error(`an authorizer answered ${shown(result)}, which is no decision: ${DECISIONS_ARE}`))
}

const DECISIONS_ARE =
  "decisions are { decision, reason } with 'allow', 'deny' or 'noOpinion' and a text; `authorize` may give one of the words alone"

/** Objects may hold anything, and texts may be long. */
const shown = (answer: unknown): string => {
  if (typeof answer === 'object' && answer !== null) return 'an object of another form'
  return typeof answer === 'string' ? JSON.stringify(answer.slice(0, 64)) : String(answer)
}

function failed(error: unknown): AuthorizerResult {
  return { decision: 'noOpinion', reason: '', error: error ?? new Error('an authorizer failed') }
}
