import { type OptionType, requireKnownOptions } from '../meta/known-options.js'
import { alwaysAllow, alwaysDeny } from './always.js'
import type { Authorizer } from './authorizer.js'
import { type Authorize, callbackAuthorizer } from './callback.js'
import { alwaysAllowPaths, HEALTH_PATHS } from './path-rules.js'
import { privilegedGroups, SYSTEM_MASTERS } from './privileged-groups.js'
import { RBACAuthorizer, type RBACOptions, rbac } from './rbac/authorizer.js'
import type { RuleResolver } from './rule-resolver.js'
import { type MaybeListing, unionAuthorizer } from './union.js'
import { subjectAccessReviewWebhook, type WebhookAuthorizerOptions } from './webhook/authorizer.js'
import type { WebhookMetrics } from './webhook/metrics.js'

/**
 * Who may do what. The ways that are given are asked in this order: privileged groups, paths for everybody, the host
 * application's own function, RBAC, the webhook, further authorizers, `mode`. The first that allows or denies decides; what nobody
 * allows is forbidden.
 */
export interface AuthorizationOptions {
  /** Groups whose members may do everything. Default `['system:masters']`. */
  readonly privilegedGroups?: readonly string[]
  /**
   * Paths, with a trailing `*` prefixes, that everybody may ask for, without credentials too unless
   * `authentication.anonymous` says otherwise. Default `/healthz`, `/livez` and `/readyz`; not the checks below them.
   */
  readonly alwaysAllowPaths?: readonly string[]
  /** The host application's own rules. */
  readonly authorize?: Authorize
  /** Roles and bindings; `true` = those that Kubernetes starts with. */
  readonly rbac?: RBACOptions | (Authorizer & RuleResolver) | true
  /** Another server that is asked by SubjectAccessReviews. */
  readonly webhook?: WebhookAuthorizerOptions
  /** Further authorizers. */
  readonly authorizers?: readonly MaybeListing[]
  /** What holds when nobody has decided. Default: forbidden, without a reason. */
  readonly mode?: 'AlwaysAllow' | 'AlwaysDeny'
}

/** What {@link authorizerOf} makes of options. */
export interface OptionsAuthorizer extends Authorizer, RuleResolver {
  /** Ends the looking for changes of files. */
  close(): void
}

/**
 * The one authorizer of some options, which can also list what somebody may do.
 *
 * @param onReload told when a file of roles was read anew, and why it could not be; an `rbac.onReload` is told besides
 * @throws Error for options that cannot be used
 * @example
 * ```ts
 * const authorizer = authorizerOf({ rbac: { file: './rbac.yaml' } })
 * ```
 */
export function authorizerOf(
  options: AuthorizationOptions,
  onReload?: RBACOptions['onReload'],
  webhookMetrics?: WebhookMetrics,
): OptionsAuthorizer {
  requireKnownOptions('authorization', options, OPTIONS)
  const { privilegedGroups: groups = [SYSTEM_MASTERS], alwaysAllowPaths: paths = HEALTH_PATHS } = options
  const roles = options.rbac && rbacOf(options.rbac, onReload)
  const union = unionAuthorizer(
    ...(groups.length > 0 ? [privilegedGroups(...groups)] : []),
    ...(paths.length > 0 ? [alwaysAllowPaths(paths)] : []),
    ...(options.authorize ? [callbackAuthorizer(options.authorize)] : []),
    ...(roles ? [roles] : []),
    ...(options.webhook ? [subjectAccessReviewWebhook(options.webhook, webhookMetrics)] : []),
    ...(options.authorizers ?? []),
    ...(options.mode === 'AlwaysAllow' ? [alwaysAllow] : options.mode === 'AlwaysDeny' ? [alwaysDeny] : []),
  )
  return {
    authorize: (attributes, waiting) => union.authorize(attributes, waiting),
    rulesFor: (user, namespace) => union.rulesFor(user, namespace),
    close() {
      if (roles instanceof RBACAuthorizer && roles !== options.rbac) roles.close()
    },
  }
}

/** One that was given is its owner's to close. */
function rbacOf(
  given: RBACOptions | (Authorizer & RuleResolver) | true,
  onReload: RBACOptions['onReload'],
): Authorizer & RuleResolver {
  if (given === true) return rbac({})
  requireRBACOptions(given)
  if ('authorize' in given) return given
  const told = (file: string, err?: unknown): void => {
    given.onReload?.(file, err)
    onReload?.(file, err)
  }
  return rbac({ ...given, onReload: told })
}

/** The compiler demands every option here. */
const OPTIONS: Readonly<Record<keyof AuthorizationOptions, OptionType>> = {
  privilegedGroups: 'list',
  alwaysAllowPaths: 'list',
  authorize: 'function',
  rbac: true,
  webhook: 'object',
  authorizers: 'list',
  mode: 'text',
}

/** And here. */
const RBAC_OPTIONS: Readonly<Record<keyof RBACOptions, OptionType>> = {
  objects: 'list',
  file: 'text',
  reloadIntervalMs: 'number',
  onReload: 'function',
  bootstrapPolicy: 'boolean',
}

/** A program without types may give a path, or an option that is none, whose roles would be missed. */
function requireRBACOptions(given: unknown): asserts given is object {
  if (typeof given !== 'object' || given === null)
    throw new TypeError(
      `authorization.rbac is ${JSON.stringify(given) ?? typeof given}; expected is true, { file: './rbac.yaml' } or { objects: [...] }`,
    )
  if (!('authorize' in given)) requireKnownOptions('authorization.rbac', given, RBAC_OPTIONS)
}
