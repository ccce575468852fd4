import type { UserInfo } from '../meta/context.js'
import type { Attributes, Authorizer, AuthorizerResult, Cancellable } from './authorizer.js'
import { decide, isPromise, NO_OPINION } from './decide.js'
import { aggregate } from './errors.js'
import type { RuleResolver, SubjectRules } from './rule-resolver.js'

/** An authorizer that may be able to list what it allows. */
export type MaybeListing = Authorizer & Partial<RuleResolver>

/**
 * Asks one authorizer after the other until one allows or denies (Kubernetes' `union.New`). When none does, the reasons of
 * all are joined by line breaks, and so are their failures.
 *
 * @example
 * ```ts
 * const authorizer = unionAuthorizer(privilegedGroups('system:masters'), rbac({ objects }))
 * ```
 */
export function unionAuthorizer(...authorizers: readonly MaybeListing[]): Authorizer & RuleResolver {
  return new UnionAuthorizer(authorizers)
}

class UnionAuthorizer implements Authorizer, RuleResolver {
  constructor(private readonly authorizers: readonly MaybeListing[]) {}

  authorize(attributes: Attributes, waiting?: Cancellable): Promise<AuthorizerResult> | AuthorizerResult {
    return this.#askFrom(0, attributes, waiting, undefined)
  }

  #askFrom(
    start: number,
    attributes: Attributes,
    waiting: Cancellable | undefined,
    heard: Heard | undefined,
  ): Promise<AuthorizerResult> | AuthorizerResult {
    const { authorizers } = this
    let soFar = heard
    for (let i = start; i < authorizers.length; i++) {
      const result = decide(authorizers[i]!, attributes, waiting)
      if (isPromise(result)) return this.#askOn(result, i + 1, attributes, waiting, soFar)
      if (result.decision !== 'noOpinion') return result
      soFar = hear(soFar, result)
    }
    return soFar === undefined ? NO_OPINION : summary(soFar)
  }

  async #askOn(
    pending: Promise<AuthorizerResult>,
    next: number,
    attributes: Attributes,
    waiting: Cancellable | undefined,
    heard: Heard | undefined,
  ): Promise<AuthorizerResult> {
    const result = await pending
    if (result.decision !== 'noOpinion') return result
    return this.#askFrom(next, attributes, waiting, hear(heard, result))
  }

  async rulesFor(user: UserInfo, namespace: string): Promise<SubjectRules> {
    const lists = await Promise.all(this.authorizers.map((authorizer) => rulesOf(authorizer, user, namespace)))
    const error = aggregate(lists.flatMap(({ error }) => (error === undefined ? [] : [error])))
    return {
      resourceRules: lists.flatMap(({ resourceRules }) => resourceRules),
      nonResourceRules: lists.flatMap(({ nonResourceRules }) => nonResourceRules),
      incomplete: lists.some(({ incomplete }) => incomplete),
      ...(error === undefined ? {} : { error }),
    }
  }
}

/** What authorizers without an opinion have said. */
interface Heard {
  readonly reasons: readonly string[]
  readonly errors: readonly unknown[]
}

function hear(heard: Heard | undefined, { reason, error }: AuthorizerResult): Heard | undefined {
  if (reason === '' && error === undefined) return heard
  const { reasons, errors } = heard ?? { reasons: [], errors: [] }
  return {
    reasons: reason === '' ? reasons : [...reasons, reason],
    errors: error === undefined ? errors : [...errors, error],
  }
}

function summary({ reasons, errors }: Heard): AuthorizerResult {
  const reason = reasons.join('\n')
  return errors.length === 0
    ? { decision: 'noOpinion', reason }
    : { decision: 'noOpinion', reason, error: aggregate(errors) }
}

const CANNOT_LIST = new Error('an authorizer does not support user rule resolution')

async function rulesOf(authorizer: MaybeListing, user: UserInfo, namespace: string): Promise<SubjectRules> {
  const nothing = { resourceRules: [], nonResourceRules: [], incomplete: true }
  if (authorizer.rulesFor === undefined) return { ...nothing, error: CANNOT_LIST }
  try {
    return await authorizer.rulesFor(user, namespace)
  } catch (error) {
    return { ...nothing, error }
  }
}
