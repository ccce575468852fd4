import { request as httpRequest, IncomingMessage } from 'node:http'
import { createServer as createHttp2Server, connect as http2Connect } from 'node:http2'
import { type AddressInfo, Socket } from 'node:net'
import { beforeEach, describe, expect, test } from 'vitest'
import {
  type Attributes,
  type Authorizer,
  type AuthorizerResult,
  type PolicyRule,
  type RBACObject,
  rbac,
} from '../../../lib/authorization/index.js'
import type { RequestContext } from '../../../lib/endpoints/index.js'
import type { UserInfo } from '../../../lib/meta/context.js'
import {
  hasImpersonationHeaders,
  impersonationRequests,
  removeImpersonationHeaders,
} from '../../../lib/server/filters/impersonation-headers.js'
import { type Guarded, guarded } from '../../apis/harness.js'

interface Passed {
  readonly user: UserInfo
  readonly impersonatedUser: UserInfo | undefined
  readonly headers: Record<string, unknown>
  readonly rawHeaders: string[]
}

const passed: Passed[] = []
const remember = ({ user, impersonatedUser, request }: RequestContext): void => {
  passed.push({
    user,
    impersonatedUser,
    headers: { ...request.headers, ...request.headersDistinct },
    rawHeaders: [...request.rawHeaders],
  })
}
beforeEach(() => {
  passed.length = 0
})

/** Headers as they are given, repeated ones too. */
function send(server: Guarded, as: string, headers: Record<string, string | string[]>) {
  return new Promise<{ status: number; text: string; headers: Record<string, unknown> }>((resolve, reject) => {
    const sent = httpRequest(
      `${server.url}/healthz?x=1`,
      { headers: { 'x-user': as, ...headers }, agent: false },
      (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk
        })
        response.once('end', () => resolve({ status: response.statusCode ?? 0, text, headers: response.headers }))
      },
    )
    sent.once('error', reject).end()
  })
}

const message = (text: string): string => (JSON.parse(text) as { message: string }).message

