import { boolean, listOf, metaName, object, ref, requiredString, string, strings, struct } from '../../openapi/index.js'
import type { JSONSchema } from '../../runtime/index.js'
import { extraOfUser } from '../user-extra.js'

export const AUTHORIZATION_GROUP = 'authorization.k8s.io'

/** The definition name of a type of authorization.k8s.io/v1. */
export const authorizationName = (type: string): string => `io.k8s.api.authorization.v1.${type}`

const name = authorizationName

const requirement = (kind: 'field' | 'label'): JSONSchema =>
  object(
    `One term of a ${kind} selector.`,
    {
      key: requiredString(`The ${kind} that the term is about.`),
      operator: requiredString('In, NotIn, Exists or DoesNotExist.'),
      values: strings('What the operator compares with.'),
    },
    ['key', 'operator'],
  )

const selectorAttributes = (kind: 'Field' | 'Label'): JSONSchema =>
  object(`How a request is restricted by ${kind.toLowerCase()}s.`, {
    rawSelector: string('The selector as a query has it. Ignored by authorizers that do not look at selectors.'),
    requirements: listOf(metaName(`${kind}SelectorRequirement`), 'The terms of the selector, all of which hold.'),
  })

const resourceAttributes = object('What somebody wants to do to a resource.', {
  fieldSelector: ref(name('FieldSelectorAttributes'), 'Restricts the question to some fields.'),
  group: string('The API group; "*" is all.'),
  labelSelector: ref(name('LabelSelectorAttributes'), 'Restricts the question to some labels.'),
  name: string('The name of the object; empty is all for a get, and none for a create.'),
  namespace: string('The namespace; empty is all, or none for resources that have no namespace.'),
  resource: string('The resource as paths name it; "*" is all.'),
  subresource: string('The subresource; empty is none.'),
  verb: string('An API verb such as get, list, watch, create, update, delete; "*" is all.'),
  version: string('The API version; "*" is all.'),
})

const nonResourceAttributes = object('What somebody wants to do to a path that is no resource.', {
  path: string('The path of the URL.'),
  verb: string('The HTTP method in lower case.'),
})

const status = object(
  'What was decided.',
  {
    allowed: { ...boolean('Whether it is allowed.'), default: false },
    denied: boolean('Whether it is denied for good. When neither is true, no authorizer had an opinion.'),
    evaluationError: string('What went wrong while it was decided; the decision may still hold.'),
    reason: string('Why it was decided so.'),
  },
  ['allowed'],
)

const attributes = {
  nonResourceAttributes: ref(name('NonResourceAttributes'), 'The path in question.'),
  resourceAttributes: ref(name('ResourceAttributes'), 'The resource in question.'),
}

const resourceRule = object(
  'What somebody may do to resources. The order means nothing.',
  {
    apiGroups: strings('The API groups; "*" is all.'),
    resourceNames: strings('The names; none is all.'),
    resources: strings('The resources, "*" all of the groups, "*/foo" the subresource foo of all.'),
    verbs: strings('The verbs; "*" is all.'),
  },
  ['verbs'],
)

const nonResourceRule = object(
  'What somebody may do to paths that are no resources.',
  {
    nonResourceURLs: strings('The paths; a last part "*" is all below.'),
    verbs: strings('The HTTP methods in lower case; "*" is all.'),
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
  [metaName('FieldSelectorRequirement')]: requirement('field'),
  [metaName('LabelSelectorRequirement')]: requirement('label'),
  [name('NonResourceAttributes')]: nonResourceAttributes,
  [name('NonResourceRule')]: nonResourceRule,
  [name('ResourceAttributes')]: resourceAttributes,
  [name('ResourceRule')]: resourceRule,
  [name('SelfSubjectAccessReviewSpec')]: object('A question about oneself: one of the attributes.', attributes),
  [name('SelfSubjectRulesReviewSpec')]: object('Where to look.', { namespace: string('The namespace. Required.') }),
  [name('SubjectAccessReviewSpec')]: object('A question about somebody: one of the attributes, and a user or groups.', {
    extra: extraOfUser('Further properties of the user, as authentication has told them.'),
    groups: strings('The groups of the user.'),
    ...attributes,
    uid: string('The uid of the user.'),
    user: string('The name of the user.'),
  }),
  [name('SubjectAccessReviewStatus')]: status,
  [name('SubjectRulesReviewStatus')]: object(
    'What somebody may do, as far as it can be listed.',
    {
      evaluationError: string('What went wrong; what is listed holds all the same.'),
      incomplete: { ...boolean('Whether there may be more, which cannot be listed.'), default: false },
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
      status: ref(name(statusType), 'The answer, which the server fills in.'),
    },
    ['spec'],
  )
