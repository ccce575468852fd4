import { isJSONObject } from '../../runtime/json/index.js'
import type { Attributes, AuthorizerResult } from '../authorizer.js'
import { fieldRequirements, labelRequirements, type SelectorRequirement } from './selector-requirements.js'

const API_VERSION = 'authorization.k8s.io/v1'
const KIND = 'SubjectAccessReview'

/** What a webhook is asked, in authorization.k8s.io/v1; empty fields are left out as Go does. */
export function reviewSpec(attributes: Attributes): Record<string, unknown> {
  const { user, verb, path } = attributes
  const spec = {
    resourceAttributes: attributes.isResourceRequest ? resourceAttributesOf(attributes) : undefined,
    nonResourceAttributes: attributes.isResourceRequest ? undefined : given({ path, verb }),
    groups: user.groups.length > 0 ? user.groups : undefined,
    extra: user.extra && Object.keys(user.extra).length > 0 ? user.extra : undefined,
  }
  return given({ ...spec, user: user.name, uid: user.uid })
}

function resourceAttributesOf(attributes: Attributes): Record<string, unknown> {
  const { namespace, verb, apiGroup: group, apiVersion: version, resource, subresource, name } = attributes
  const fieldSelector = withRequirements(fieldRequirements(attributes.fieldSelector))
  const labelSelector = withRequirements(labelRequirements(attributes.labelSelector))
  return given({ namespace, verb, group, version, resource, subresource, name, fieldSelector, labelSelector })
}

const withRequirements = (requirements: readonly SelectorRequirement[]): unknown =>
  requirements.length > 0 ? { requirements } : undefined

function given(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== ''))
}

/** The review with this spec, as it is sent; the spec is JSON already. */
export function reviewBody(spec: string): string {
  return `{"kind":"${KIND}","apiVersion":"${API_VERSION}","metadata":{"creationTimestamp":null},"spec":${spec},"status":{"allowed":false}}`
}

/**
 * What a webhook has answered.
 *
 * @throws Error for an answer that is no SubjectAccessReview of v1 with a status
 */
export function reviewResult(answer: unknown): AuthorizerResult {
  if (!isJSONObject(answer) || answer.kind !== KIND || answer.apiVersion !== API_VERSION)
    throw new Error(`the webhook's answer is no ${KIND} of ${API_VERSION}`)
  const { status } = answer
  if (!isJSONObject(status) || typeof status.allowed !== 'boolean')
    throw new Error('the webhook did not say whether the request is allowed')
  const reason = typeof status.reason === 'string' ? status.reason : ''
  if (status.denied === true && status.allowed) {
    const error = new Error('webhook subject access review returned both allow and deny response')
    return { decision: 'deny', reason, error }
  }
  if (status.denied === true) return { decision: 'deny', reason }
  return { decision: status.allowed ? 'allow' : 'noOpinion', reason }
}