describe('whoever may impersonate all', () => {
  const asked: Attributes[] = []
  const all: Authorizer = {
    authorize(attributes) {
      asked.push(attributes)
      return { decision: 'allow', reason: '' }
    },
  }
  const server = guarded({ authorizer: all, onServed: remember })
  beforeEach(() => {
    asked.length = 0
  })

  test.each<[string, Record<string, string | string[]>, UserInfo]>([
    ['a user is known', { 'Impersonate-User': 'kim' }, { name: 'kim', groups: ['system:authenticated'] }],
    [
      'a user with groups is known, and in those groups',
      { 'Impersonate-User': 'kim', 'Impersonate-Group': ['devs', 'a, b'] },
      { name: 'kim', groups: ['devs', 'a, b', 'system:authenticated'] },
    ],
    [
      'a user who is said to be known is not so twice',
      { 'Impersonate-User': 'kim', 'Impersonate-Group': ['system:authenticated', 'devs'] },
      { name: 'kim', groups: ['system:authenticated', 'devs'] },
    ],
    [
      'a user who is said to be unknown is so',
      { 'Impersonate-User': 'kim', 'Impersonate-Group': 'system:unauthenticated' },
      { name: 'kim', groups: ['system:unauthenticated'] },
    ],
    [
      'nobody is unknown',
      { 'Impersonate-User': 'system:anonymous' },
      { name: 'system:anonymous', groups: ['system:unauthenticated'] },
    ],
    [
      'a service account is in its groups',
      { 'Impersonate-User': 'system:serviceaccount:ci:bot' },
      {
        name: 'system:serviceaccount:ci:bot',
        groups: ['system:serviceaccounts', 'system:serviceaccounts:ci', 'system:authenticated'],
      },
    ],
    [
      'a service account with groups is in those alone',
      { 'Impersonate-User': 'system:serviceaccount:ci:bot', 'Impersonate-Group': 'devs' },
      { name: 'system:serviceaccount:ci:bot', groups: ['devs', 'system:authenticated'] },
    ],
    [
      'a uid and extras are kept, keys in lower case and decoded',
      {
        'Impersonate-User': 'kim',
        'Impersonate-Uid': 'u1',
        'Impersonate-Extra-Scopes': ['a', 'b'],
        'Impersonate-Extra-Acme.com%2FProject': 'x',
        'Impersonate-Extra-100%zz': 'y',
      },
      {
        name: 'kim',
        uid: 'u1',
        groups: ['system:authenticated'],
        extra: { scopes: ['a', 'b'], 'acme.com/project': ['x'], '100%zz': ['y'] },
      },
    ],
    [
      'an extra may be called __proto__',
      { 'Impersonate-User': 'kim', 'Impersonate-Extra-__proto__': 'x' },
      { name: 'kim', groups: ['system:authenticated'], extra: JSON.parse('{"__proto__":["x"]}') },
    ],
    [
      'names are read as UTF-8',
      { 'Impersonate-User': Buffer.from('Jürgen').toString('latin1') },
      { name: 'Jürgen', groups: ['system:authenticated'] },
    ],
    [
      'of several users the first counts',
      { 'Impersonate-User': ['kim', 'root'] },
      { name: 'kim', groups: ['system:authenticated'] },
    ],
  ])('becomes somebody else: %s', async (_, headers, expected) => {
    expect((await send(server, 'jane', headers)).status).toBe(200)
    expect(JSON.parse(JSON.stringify(passed[0]!.user))).toEqual(expected)
    expect(passed[0]!.impersonatedUser).toBe(passed[0]!.user)
    // The decision about the request itself is about the other, all before it about whoever asks.
    expect(asked.at(-1)!.user).toBe(passed[0]!.user)
    expect(asked.slice(0, -1).every(({ user, verb }) => user.name === 'jane' && verb === 'impersonate')).toBe(true)
  })

  test('is asked about each part by itself, as Kubernetes does', async () => {
    await send(server, 'jane', {
      'Impersonate-Extra-Scopes': ['a', 'b'],
      'Impersonate-Uid': 'u1',
      'Impersonate-Group': ['devs', 'ops'],
      'Impersonate-User': 'system:serviceaccount:ci:bot',
    })
    const authentication = { apiGroup: 'authentication.k8s.io', apiVersion: 'v1' }
    const core = { apiGroup: '', apiVersion: '' }
    const parts = asked.slice(0, -1).map(({ user: _, verb: __, isResourceRequest, path, ...rest }) => {
      const { fieldSelector, labelSelector, ...part } = rest
      expect([isResourceRequest, path, fieldSelector, labelSelector]).toEqual([true, '', '', ''])
      return part
    })
    expect(parts).toEqual([
      { ...core, namespace: 'ci', resource: 'serviceaccounts', subresource: '', name: 'bot' },
      { ...core, namespace: '', resource: 'groups', subresource: '', name: 'devs' },
      { ...core, namespace: '', resource: 'groups', subresource: '', name: 'ops' },
      { ...authentication, namespace: '', resource: 'userextras', subresource: 'scopes', name: 'a' },
      { ...authentication, namespace: '', resource: 'userextras', subresource: 'scopes', name: 'b' },
      { ...authentication, namespace: '', resource: 'uids', subresource: '', name: 'u1' },
    ])
  })

  test.each([
    'system:serviceaccount:ci',
    'system:serviceaccount:ci:',
    'system:serviceaccount:C:bot',
    'system:serviceaccount:a:b:c',
  ])('is asked about %s as a user, for it is no service account', async (name) => {
    await send(server, 'jane', { 'Impersonate-User': name })
    expect(asked[0]).toMatchObject({ resource: 'users', name, namespace: '' })
  })

  test('leaves no header of it to those behind, however it was written', async () => {
    await send(server, 'jane', {
      'iMPERSONATE-uSER': ['kim', 'root'],
      'impersonate-group': ['a', 'b'],
      'IMPERSONATE-UID': 'u',
      'Impersonate-Extra-X': 'y',
      'Impersonate-Other': 'z',
      'X-After': 'kept',
    })
    const { headers, rawHeaders } = passed[0]!
    expect(Object.keys(headers).filter((name) => name.startsWith('impersonate'))).toEqual([])
    expect(rawHeaders.filter((text) => /impersonate/i.test(text))).toEqual([])
    expect(headers['x-after']).toEqual(['kept'])
    expect(rawHeaders).toContain('X-After')
  })

  test('takes the headers out before anybody has read any', () => {
    const request = new IncomingMessage(new Socket())
    request.rawHeaders = ['Impersonate-User', 'kim', 'A', '1', 'Impersonate-Uid', 'u']
    removeImpersonationHeaders(request)
    expect(request.rawHeaders).toEqual(['A', '1'])
    expect([request.headers['impersonate-user'], request.headersDistinct['impersonate-uid']]).toEqual([
      undefined,
      undefined,
    ])
  })
})

