import type { RequestInfo, UserInfo } from '../meta/context.js'
import type { Status } from '../meta/status.js'
import { stringifyJSON } from '../runtime/json/index.js'
import { inert, member, quoted, quotedOften } from './json-text.js'

const users = new WeakMap<UserInfo, string>()

/** A user as JSON, made once for one that authentication gives again and again. */
export function userJSON(user: UserInfo): string {
  let json = users.get(user)
  if (json === undefined) {
    json = newUserJSON(user)
    users.set(user, json)
  }
  return json
}

function newUserJSON({ name, uid, groups, extra }: UserInfo): string {
  const extras = Object.entries(extra ?? {}).map(([key, values]) => `${quoted(key)}:${listJSON(values)}`)
  const members = [
    member('username', name),
    member('uid', uid),
    groups.length > 0 ? `,"groups":${listJSON(groups)}` : '',
    extras.length > 0 ? `,"extra":{${extras.join(',')}}` : '',
  ]
  return `{${members.join('').slice(1)}}`
}

export const listJSON = (texts: readonly string[]): string => `[${texts.map(quoted).join(',')}]`

/** What a body's metadata says of the object. It is looked at before anybody has checked it. */
export type ObjectName = { readonly [name in 'namespace' | 'name' | 'uid' | 'resourceVersion']?: unknown }

/** What a request is about as JSON: its URL's words, and where these are silent the body's. */
export function objectRefJSON(info: RequestInfo, named: ObjectName | undefined): string {
  const { resource, version, subresource } = resourceMembers(info)
  const namespace = member('namespace', info.namespace || textOf(named?.namespace))
  const name = member('name', info.name || textOf(named?.name))
  const uid = named === undefined ? '' : member('uid', textOf(named.uid))
  const revision = named === undefined ? '' : member('resourceVersion', textOf(named.resourceVersion))
  const members = `${resource}${namespace}${name}${uid}${version}${revision}${subresource}`
  return info.resource === '' ? `{${members.slice(1)}}` : `{${members}}`
}

/** What references to all objects of a resource say alike, in the places where they say it. */
interface ResourceMembers {
  readonly of: Pick<RequestInfo, 'apiGroup' | 'apiVersion' | 'subresource'>
  readonly resource: string
  readonly version: string
  readonly subresource: string
}

const MAX_RESOURCES = 256
const MAX_RESOURCE_LENGTH = 256
const lastOf = new Map<string, ResourceMembers>()

/** Of each resource the last version and subresource is kept: most requests are about the same as the one before. */
function resourceMembers(info: RequestInfo): ResourceMembers {
  const { resource, apiGroup, apiVersion, subresource } = info
  const known = lastOf.get(resource)
  const of = known?.of
  if (of?.apiVersion === apiVersion && of.apiGroup === apiGroup && of.subresource === subresource) return known!
  const members: ResourceMembers = {
    of: { apiGroup, apiVersion, subresource },
    resource: member('resource', resource).slice(1),
    version: member('apiGroup', apiGroup) + member('apiVersion', apiVersion),
    subresource: member('subresource', subresource),
  }
  if (resource.length + apiGroup.length + apiVersion.length + subresource.length > MAX_RESOURCE_LENGTH) return members
  if (lastOf.size >= MAX_RESOURCES) lastOf.clear()
  lastOf.set(resource, members)
  return members
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

const PLAIN_SUCCESS = '{"metadata":{},"code":200}'

/** How the answer went: the code that was sent, and what a Status said besides. */
export function responseStatusJSON(status: Partial<Status> | undefined, code: number): string {
  if (status === undefined) return code === 200 ? PLAIN_SUCCESS : `{"metadata":{},"code":${code}}`
  const details = status.details === undefined ? '' : `,"details":${inert(stringifyJSON(status.details))}`
  const members = member('status', status.status) + member('message', status.message) + member('reason', status.reason)
  return `{"metadata":{}${members}${details},"code":${code}}`
}

/** Annotations in the order of their keys. There are so few of them that a linked list is quicker than a map. */
export interface Annotation {
  readonly key: string
  readonly value: string
  readonly next: Annotation | undefined
}

/** The same with an annotation in its place; itself when it has the key already. */
export function withAnnotation(first: Annotation | undefined, key: string, value: string): Annotation {
  if (first === undefined || key < first.key) return { key, value, next: first }
  if (key === first.key) return first
  const next = withAnnotation(first.next, key, value)
  return next === first.next ? first : { key: first.key, value: first.value, next }
}

let lastAnnotations: Annotation | undefined
let lastAnnotationsMember = ''

/** `,"annotations":{…}`, or nothing. Made once for what one rule decides again and again. */
export function annotationsMember(first: Annotation | undefined): string {
  if (first === undefined) return ''
  if (areSame(first, lastAnnotations)) return lastAnnotationsMember
  let text = ''
  for (let at: Annotation | undefined = first; at; at = at.next)
    text += `${text === '' ? '' : ','}${quotedOften(at.key)}:${quotedOften(at.value)}`
  lastAnnotations = first
  lastAnnotationsMember = `,"annotations":{${text}}`
  return lastAnnotationsMember
}

function areSame(a: Annotation | undefined, b: Annotation | undefined): boolean {
  let [x, y] = [a, b]
  for (; x && y && x !== y; x = x.next, y = y.next) if (x.key !== y.key || x.value !== y.value) return false
  return x === y
}
