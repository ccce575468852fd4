import type { ProtobufMessage } from '../../runtime/index.js'
import { extra, message, messages, reviewMessage, text, texts } from '../protobuf.js'

/** The field numbers of authorization.k8s.io/v1, which are part of Kubernetes' API. */

const requirement: ProtobufMessage = { fields: { 1: text('key'), 2: text('operator'), 3: texts('values') } }
const selector: ProtobufMessage = { fields: { 1: text('rawSelector'), 2: messages('requirements', requirement) } }

const resourceAttributes: ProtobufMessage = {
  fields: {
    1: text('namespace'),
    2: text('verb'),
    3: text('group'),
    4: text('version'),
    5: text('resource'),
    6: text('subresource'),
    7: text('name'),
    8: message('fieldSelector', selector),
    9: message('labelSelector', selector),
  },
}

const attributes = {
  1: message('resourceAttributes', resourceAttributes),
  2: message('nonResourceAttributes', { fields: { 1: text('path'), 2: text('verb') } }),
}

export const subjectAccessReviewMessage = reviewMessage({
  fields: { ...attributes, 3: text('user'), 4: texts('groups'), 5: extra('extra'), 6: text('uid') },
})
export const selfSubjectAccessReviewMessage = reviewMessage({ fields: attributes })
export const selfSubjectRulesReviewMessage = reviewMessage({ fields: { 1: text('namespace') } })
