import type { JSONSchema } from '../../runtime/index.js'
import { extraOfUser, flag, listOf, object, pointerTo, struct, text, texts } from '../schema.js'

export const AUTHORIZATION_GROUP = 'authorization.k8s.io'

/** The definition name of a type of authorization.k8s.io/v1. */
export const authorizationName = (type: string): string => `io.k8s.api.authorization.v1.${type}`

const name = authorizationName
const META = 'io.k8s.apimachinery.pkg.apis.meta.v1.'

const requirement = (kind: 'field' | 'label'): JSONSchema =>
  object(
    `One term of a ${kind} selector.`,
    {
      key: { ...text(`The ${kind} that the term is about.`), default: '' },
      operator: { ...text('In, NotIn, Exists or DoesNotExist.'), default: '' },
      values: texts('What the operator compares with.'),
    },
    ['key', 'operator'],
  )

const selectorAttributes = (kind: 'Field' | 'Label'): JSONSchema =>
  object(`How a request is restricted by ${kind.toLowerCase()}s.`, {
    rawSelector: text('The selector as a query has it. Ignored by authorizers that do not look at selectors.'),
    requirements: listOf(`${META}${kind}SelectorRequirement`, 'The terms of the selector, all of which hold.'),
  })

const resourceAttributes = object('What somebody wants to do to a resource.', {
  fieldSelector: pointerTo(name('FieldSelectorAttributes'), 'Restricts the question to some fields.'),
  group: text('The API group; "*" is all.'),
  labelSelector: pointerTo(name('LabelSelectorAttributes'), 'Restricts the question to some labels.'),
  name: text('The name of the object; empty is all for a get, and none for a create.'),
  namespace: text('The namespace; empty is all, or none for resources that have no namespace.'),
  resource: text('The resource as paths name it; "*" is all.'),
  subresource: text('The subresource; empty is none.'),
  verb: text('An API verb such as get, list, watch, create, update, delete; "*" is all.'),
  version: text('The API version; "*" is all.'),
})

const nonResourceAttributes = object('What somebody wants to do to a path that is no resource.', {
  path: text('The path of the URL.'),
  verb: text('The HTTP method in lower case.'),
})

const status = object(
  'What was decided.',
  {
    allowed: { ...flag('Whether it is allowed.'), default: false },
    denied: flag('Whether it is denied for good. When neither is true, no authorizer had an opinion.'),
    evaluationError: text('What went wrong while it was decided; the decision may still hold.'),
    reason: text('Why it was decided so.'),
  },
  ['allowed'],
)

const attributes = {
  nonResourceAttributes: pointerTo(name('NonResourceAttributes'), 'The path in question.'),
  resourceAttributes: pointerTo(name('ResourceAttributes'), 'The resource in question.'),
}

const resourceRule = object(
  'What somebody may do to resources. The order means nothing.',
  {
    apiGroups: texts('The API groups; "*" is all.'),
    resourceNames: texts('The names; none is all.'),
    resources: texts('The resources, "*" all of the groups, "*/foo" the subresource foo of all.'),
    verbs: texts('The verbs; "*" is all.'),
  },
  ['verbs'],
)

const nonResourceRule = object(
  'What somebody may do to paths that are no resources.',
  {
    nonResourceURLs: texts('The paths; a last part "*" is all below.'),
    verbs: texts('The HTTP methods in lower case; "*" is all.'),
  },
  ['verbs'],
)

/** Rules must have verbs, so that none can be made of nothing: their lists have no default. */
const rulesOf = (type: string, description: string): JSONSchema => ({
  description,
  type: 'array',
  items: { $ref: name(type) },
  'x-kubernetes-list-type': 'atomic',
})

/** All types of the group besides the kinds. */
export const authorizationDefinitions: Readonly<Record<string, JSONSchema>> = {
  [name('FieldSelectorAttributes')]: selectorAttributes('Field'),
  [name('LabelSelectorAttributes')]: selectorAttributes('Label'),
  [`${META}FieldSelectorRequirement`]: requirement('field'),
  [`${META}LabelSelectorRequirement`]: requirement('label'),
  [name('NonResourceAttributes')]: nonResourceAttributes,
  [name('NonResourceRule')]: nonResourceRule,
  [name('ResourceAttributes')]: resourceAttributes,
  [name('ResourceRule')]: resourceRule,
  [name('SelfSubjectAccessReviewSpec')]: object('A question about oneself: one of the attributes.', attributes),
  [name('SelfSubjectRulesReviewSpec')]: object('Where to look.', { namespace: text('The namespace. Required.') }),
  [name('SubjectAccessReviewSpec')]: object('A question about somebody: one of the attributes, and a user or groups.', {
    extra: extraOfUser('Further properties of the user, as authentication has told them.'),
    groups: texts('The groups of the user.'),
    ...attributes,
    uid: text('The uid of the user.'),
    user: text('The name of the user.'),
  }),
  [name('SubjectAccessReviewStatus')]: status,
  [name('SubjectRulesReviewStatus')]: object(
    'What somebody may do, as far as it can be listed.',
    {
      evaluationError: text('What went wrong; what is listed holds all the same.'),
      incomplete: { ...flag('Whether there may be more, which cannot be listed.'), default: false },
      nonResourceRules: rulesOf('NonResourceRule', 'What may be done to paths that are no resources.'),
      resourceRules: rulesOf('ResourceRule', 'What may be done to resources.'),
    },
    ['resourceRules', 'nonResourceRules', 'incomplete'],
  ),
}

/** The schema of a kind with this specification and status. */
export const reviewSchema = (description: string, spec: string, statusType: string): JSONSchema =>
  object(
    description,
    {
      spec: struct(name(spec), 'The question.'),
      status: pointerTo(name(statusType), 'The answer, which the server fills in.'),
    },
    ['spec'],
  )