describe('a request', () => {
  const server = guarded({ authorizer: { authorize: () => ({ decision: 'allow', reason: '' }) }, onServed: remember })

  test('without such headers goes on as whoever makes it', async () => {
    await send(server, 'jane', { 'X-Impersonate-User': 'kim', Impersonate: 'kim', Impersonate_User: 'kim' })
    expect(passed[0]).toMatchObject({ user: { name: 'jane' }, impersonatedUser: undefined })
  })

  test('with an empty user goes on as whoever makes it', async () => {
    await send(server, 'jane', { 'Impersonate-User': '' })
    expect(passed[0]).toMatchObject({ user: { name: 'jane' }, impersonatedUser: undefined })
  })

  test.each<[string, Record<string, string | string[]>, string]>([
    ['groups', { 'Impersonate-Group': ['devs', 'ops'] }, '[{Group  devs    } {Group  ops    }]'],
    ['a uid', { 'Impersonate-Uid': 'u1' }, '[{UID  u1  authentication.k8s.io/v1  }]'],
    ['an extra', { 'Impersonate-Extra-Scopes': 'a' }, '[{UserExtra  a  authentication.k8s.io/v1  scopes}]'],
    ['groups of an empty user', { 'Impersonate-User': '', 'Impersonate-Group': '<b>' }, '[{Group  &lt;b&gt;    }]'],
  ])('for %s of nobody is answered 500 in the words of Kubernetes', async (_, headers, requested) => {
    const { status, text, headers: answered } = await send(server, 'jane', headers)
    expect([status, answered['content-type'], text]).toEqual([
      500,
      'text/plain; charset=utf-8',
      `Internal Server Error: "/healthz?x=1": requested ${requested} without impersonating a user\n`,
    ])
    expect(passed).toEqual([])
  })
})

