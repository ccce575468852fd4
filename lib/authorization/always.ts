import type { Authorizer, AuthorizerResult } from './authorizer.js'
import { ALLOW } from './decide.js'
import { ALL_RULES, NO_RULES, type RuleResolver } from './rule-resolver.js'

/** Allows everything to everybody. */
export const alwaysAllow: Authorizer & RuleResolver = { authorize: () => ALLOW, rulesFor: () => ALL_RULES }

const DENIED: AuthorizerResult = { decision: 'noOpinion', reason: 'Everything is forbidden.' }

/** Forbids whatever no authorizer before it has allowed, and says so (Kubernetes' `--authorization-mode=AlwaysDeny`). */
export const alwaysDeny: Authorizer & RuleResolver = { authorize: () => DENIED, rulesFor: () => NO_RULES }
