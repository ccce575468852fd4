import type { RestResource } from '../../endpoints/index.js'
import { formatTime } from '../../meta/time.js'
import { object, struct } from '../../openapi/index.js'
import { review } from '../review.js'
import { selfSubjectReviewMessage } from './messages.js'
import { AUTHENTICATION_GROUP, authenticationDefinitions, authenticationName, wireUserInfo } from './schemas.js'

/** Who oneself is: `kubectl auth whoami` (KEP-3325). */
export function selfSubjectReviews(): RestResource {
  return review({
    group: AUTHENTICATION_GROUP,
    kind: 'SelfSubjectReview',
    path: 'selfsubjectreviews',
    definitionName: authenticationName('SelfSubjectReview'),
    definitions: authenticationDefinitions,
    protobuf: selfSubjectReviewMessage,
    schema: object('Asks who the user who asks is.', {
      status: struct(authenticationName('SelfSubjectReviewStatus'), 'The answer, which the server fills in.'),
    }),
    answer: ({ user }) => ({
      metadata: { creationTimestamp: formatTime(new Date()) },
      status: { userInfo: wireUserInfo(user) },
    }),
  })
}
