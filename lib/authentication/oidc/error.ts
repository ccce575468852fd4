import { messageOf } from '../../meta/errors.js'

/** A token of a trusted issuer that was not taken, or an issuer that could not be asked. */
export class OIDCError extends Error {
  override readonly name = 'OIDCError'

  constructor(
    readonly issuer: string,
    cause: unknown,
  ) {
    super(`oidc: issuer ${issuer}: ${withoutPrefix(messageOf(cause))}`, { cause })
  }
}

/** Which issuer an error is about, the first of several; undefined = none. */
export function issuerOf(err: unknown): string | undefined {
  if (err instanceof OIDCError) return err.issuer
  if (!(err instanceof AggregateError)) return undefined
  return err.errors.find((each) => each instanceof OIDCError)?.issuer
}

export const withoutPrefix = (message: string): string => message.replace(/^oidc: /, '')
