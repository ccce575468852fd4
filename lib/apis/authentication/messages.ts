import { reviewMessage, text, texts } from '../protobuf.js'

/** The field numbers of authentication.k8s.io/v1, which are part of Kubernetes' API. */

export const tokenReviewMessage = reviewMessage({ fields: { 1: text('token'), 2: texts('audiences') } })
export const selfSubjectReviewMessage = reviewMessage()
