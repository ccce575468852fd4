import { commonAudiences } from '../../authentication/audiences.js'
import type { TokenAuthenticator } from '../../authentication/authenticator.js'
import type { RestResource } from '../../endpoints/index.js'
import { badRequest, messageOf } from '../../meta/errors.js'
import { object, struct } from '../../openapi/index.js'
import { review, reviewMetadata } from '../review.js'
import { tokenReviewMessage } from './messages.js'
import { AUTHENTICATION_GROUP, authenticationDefinitions, authenticationName, wireUserInfo } from './schemas.js'

/** Whose token something is: how other servers have their clients' tokens checked here. */
export function tokenReviews(tokens: TokenAuthenticator | undefined): RestResource {
  return review({
    group: AUTHENTICATION_GROUP,
    kind: 'TokenReview',
    path: 'tokenreviews',
    definitionName: authenticationName('TokenReview'),
    definitions: authenticationDefinitions,
    protobuf: tokenReviewMessage,
    schema: object(
      'Asks whose token something is.',
      {
        spec: struct(authenticationName('TokenReviewSpec'), 'The question.'),
        status: struct(authenticationName('TokenReviewStatus'), 'The answer, which the server fills in.'),
      },
      ['spec'],
    ),
    answer: async (_ctx, object) => {
      const { token = '', audiences } = object.spec as { token?: string; audiences?: readonly string[] }
      if (token === '') throw badRequest('token is required for TokenReview in authentication')
      const status = await statusOf(tokens, token, audiences?.length ? audiences : undefined)
      return { ...object, metadata: reviewMetadata(object.metadata), status }
    },
  })
}

async function statusOf(
  tokens: TokenAuthenticator | undefined,
  token: string,
  asked: readonly string[] | undefined,
): Promise<Record<string, unknown>> {
  const unknown = { user: {} }
  try {
    const known = await tokens?.authenticateToken(token, asked)
    if (known === undefined) return unknown
    const audiences = asked && known.audiences ? commonAudiences(asked, known.audiences) : known.audiences
    // Whoever asks for an audience must be told which one it is; a token that cannot say is good for none.
    if (asked && !audiences?.length)
      return { ...unknown, error: 'the token is good for none of the audiences asked for' }
    return { authenticated: true, user: wireUserInfo(known.user), ...(audiences?.length ? { audiences } : {}) }
  } catch (err) {
    return { ...unknown, error: messageOf(err) }
  }
}
