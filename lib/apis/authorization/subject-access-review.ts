import type { Authorizer } from '../../authorization/index.js'
import type { RestResource } from '../../endpoints/index.js'
import { review, validateEmptyMetadata } from '../review.js'
import { answerAccessReview } from './access-review.js'
import { subjectAccessReviewMessage } from './messages.js'
import { type AccessReviewSpec, attributesOfSpec, userOfSpec, validateSpec, validateSubject } from './review-spec.js'
import { AUTHORIZATION_GROUP, authorizationDefinitions, authorizationName, reviewSchema } from './schemas.js'

/** Whether somebody may do something. Who may ask can find out everything about everybody. */
export function subjectAccessReviews(authorizer: Authorizer): RestResource {
  return review({
    group: AUTHORIZATION_GROUP,
    kind: 'SubjectAccessReview',
    path: 'subjectaccessreviews',
    definitionName: authorizationName('SubjectAccessReview'),
    definitions: authorizationDefinitions,
    protobuf: subjectAccessReviewMessage,
    schema: reviewSchema(
      'Asks whether a user or group may do something.',
      'SubjectAccessReviewSpec',
      'SubjectAccessReviewStatus',
    ),
    validate: (object) => {
      const spec = object.spec as AccessReviewSpec
      return [...validateSpec(spec), ...validateSubject(spec), ...validateEmptyMetadata(object)]
    },
    answer: (ctx, object) => {
      const spec = object.spec as AccessReviewSpec
      return answerAccessReview(authorizer, ctx, object, attributesOfSpec(userOfSpec(spec), spec))
    },
  })
}
