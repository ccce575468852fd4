import type { AuthenticationResponse, MaybePromise, TokenAuthenticator } from './authenticator.js'

/** Those of the one that are among the other. */
export function commonAudiences(some: readonly string[], others: readonly string[]): string[] {
  return some.filter((audience) => others.includes(audience))
}

/** Whether what credentials are good for is something that this server is. Nothing said on either side = yes. */
export function audiencesAreAcceptable(own: readonly string[], given: readonly string[] = []): boolean {
  return own.length === 0 || given.length === 0 || given.some((audience) => own.includes(audience))
}

/**
 * For tokens that know nothing of audiences: they are good for what this server is, and for nothing else that is asked
 * for (Kubernetes' `WrapAudienceAgnosticToken`).
 */
export function audienceAgnostic(tokens: TokenAuthenticator, own: readonly string[]): TokenAuthenticator {
  return {
    authenticateToken(token, wanted) {
      if (wanted === undefined) return tokens.authenticateToken(token)
      const audiences = commonAudiences(own, wanted)
      if (audiences.length === 0) return undefined
      const narrowed = (answer: AuthenticationResponse | undefined) => answer && { ...answer, audiences }
      const answer: MaybePromise<AuthenticationResponse | undefined> = tokens.authenticateToken(token)
      return answer instanceof Promise ? answer.then(narrowed) : narrowed(answer)
    },
  }
}