describe('without the right to impersonate', () => {
  const rules: Record<string, PolicyRule[]> = {
    jane: [
      { verbs: ['impersonate'], apiGroups: [''], resources: ['users'], resourceNames: ['kim'] },
      { verbs: ['impersonate'], apiGroups: [''], resources: ['groups'], resourceNames: ['devs'] },
      {
        verbs: ['impersonate'],
        apiGroups: ['authentication.k8s.io'],
        resources: ['userextras/scopes'],
        resourceNames: ['view'],
      },
      { verbs: ['impersonate'], apiGroups: ['authentication.k8s.io'], resources: ['uids'], resourceNames: ['u1'] },
      { verbs: ['get'], nonResourceURLs: ['*'] },
    ],
    kim: [{ verbs: ['get'], nonResourceURLs: ['/healthz'] }],
    reader: [
      { verbs: ['get', 'list', 'create', 'update'], apiGroups: ['*'], resources: ['*'] },
      { verbs: ['*'], nonResourceURLs: ['*'] },
    ],
  }
  const bound = Object.entries(rules).flatMap(([name, given]): RBACObject[] => [
    { kind: 'ClusterRole', metadata: { name }, rules: given },
    {
      kind: 'ClusterRoleBinding',
      metadata: { name },
      subjects: [{ kind: 'User', name }],
      roleRef: { kind: 'ClusterRole', name },
    },
  ])
  const inNamespace: RBACObject[] = [
    {
      kind: 'Role',
      metadata: { name: 'bots', namespace: 'ci' },
      rules: [{ verbs: ['impersonate'], apiGroups: [''], resources: ['serviceaccounts'] }],
    },
    {
      kind: 'RoleBinding',
      metadata: { name: 'bots', namespace: 'ci' },
      subjects: [{ kind: 'User', name: 'jane' }],
      roleRef: { kind: 'Role', name: 'bots' },
    },
  ]
  const authorizer = rbac({ bootstrapPolicy: false, objects: [...bound, ...inNamespace] })
  const server = guarded({ authorizer, onServed: remember })

  test.each<[string, string, Record<string, string | string[]>, number, string?]>([
    ['the user that is named may be', 'jane', { 'Impersonate-User': 'kim' }, 200],
    [
      'another may not',
      'jane',
      { 'Impersonate-User': 'root' },
      403,
      'users "root" is forbidden: User "jane" cannot impersonate resource "users" in API group "" at the cluster scope',
    ],
    [
      'the first of two users is the one who is asked about, and who it is then',
      'jane',
      { 'Impersonate-User': ['root', 'kim'] },
      403,
    ],
    ['all verbs but this one are not enough', 'reader', { 'Impersonate-User': 'kim' }, 403],
    ['nobody may not', 'system:anonymous', { 'Impersonate-User': 'kim' }, 403],
    ['a group that is named may be', 'jane', { 'Impersonate-User': 'kim', 'Impersonate-Group': 'devs' }, 200],
    [
      'every group is asked about',
      'jane',
      { 'Impersonate-User': 'kim', 'Impersonate-Group': ['devs', 'system:masters'] },
      403,
      'groups "system:masters" is forbidden: User "jane" cannot impersonate resource "groups" in API group "" at the cluster scope',
    ],
    [
      'groups are not split at commas',
      'jane',
      { 'Impersonate-User': 'kim', 'Impersonate-Group': 'devs,system:masters' },
      403,
    ],
    ['a service account of the namespace may be', 'jane', { 'Impersonate-User': 'system:serviceaccount:ci:bot' }, 403],
    [
      'one of another namespace may not',
      'jane',
      { 'Impersonate-User': 'system:serviceaccount:kube-system:bot' },
      403,
      'serviceaccounts "bot" is forbidden: User "jane" cannot impersonate resource "serviceaccounts" in API group "" in the namespace "kube-system"',
    ],
    ['an extra that is named may be', 'jane', { 'Impersonate-User': 'kim', 'Impersonate-Extra-Scopes': 'view' }, 200],
    [
      'another value of it may not',
      'jane',
      { 'Impersonate-User': 'kim', 'Impersonate-Extra-Scopes': ['view', 'admin'] },
      403,
      'userextras.authentication.k8s.io "admin" is forbidden: User "jane" cannot impersonate resource "userextras/scopes" in API group "authentication.k8s.io" at the cluster scope',
    ],
    ['another key may not', 'jane', { 'Impersonate-User': 'kim', 'Impersonate-Extra-Other': 'view' }, 403],
    ['a uid that is named may be', 'jane', { 'Impersonate-User': 'kim', 'Impersonate-Uid': 'u1' }, 200],
    [
      'another uid may not',
      'jane',
      { 'Impersonate-User': 'kim', 'Impersonate-Uid': 'u2' },
      403,
      'uids.authentication.k8s.io "u2" is forbidden: User "jane" cannot impersonate resource "uids" in API group "authentication.k8s.io" at the cluster scope',
    ],
  ])('%s', async (_, as, headers, status, text) => {
    const answer = await send(server, as, headers)
    expect(answer.status, answer.text).toBe(status)
    if (text !== undefined) expect(message(answer.text)).toBe(text)
    if (status === 403) expect(answer.headers['x-content-type-options']).toBe('nosniff')
  })

  test('a service account that may be impersonated is refused only what it may not do itself', async () => {
    const answer = await send(server, 'jane', { 'Impersonate-User': 'system:serviceaccount:ci:bot' })
    expect(message(answer.text)).toBe('forbidden: User "system:serviceaccount:ci:bot" cannot get path "/healthz"')
  })

  test('one may do what the other may, and not what oneself may', async () => {
    const headers = { 'x-user': 'jane', 'impersonate-user': 'kim' }
    expect((await server.send('/healthz', { headers })).status).toBe(200)
    expect((await server.send('/metrics', { headers: { 'x-user': 'jane' } })).status).toBe(200)
    expect((await server.send('/metrics', { headers })).json().message).toBe(
      'forbidden: User "kim" cannot get path "/metrics"',
    )
  })
})

