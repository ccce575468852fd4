import { ANONYMOUS_USER, AUTHENTICATED_GROUP, UNAUTHENTICATED_GROUP } from '../../authentication/index.js'
import {
  type Attributes,
  type Authorizer,
  decide,
  resourceAttributes,
  serviceAccountGroups,
  serviceAccountUsername,
} from '../../authorization/index.js'
import type { RequestContext } from '../../endpoints/index.js'
import type { UserInfo } from '../../meta/context.js'
import type { Filter } from '../handler-chain.js'
import { isAnswered, writeForbidden } from './authorization.js'
import {
  hasImpersonationHeaders,
  type ImpersonationRequest,
  impersonationRequests,
  NoUserError,
  removeImpersonationHeaders,
} from './impersonation-headers.js'
import { writeInternalError } from './internal-error.js'

/** Told when somebody acts as somebody else, before the request goes on. */
export type OnImpersonation = (ctx: RequestContext, original: UserInfo, impersonated: UserInfo) => void

/**
 * Lets somebody act as somebody else (`kubectl --as`): `Impersonate-User`, `-Group`, `-Uid` and `-Extra-*`. Whoever asks must be
 * allowed the verb `impersonate` on each user, group, service account, uid and extra value by itself. Behind this filter the
 * request has the other's `user`, which is also its `impersonatedUser`, and the headers are gone.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation
 * @example
 * ```ts
 * withImpersonation(authorizer, (_ctx, original, other) => logger.info(`${original.name} acts as ${other.name}`))
 * ```
 */
export function withImpersonation(authorizer: Authorizer, onImpersonation?: OnImpersonation): Filter {
  return (ctx, next) => {
    if (!hasImpersonationHeaders(ctx.request)) return next()
    return impersonate(ctx, authorizer, onImpersonation, next)
  }
}

async function impersonate(
  ctx: RequestContext,
  authorizer: Authorizer,
  onImpersonation: OnImpersonation | undefined,
  next: () => Promise<void> | void,
): Promise<void> {
  let requests: readonly ImpersonationRequest[]
  try {
    requests = impersonationRequests(ctx.request)
  } catch (err) {
    if (!(err instanceof NoUserError)) throw err
    return writeInternalError(ctx, err)
  }
  const { user: original } = ctx
  for (const request of requests) {
    const attributes = attributesOf(original, request)
    const { decision, reason, error } = await decide(authorizer, attributes, ctx)
    if (isAnswered(ctx)) return
    if (error !== undefined) ctx.report(error)
    if (decision !== 'allow' || error !== undefined) return writeForbidden(ctx, attributes, reason)
  }
  removeImpersonationHeaders(ctx.request)
  if (requests.length > 0) {
    ctx.impersonatedUser = impersonatedUser(requests)
    ctx.user = ctx.impersonatedUser
    onImpersonation?.(ctx, original, ctx.user)
  }
  return next()
}

/** What somebody must be allowed for one part of being somebody else. */
function attributesOf(user: UserInfo, { kind, namespace, name, key }: ImpersonationRequest): Attributes {
  const verb = 'impersonate'
  const authentication = { apiGroup: 'authentication.k8s.io', apiVersion: 'v1' }
  switch (kind) {
    case 'User':
      return resourceAttributes(user, verb, { resource: 'users', name })
    case 'ServiceAccount':
      return resourceAttributes(user, verb, { resource: 'serviceaccounts', namespace, name })
    case 'Group':
      return resourceAttributes(user, verb, { resource: 'groups', name })
    case 'UserExtra':
      return resourceAttributes(user, verb, { ...authentication, resource: 'userextras', subresource: key, name })
    case 'UID':
      return resourceAttributes(user, verb, { ...authentication, resource: 'uids', name })
  }
}

/** Whom the parts make. */
function impersonatedUser(requests: readonly ImpersonationRequest[]): UserInfo {
  const user: { name: string; uid?: string; groups: string[]; extra?: Record<string, string[]> } = {
    name: '',
    groups: [],
  }
  for (const { kind, namespace, name, key } of requests) {
    if (kind === 'User') user.name = name
    else if (kind === 'ServiceAccount') user.name = serviceAccountUsername(namespace, name)
    else if (kind === 'Group') user.groups.push(name)
    else if (kind === 'UID') user.uid = name
    else {
      user.extra ??= Object.create(null) as Record<string, string[]>
      user.extra[key] = [...(user.extra[key] ?? []), name]
    }
  }
  const [first] = requests
  if (first?.kind === 'ServiceAccount' && user.groups.length === 0) user.groups = serviceAccountGroups(first.namespace)
  return { ...user, groups: withSystemGroup(user.name, user.groups) }
}

/** Everybody is known or unknown. Who is named with a group of strangers is no known user. */
function withSystemGroup(name: string, groups: readonly string[]): readonly string[] {
  if (name === ANONYMOUS_USER.name)
    return groups.includes(UNAUTHENTICATED_GROUP) ? groups : [...groups, UNAUTHENTICATED_GROUP]
  const told = groups.includes(AUTHENTICATED_GROUP) || groups.includes(UNAUTHENTICATED_GROUP)
  return told ? groups : [...groups, AUTHENTICATED_GROUP]
}
