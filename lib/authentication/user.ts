import type { UserInfo } from '../meta/context.js'
import type { AuthenticationResponse } from './authenticator.js'

/** The group of everybody who has shown good credentials. */
export const AUTHENTICATED_GROUP = 'system:authenticated'
/** The group of those who have shown none. */
export const UNAUTHENTICATED_GROUP = 'system:unauthenticated'
/** Who has shown no credentials. */
export const ANONYMOUS_USER: UserInfo = Object.freeze({
  name: 'system:anonymous',
  groups: Object.freeze([UNAUTHENTICATED_GROUP]),
})

/** Key of {@link UserInfo.extra} under which the credential itself is known: `JTI=<jti>`, `X509SHA256=<fingerprint>`. */
export const CREDENTIAL_ID = 'authentication.kubernetes.io/credential-id'

/** Adds {@link AUTHENTICATED_GROUP}; an answer that has it, or that is about nobody, stays the very same object. */
export function withAuthenticatedGroup(response: AuthenticationResponse): AuthenticationResponse {
  const { user } = response
  const { groups } = user
  // The group is added at the end, so that this is what a cached answer shows first.
  if (groups.at(-1) === AUTHENTICATED_GROUP || user.name === ANONYMOUS_USER.name) return response
  if (groups.includes(AUTHENTICATED_GROUP) || groups.includes(UNAUTHENTICATED_GROUP)) return response
  return { ...response, user: { ...user, groups: [...groups, AUTHENTICATED_GROUP] } }
}
