import type { UserInfo } from '../../meta/context.js'
import type { Attributes, AuthorizerResult } from '../authorizer.js'
import { RuleIndex } from './rule-index.js'
import type { PolicyRule } from './types.js'

/** What one binding gives to one of its subjects. */
export interface BoundRole {
  /** Place of the binding among all; a binding counts once for a user, however many of its subjects are that user. */
  readonly order: number
  readonly rules: readonly PolicyRule[]
  /** What to answer where one of the rules allows. */
  readonly result: AuthorizerResult
  /** Why the role could not be found. */
  readonly error: string | undefined
}

/** All that bindings of one scope give to one user name or one group. Indexed when somebody asks for the first time. */
class SubjectGrants {
  readonly bound: BoundRole[] = []
  #index: RuleIndex | undefined

  find(attributes: Attributes): AuthorizerResult | undefined {
    this.#index ??= indexOf(this.bound)
    return this.#index.find(attributes)
  }
}

function indexOf(bound: readonly BoundRole[]): RuleIndex {
  const index = new RuleIndex()
  for (const { rules, result } of bound) for (const rule of rules) index.add(rule, result)
  return index
}

/** The bindings of one namespace, or of the cluster, by whom they are for. */
export class ScopeGrants {
  readonly #users = new Map<string, SubjectGrants>()
  readonly #groups = new Map<string, SubjectGrants>()

  addUser(name: string, bound: BoundRole): void {
    add(this.#users, name, bound)
  }

  addGroup(name: string, bound: BoundRole): void {
    add(this.#groups, name, bound)
  }

  /** The answer of a rule that allows this, if there is one. */
  find(attributes: Attributes): AuthorizerResult | undefined {
    const { name, groups } = attributes.user
    const own = this.#users.get(name)?.find(attributes)
    if (own !== undefined) return own
    for (const group of groups) {
      const result = this.#groups.get(group)?.find(attributes)
      if (result !== undefined) return result
    }
    return undefined
  }

  /** All that is bound to a user, each binding once, in their order. */
  boundTo({ name, groups }: UserInfo): BoundRole[] {
    const found = new Map<number, BoundRole>()
    const take = (grants: SubjectGrants | undefined) => {
      for (const bound of grants?.bound ?? []) if (!found.has(bound.order)) found.set(bound.order, bound)
    }
    take(this.#users.get(name))
    for (const group of groups) take(this.#groups.get(group))
    return [...found.values()].sort((a, b) => a.order - b.order)
  }
}

function add(subjects: Map<string, SubjectGrants>, name: string, bound: BoundRole): void {
  const grants = subjects.get(name) ?? new SubjectGrants()
  grants.bound.push(bound)
  subjects.set(name, grants)
}