describe('an authorizer that fails', () => {
  let result: () => AuthorizerResult = () => ({ decision: 'allow', reason: '' })
  const server = guarded({
    authorizer: { authorize: ({ verb }) => (verb === 'impersonate' ? result() : { decision: 'allow', reason: '' }) },
    onServed: remember,
  })

  test('lets nobody be somebody else, even where it would allow', async () => {
    server.reported.length = 0
    const failures: (() => AuthorizerResult)[] = [
      () => {
        throw new Error('away')
      },
      () => ({ decision: 'allow', reason: '', error: new Error('half') }),
    ]
    for (result of failures) expect((await send(server, 'jane', { 'Impersonate-User': 'kim' })).status).toBe(403)
    expect(server.reported.map(String)).toEqual(['Error: away', 'Error: half'])
    expect(passed).toEqual([])
  })
})

describe('a decision that comes too late', () => {
  let decide = (_: AuthorizerResult) => {}
  let waiting: RequestContext | undefined
  const server = guarded({
    authorizer: {
      authorize({ verb }, ctx) {
        if (verb !== 'impersonate') return { decision: 'allow', reason: '' }
        waiting = ctx as RequestContext
        return new Promise((resolve) => {
          decide = resolve
        })
      },
    },
    onServed: remember,
  })

  test.each(['allow', 'deny'] as const)(
    'does nothing behind the back of a client that was answered (%s)',
    async (word) => {
      waiting = undefined
      const answer = send(server, 'jane', { 'Impersonate-User': 'kim' })
      await expect.poll(() => waiting !== undefined).toBe(true)
      waiting!.response.writeHead(504).end('too late')
      expect((await answer).text).toBe('too late')
      decide({ decision: word, reason: '' })
      // Another request takes the same way, and comes out behind whatever the first would still do.
      await send(server, 'jane', {})
      expect(passed.map(({ user }) => user.name)).toEqual(['jane'])
      expect([waiting!.impersonatedUser, server.reported]).toEqual([undefined, []])
    },
  )
})

test('over HTTP/2 the headers are read and taken away too', async () => {
  const read: unknown[] = []
  const h2 = createHttp2Server((request, response) => {
    const incoming = request as unknown as IncomingMessage
    read.push(
      hasImpersonationHeaders(incoming),
      impersonationRequests(incoming).map(({ kind, name }) => `${kind} ${name}`),
    )
    removeImpersonationHeaders(incoming)
    read.push(
      hasImpersonationHeaders(incoming),
      Object.keys(request.headers).filter((name) => name.startsWith('imp')),
    )
    response.end()
  })
  await new Promise<void>((resolve) => h2.listen(0, '127.0.0.1', resolve))
  const session = http2Connect(`http://127.0.0.1:${(h2.address() as AddressInfo).port}`)
  const stream = session.request({ 'impersonate-user': 'kim', 'impersonate-group': ['a', 'b'] })
  await new Promise<void>((resolve, reject) => stream.once('error', reject).resume().once('end', resolve))
  session.close()
  h2.close()
  expect(read).toEqual([true, ['User kim', 'Group a', 'Group b'], false, []])
})
