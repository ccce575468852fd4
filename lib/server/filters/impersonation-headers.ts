import type { IncomingMessage } from 'node:http'
import { splitServiceAccountUsername } from '../../authorization/index.js'

const PREFIX = 'impersonate-'
const USER = 'impersonate-user'
const GROUP = 'impersonate-group'
const UID = 'impersonate-uid'
const EXTRA = 'impersonate-extra-'

/** One thing that somebody wants to be, each to be authorised by itself. */
export interface ImpersonationRequest {
  readonly kind: 'User' | 'ServiceAccount' | 'Group' | 'UserExtra' | 'UID'
  /** Of a service account. */
  readonly namespace: string
  readonly name: string
  /** Of an extra: `name` is one of its values. */
  readonly key: string
}

/** Groups, a uid or extras of nobody. */
export class NoUserError extends Error {
  override readonly name = 'NoUserError'
  constructor(requests: readonly ImpersonationRequest[]) {
    super(`requested [${requests.map(asObjectReference).join(' ')}] without impersonating a user`)
  }
}

/** Whether there is anything to look at; nearly all requests have nothing. */
export function hasImpersonationHeaders({ rawHeaders }: IncomingMessage): boolean {
  for (let i = 0; i < rawHeaders.length; i += 2) if (isImpersonation(rawHeaders[i]!)) return true
  return false
}

/**
 * What a request's headers want its user to be, in the order in which Kubernetes asks for it. Of several users the first counts.
 *
 * @throws NoUserError
 */
export function impersonationRequests({ rawHeaders }: IncomingMessage): readonly ImpersonationRequest[] {
  const values = new Map<string, string[]>()
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    if (!isImpersonation(rawHeaders[i]!)) continue
    const name = rawHeaders[i]!.toLowerCase()
    const before = values.get(name)
    const value = utf8(rawHeaders[i + 1]!)
    if (before) before.push(value)
    else values.set(name, [value])
  }
  const user = values.get(USER)?.[0] ?? ''
  const uid = values.get(UID)?.[0] ?? ''
  const requests = [
    ...(user === '' ? [] : [userRequest(user)]),
    ...(values.get(GROUP) ?? []).map((name) => request('Group', name)),
    ...[...values].flatMap(([header, texts]) =>
      header.startsWith(EXTRA) ? texts.map((text) => request('UserExtra', text, '', extraKey(header))) : [],
    ),
    ...(uid === '' ? [] : [request('UID', uid)]),
  ]
  if (user === '' && requests.length > 0) throw new NoUserError(requests)
  return requests
}

/** Takes the headers away: whoever stands behind must not obey them once more. */
export function removeImpersonationHeaders(incoming: IncomingMessage): void {
  // Node makes both of the raw headers when they are first read, and counts on all of those being there.
  const { headers, headersDistinct, rawHeaders } = incoming
  for (let i = rawHeaders.length - 2; i >= 0; i -= 2) {
    const name = rawHeaders[i]!
    if (!isImpersonation(name)) continue
    delete headers[name.toLowerCase()]
    // HTTP/2's requests have none.
    if (headersDistinct) delete headersDistinct[name.toLowerCase()]
    rawHeaders.splice(i, 2)
  }
}

/** Most names are told apart by their length or first letter. */
function isImpersonation(name: string): boolean {
  if (name.length <= PREFIX.length) return false
  const first = name.charCodeAt(0)
  return (first === 0x49 || first === 0x69) && name.slice(0, PREFIX.length).toLowerCase() === PREFIX
}

function userRequest(user: string): ImpersonationRequest {
  const account = splitServiceAccountUsername(user)
  return account ? request('ServiceAccount', account.name, account.namespace) : request('User', user)
}

const request = (kind: ImpersonationRequest['kind'], name: string, namespace = '', key = ''): ImpersonationRequest => ({
  kind,
  namespace,
  name,
  key,
})

/** Keys that cannot stand in a header's name are percent-encoded; what is no such encoding is meant as it is. */
function extraKey(header: string): string {
  const key = header.slice(EXTRA.length)
  try {
    return decodeURIComponent(key)
  } catch {
    return key
  }
}

/** Node reads headers as latin1; clients send UTF-8. */
const utf8 = (value: string): string => Buffer.from(value, 'latin1').toString('utf8')

/** As Go prints the fields of an ObjectReference: kind, namespace, name, uid, apiVersion, resourceVersion, fieldPath. */
function asObjectReference({ kind, namespace, name, key }: ImpersonationRequest): string {
  const apiVersion = kind === 'UserExtra' || kind === 'UID' ? 'authentication.k8s.io/v1' : ''
  return `{${[kind, namespace, name, '', apiVersion, '', key].join(' ')}}`
}
