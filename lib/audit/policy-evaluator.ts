import type { RequestInfo, UserInfo } from '../meta/context.js'
import type { AuditPolicy } from './policy.js'
import { compileRule } from './policy-rule.js'
import type { Level, Stage } from './types.js'

/** What a policy wants to be told of a request. */
export interface RequestAuditConfig {
  readonly level: Level
  readonly omitStages: ReadonlySet<Stage>
  readonly omitManagedFields: boolean
}

/** Decides by the first rule that matches (Kubernetes' `PolicyRuleEvaluator`). */
export type PolicyRuleEvaluator = (info: RequestInfo, user: UserInfo | undefined) => RequestAuditConfig

/**
 * Compiles a policy. It is taken to be valid: see `validatePolicy`.
 *
 * @example
 * ```ts
 * policyRuleEvaluator({ rules: [{ level: 'Metadata' }] })(requestInfo, user).level // 'Metadata'
 * ```
 */
export function policyRuleEvaluator(policy: AuditPolicy): PolicyRuleEvaluator {
  const { omitStages = [], omitManagedFields = false } = policy
  const rules = policy.rules.map((rule) => ({
    matches: compileRule(rule),
    config: {
      level: rule.level,
      omitStages: new Set([...omitStages, ...(rule.omitStages ?? [])]),
      omitManagedFields: rule.omitManagedFields ?? omitManagedFields,
    },
  }))
  const otherwise: RequestAuditConfig = { level: 'None', omitStages: new Set(omitStages), omitManagedFields }
  return (info, user) => {
    for (const { matches, config } of rules) if (matches(info, user)) return config
    return otherwise
  }
}
