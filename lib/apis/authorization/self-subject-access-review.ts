import type { Authorizer } from '../../authorization/index.js'
import type { RestResource } from '../../endpoints/index.js'
import { review, validateEmptyMetadata } from '../review.js'
import { answerAccessReview } from './access-review.js'
import { selfSubjectAccessReviewMessage } from './messages.js'
import { type AccessReviewSpec, attributesOfSpec, validateSpec } from './review-spec.js'
import { AUTHORIZATION_GROUP, authorizationDefinitions, authorizationName, reviewSchema } from './schemas.js'

/** Whether oneself may do something: `kubectl auth can-i`. */
export function selfSubjectAccessReviews(authorizer: Authorizer): RestResource {
  return review({
    group: AUTHORIZATION_GROUP,
    kind: 'SelfSubjectAccessReview',
    path: 'selfsubjectaccessreviews',
    definitionName: authorizationName('SelfSubjectAccessReview'),
    definitions: authorizationDefinitions,
    protobuf: selfSubjectAccessReviewMessage,
    schema: reviewSchema(
      'Asks whether the user who asks may do something.',
      'SelfSubjectAccessReviewSpec',
      'SubjectAccessReviewStatus',
    ),
    validate: (object) => [...validateSpec(object.spec as AccessReviewSpec), ...validateEmptyMetadata(object)],
    answer: (ctx, object) =>
      answerAccessReview(authorizer, ctx, object, attributesOfSpec(ctx.user, object.spec as AccessReviewSpec)),
  })
}
