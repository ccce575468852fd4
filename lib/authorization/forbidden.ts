import { forbidden } from '../meta/errors.js'
import { quote } from '../meta/go/index.js'
import type { StatusError } from '../meta/status.js'
import type { Attributes } from './authorizer.js'

/**
 * 403 in Kubernetes' words: `flunders.wardle.example.com is forbidden: User "x" cannot list resource "flunders" in API group
 * "wardle.example.com" in the namespace "default": <reason>`, or `forbidden: User "x" cannot get path "/foo"`.
 */
export function forbiddenError(attributes: Attributes, reason: string): StatusError {
  const text = escapeHTML(forbiddenMessage(attributes))
  const { apiGroup: group, resource, name } = attributes
  return forbidden({ group, resource }, name, reason === '' ? text : `${text}: ${reason}`)
}

function forbiddenMessage(attributes: Attributes): string {
  const { user, verb, path, resource, subresource, apiGroup, namespace } = attributes
  const who = `User ${quote(user.name)} cannot ${verb}`
  if (!attributes.isResourceRequest) return `${who} path ${quote(path)}`
  const what = quote(subresource === '' ? resource : `${resource}/${subresource}`)
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace ${quote(namespace)}`
  return `${who} resource ${what} in API group ${quote(apiGroup)} ${where}`
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
])

/** What came from a stranger must be no markup, whatever a browser takes the answer for. */
export function escapeHTML(text: string): string {
  return text.replace(/[&<>]/g, (character) => ESCAPES.get(character) ?? character)
}
