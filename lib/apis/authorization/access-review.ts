import { type Attributes, type Authorizer, decide } from '../../authorization/index.js'
import type { Context } from '../../meta/context.js'
import { messageOf } from '../../meta/errors.js'
import type { KubeObject } from '../../meta/types.js'
import { reviewMetadata } from '../review.js'

/** The review with what the authorizer says. */
export async function answerAccessReview(
  authorizer: Authorizer,
  ctx: Context,
  review: KubeObject,
  attributes: Attributes,
): Promise<KubeObject> {
  const { decision, reason, error } = await decide(authorizer, attributes, ctx)
  const status = {
    allowed: decision === 'allow',
    ...(decision === 'deny' ? { denied: true } : {}),
    ...(reason === '' ? {} : { reason }),
    ...(error === undefined ? {} : { evaluationError: messageOf(error) }),
  }
  return { ...review, metadata: reviewMetadata(review.metadata), status }
}
