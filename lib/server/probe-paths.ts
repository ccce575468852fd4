import { ANONYMOUS_USER, type AuthenticationResponse, type Authenticator } from '../authentication/index.js'
import { pathMatcher } from '../authorization/index.js'
import type { Context } from '../meta/context.js'

const NOBODY: AuthenticationResponse = { user: ANONYMOUS_USER }

/**
 * Lets requests without credentials go on as `system:anonymous` where everybody may go: a kubelet's probes have none. Only
 * to paths that are no resources; bad credentials are refused there as everywhere.
 *
 * @param paths `authorization.alwaysAllowPaths`
 * @throws Error for a `*` that is not the last character
 */
export function admittingProbes(authenticator: Authenticator, paths: readonly string[]): Authenticator {
  const isOpen = pathMatcher(paths)
  const orNobody = (known: AuthenticationResponse | undefined, { requestInfo }: Context) => {
    if (known !== undefined || requestInfo === undefined || requestInfo.isResourceRequest) return known
    return isOpen(requestInfo.path) ? NOBODY : undefined
  }
  return {
    tokens: authenticator.tokens,
    audiences: authenticator.audiences,
    clientCAs: authenticator.clientCAs,
    authenticateRequest(request, ctx) {
      const answer = authenticator.authenticateRequest(request, ctx)
      return answer instanceof Promise ? answer.then((known) => orNobody(known, ctx)) : orNobody(answer, ctx)
    },
    close: () => authenticator.close(),
  }
}
