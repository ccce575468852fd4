import type { Authorizer } from '../../authorization/index.js'
import type { RestResource } from '../../endpoints/index.js'
import { badRequest } from '../../meta/errors.js'
import * as field from '../../meta/field/index.js'
import { type FieldErrorList, fieldPath } from '../../meta/field/index.js'
import type { KubeObject } from '../../meta/types.js'
import { review, validateEmptyMetadata } from '../review.js'
import { answerAccessReview } from './access-review.js'
import { subjectAccessReviewMessage } from './messages.js'
import { type AccessReviewSpec, attributesOfSpec, userOfSpec, validateSpec, validateSubject } from './review-spec.js'
import { AUTHORIZATION_GROUP, authorizationDefinitions, authorizationName, reviewSchema } from './schemas.js'

/** Whether somebody may do something in one namespace; so that the right to ask can be given for a namespace. */
export function localSubjectAccessReviews(authorizer: Authorizer): RestResource {
  return review({
    group: AUTHORIZATION_GROUP,
    kind: 'LocalSubjectAccessReview',
    path: 'localsubjectaccessreviews',
    namespaced: true,
    definitionName: authorizationName('LocalSubjectAccessReview'),
    definitions: authorizationDefinitions,
    protobuf: subjectAccessReviewMessage,
    schema: reviewSchema(
      'Asks whether a user or group may do something in a namespace.',
      'SubjectAccessReviewSpec',
      'SubjectAccessReviewStatus',
    ),
    validate,
    answer: (ctx, object) => {
      const spec = object.spec as AccessReviewSpec
      const namespace = ctx.requestInfo?.namespace ?? ''
      // The right to ask was checked for the namespace of the path.
      if (namespace === '' || namespace !== object.metadata.namespace)
        throw badRequest(`spec.resourceAttributes.namespace must match namespace: ${namespace}`)
      return answerAccessReview(authorizer, ctx, object, attributesOfSpec(userOfSpec(spec), spec))
    },
  })
}

function validate(object: KubeObject): FieldErrorList {
  const spec = object.spec as AccessReviewSpec
  const errors = [...validateSpec(spec), ...validateSubject(spec), ...validateEmptyMetadata(object, true)]
  const { resourceAttributes, nonResourceAttributes } = spec
  const namespace = resourceAttributes?.namespace ?? ''
  if (resourceAttributes && namespace !== object.metadata.namespace)
    errors.push(
      field.invalid(fieldPath('spec.resourceAttributes.namespace'), namespace, 'must match metadata.namespace'),
    )
  if (nonResourceAttributes)
    errors.push(
      field.invalid(
        fieldPath('spec.nonResourceAttributes'),
        nonResourceAttributes,
        'disallowed on this kind of request',
      ),
    )
  return errors
}
