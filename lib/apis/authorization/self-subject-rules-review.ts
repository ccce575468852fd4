import type { NonResourceRule, ResourceRule, RuleResolver } from '../../authorization/index.js'
import type { RestResource } from '../../endpoints/index.js'
import { badRequest, messageOf } from '../../meta/errors.js'
import { review, reviewMetadata } from '../review.js'
import { selfSubjectRulesReviewMessage } from './messages.js'
import { AUTHORIZATION_GROUP, authorizationDefinitions, authorizationName, reviewSchema } from './schemas.js'

/** Everything that oneself may do in a namespace: `kubectl auth can-i --list`. */
export function selfSubjectRulesReviews(rules: RuleResolver): RestResource {
  return review({
    group: AUTHORIZATION_GROUP,
    kind: 'SelfSubjectRulesReview',
    path: 'selfsubjectrulesreviews',
    definitionName: authorizationName('SelfSubjectRulesReview'),
    definitions: authorizationDefinitions,
    protobuf: selfSubjectRulesReviewMessage,
    schema: reviewSchema(
      'Asks for all that the user who asks may do in a namespace. The list is for showing, not for deciding.',
      'SelfSubjectRulesReviewSpec',
      'SubjectRulesReviewStatus',
    ),
    answer: async (ctx, object) => {
      const { namespace = '' } = object.spec as { namespace?: string }
      if (namespace === '') throw badRequest('no namespace on request')
      const { resourceRules, nonResourceRules, incomplete, error } = await rules.rulesFor(ctx.user, namespace)
      const status = {
        resourceRules: resourceRules.map(resourceRule),
        nonResourceRules: nonResourceRules.map(nonResourceRule),
        incomplete,
        ...(error === undefined ? {} : { evaluationError: messageOf(error) }),
      }
      return { metadata: reviewMetadata(), spec: {}, status }
    },
  })
}

const resourceRule = ({ verbs, apiGroups, resources, resourceNames }: ResourceRule): ResourceRule => ({
  verbs,
  ...(apiGroups?.length ? { apiGroups } : {}),
  ...(resources?.length ? { resources } : {}),
  ...(resourceNames?.length ? { resourceNames } : {}),
})

const nonResourceRule = ({ verbs, nonResourceURLs }: NonResourceRule): NonResourceRule => ({
  verbs,
  ...(nonResourceURLs?.length ? { nonResourceURLs } : {}),
})
