import { describe, expect, test } from 'vitest'
import { attributesOfSpec, userOfSpec } from '../../lib/apis/authorization/review-spec.js'
import type { TokenAuthenticator } from '../../lib/authentication/index.js'
import { type Authorizer, authorizerOf, rbac } from '../../lib/authorization/index.js'
import { guarded } from './harness.js'

const AUTHORIZATION = '/apis/authorization.k8s.io/v1'
const AUTHENTICATION = '/apis/authentication.k8s.io/v1'

const policy = rbac({
  objects: [
    {
      kind: 'ClusterRole',
      metadata: { name: 'reader' },
      rules: [{ verbs: ['get', 'list'], apiGroups: ['wardle.example.com'], resources: ['flunders'] }],
    },
    {
      kind: 'RoleBinding',
      metadata: { name: 'readers', namespace: 'default' },
      subjects: [
        { kind: 'User', name: 'jane' },
        { kind: 'Group', name: 'devs' },
      ],
      roleRef: { kind: 'ClusterRole', name: 'reader' },
    },
  ],
})

const denying: Authorizer = {
  authorize({ verb }) {
    if (verb === 'explode') throw new Error('out of order')
    return verb === 'delete'
      ? { decision: 'deny', reason: 'nothing is deleted' }
      : { decision: 'noOpinion', reason: '' }
  },
}
const tokens: TokenAuthenticator = {
  authenticateToken: async (token, audiences) => {
    if (token === 'bad') throw new Error('expired')
    if (token !== 'good' && token !== 'plain') return undefined
    const user = { name: 'jane', uid: 'u1', groups: ['devs'], extra: { scopes: ['a'] } }
    return {
      user,
      ...(token === 'good'
        ? { audiences: ['api', 'other'].filter((one) => audiences?.includes(one) ?? one === 'api') }
        : {}),
    }
  },
}

const server = guarded({
  authorizer: authorizerOf({ rbac: policy, authorizers: [denying] }),
  tokenAuthenticator: tokens,
})
const asMaster = { as: 'root', groups: ['system:masters'] }

interface Review {
  readonly metadata: Record<string, unknown>
  readonly spec: unknown
  readonly status: Record<string, unknown>
}

const post = (path: string, body: unknown, who: { as: string; groups?: string[] } = asMaster) =>
  server.send(path, { ...who, body, headers: { 'user-agent': 'tester/1' } })

async function status(path: string, body: unknown, who?: { as: string; groups?: string[] }) {
  const answer = await post(path, body, who)
  expect(answer.status, answer.text).toBe(201)
  return answer.json<Review>().status
}

const flunders = (verb: string, namespace = 'default') => ({
  verb,
  namespace,
  group: 'wardle.example.com',
  resource: 'flunders',
})

describe('a SubjectAccessReview', () => {
  const path = `${AUTHORIZATION}/subjectaccessreviews`

  test('is answered with itself and what was decided, as Kubernetes shows it', async () => {
    const spec = { resourceAttributes: flunders('list'), user: 'jane' }
    const answer = await post(path, { kind: 'SubjectAccessReview', apiVersion: 'authorization.k8s.io/v1', spec })
    expect(answer.status).toBe(201)
    expect(answer.json()).toEqual({
      kind: 'SubjectAccessReview',
      apiVersion: 'authorization.k8s.io/v1',
      metadata: {
        creationTimestamp: null,
        managedFields: [
          {
            manager: 'tester',
            operation: 'Update',
            apiVersion: 'authorization.k8s.io/v1',
            time: expect.any(String),
            fieldsType: 'FieldsV1',
            fieldsV1: {
              'f:spec': {
                'f:resourceAttributes': {
                  '.': {},
                  'f:group': {},
                  'f:namespace': {},
                  'f:resource': {},
                  'f:verb': {},
                },
                'f:user': {},
              },
            },
          },
        ],
      },
      spec,
      status: {
        allowed: true,
        reason: 'RBAC: allowed by RoleBinding "readers/default" of ClusterRole "reader" to User "jane"',
      },
    })
  })

  test.each([
    ['by the user', { user: 'jane', resourceAttributes: flunders('get') }, true],
    ['by a group alone', { groups: ['devs'], resourceAttributes: flunders('get') }, true],
    ['elsewhere', { user: 'jane', resourceAttributes: flunders('get', 'other') }, false],
    ['of another verb', { user: 'jane', resourceAttributes: flunders('create') }, false],
    ['of a subresource', { user: 'jane', resourceAttributes: { ...flunders('get'), subresource: 'status' } }, false],
    ['of a path', { user: 'jane', nonResourceAttributes: { verb: 'get', path: '/healthz' } }, true],
    [
      'of a path that is not for everybody',
      { user: 'jane', nonResourceAttributes: { verb: 'get', path: '/metrics' } },
      false,
    ],
    [
      'by a master of everything',
      { user: 'x', groups: ['system:masters'], resourceAttributes: { verb: '*', group: '*', resource: '*' } },
      true,
    ],
    [
      'with restrictions by fields, which authorizers may ignore',
      { user: 'jane', resourceAttributes: { ...flunders('list'), fieldSelector: { rawSelector: 'spec.x=1' } } },
      true,
    ],
  ])('tells whether something is allowed %s', async (_, spec, allowed) => {
    expect((await status(path, { spec })).allowed).toBe(allowed)
  })

  test('tells a denial from the lack of an opinion, and what went wrong', async () => {
    const by = (verb: string) => status(path, { spec: { user: 'kim', resourceAttributes: flunders(verb) } })
    expect(await by('get')).toEqual({ allowed: false })
    expect(await by('delete')).toEqual({ allowed: false, denied: true, reason: 'nothing is deleted' })
    expect(await by('explode')).toEqual({ allowed: false, evaluationError: 'out of order' })
  })

  test('does not believe a status that came along', async () => {
    const spec = { user: 'kim', resourceAttributes: flunders('get') }
    expect(await status(path, { spec, status: { allowed: true } })).toEqual({ allowed: false })
  })

  test('shows an authorizer the whole user and an empty version as all versions', () => {
    const spec = { user: 'jane', uid: 'u', groups: ['devs'], extra: { s: ['1'] }, resourceAttributes: flunders('get') }
    expect(attributesOfSpec(userOfSpec(spec), spec)).toEqual({
      user: { name: 'jane', uid: 'u', groups: ['devs'], extra: { s: ['1'] } },
      verb: 'get',
      namespace: 'default',
      apiGroup: 'wardle.example.com',
      apiVersion: '*',
      resource: 'flunders',
      subresource: '',
      name: '',
      fieldSelector: '',
      labelSelector: '',
      isResourceRequest: true,
      path: '',
    })
  })

  const term = (key: string, operator: string, ...values: string[]) => ({
    key,
    operator,
    ...(values.length > 0 ? { values } : {}),
  })

  test.each<[string, object, [fields: string, labels: string]]>([
    [
      'as it is',
      { fieldSelector: { rawSelector: 'a=b' }, labelSelector: { rawSelector: 'x in (y)' } },
      ['a=b', 'x in (y)'],
    ],
    [
      'made of its terms',
      {
        fieldSelector: { requirements: [term('a', 'In', 'b,c'), term('d', 'NotIn', 'e')] },
        labelSelector: {
          requirements: [
            term('x', 'In', 'z', 'y'),
            term('v', 'NotIn', 'w'),
            term('u', 'Exists'),
            term('t', 'DoesNotExist'),
          ],
        },
      },
      ['a=b\\,c,d!=e', 'x in (y,z),v notin (w),u,!t'],
    ],
    [
      'without terms that no selector has',
      {
        fieldSelector: { requirements: [term('a', 'In', 'b', 'c'), term('d', 'Exists'), term('e', 'Near', 'f')] },
        labelSelector: { requirements: [term('no label', 'Exists'), term('x', 'Near', 'y')] },
      },
      ['', ''],
    ],
  ])('shows an authorizer a selector %s', (_, selectors, expected) => {
    const spec = { user: 'jane', resourceAttributes: { ...flunders('list'), ...selectors } }
    const { fieldSelector, labelSelector } = attributesOfSpec(userOfSpec(spec), spec)
    expect([fieldSelector, labelSelector]).toEqual(expected)
  })

  test.each<[string, object, string]>([
    [
      'neither form',
      {},
      'requirements: Required value: when spec.resourceAttributes.fieldSelector is specified, requirements or rawSelector is required',
    ],
    [
      'both forms',
      { rawSelector: 'foo', requirements: [{}] },
      'rawSelector: Invalid value: "foo": may not specified at the same time as requirements',
    ],
    [
      'a term without a key',
      { requirements: [term('', 'Exists')] },
      'requirements[0].key: Required value: must be specified',
    ],
    [
      'a term without values',
      { requirements: [term('a', 'In')] },
      "requirements[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
    ],
    [
      'a term with values',
      { requirements: [term('a', 'Exists', 'b')] },
      "requirements[0].values: Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
    ],
  ])('with a selector of %s is refused', async (_, fieldSelector, detail) => {
    const answer = await post(path, {
      spec: { user: 'jane', resourceAttributes: { ...flunders('list'), fieldSelector } },
    })
    expect([answer.status, answer.json().message]).toEqual([
      422,
      `.authorization.k8s.io "" is invalid: spec.resourceAttributes.fieldSelector.${detail}`,
    ])
  })

  test.each<[string, unknown, string]>([
    [
      'about nothing',
      { spec: { user: 'jane' } },
      'spec.resourceAttributes: Invalid value: "null": exactly one of nonResourceAttributes or resourceAttributes must be specified',
    ],
    [
      'about two things',
      { spec: { user: 'jane', resourceAttributes: flunders('get'), nonResourceAttributes: { path: '/x' } } },
      'cannot be specified in combination with resourceAttributes',
    ],
    [
      'about nobody',
      { spec: { resourceAttributes: flunders('get') } },
      'spec.user: Invalid value: "": at least one of user or group must be specified',
    ],
    [
      'with a name',
      { metadata: { name: 'x' }, spec: { user: 'jane', resourceAttributes: flunders('get') } },
      'metadata: Invalid value: map[string]interface {}{"name":"x"}: must be empty',
    ],
  ])('%s is refused', async (_, body, detail) => {
    const answer = await post(path, body)
    expect(answer.status).toBe(422)
    expect(answer.json().message).toContain('.authorization.k8s.io "" is invalid: ')
    expect(answer.json().message).toContain(detail)
  })

  test('with wrong types is refused as a Kubernetes type is', async () => {
    const answer = await post(path, { spec: { user: 1 } })
    expect([answer.status, answer.json().message]).toEqual([
      400,
      'SubjectAccessReview in version "v1" cannot be handled as a SubjectAccessReview: json: cannot unmarshal number into Go struct field SubjectAccessReview.spec.user of type string',
    ])
  })

  test('can be asked by those alone who may', async () => {
    const answer = await post(path, { spec: { user: 'jane', resourceAttributes: flunders('get') } }, { as: 'jane' })
    expect([answer.status, answer.json().message]).toEqual([
      403,
      'subjectaccessreviews.authorization.k8s.io is forbidden: User "jane" cannot create resource "subjectaccessreviews" in API group "authorization.k8s.io" at the cluster scope',
    ])
  })

  test.each(['GET', 'DELETE'])('cannot be read or taken away (%s): nothing is kept', async (method) => {
    expect((await server.send(path, { ...asMaster, method })).status).toBe(405)
    expect((await server.send(`${path}/x`, { ...asMaster, method })).status).toBe(404)
  })
})

describe('a LocalSubjectAccessReview', () => {
  const path = `${AUTHORIZATION}/namespaces/default/localsubjectaccessreviews`

  test('tells whether something is allowed in its namespace', async () => {
    expect((await status(path, { spec: { user: 'jane', resourceAttributes: flunders('list') } })).allowed).toBe(true)
    const answer = await post(path, {
      metadata: { namespace: 'default' },
      spec: { user: 'kim', resourceAttributes: flunders('list') },
    })
    expect(answer.json<Review>()).toMatchObject({ metadata: { namespace: 'default' }, status: { allowed: false } })
  })

  test.each<[string, unknown, number, string]>([
    [
      'about another namespace',
      { spec: { user: 'jane', resourceAttributes: flunders('get', 'other') } },
      422,
      'spec.resourceAttributes.namespace: Invalid value: "other": must match metadata.namespace',
    ],
    [
      'about all namespaces',
      { spec: { user: 'jane', resourceAttributes: flunders('get', '') } },
      422,
      'spec.resourceAttributes.namespace: Invalid value: "": must match metadata.namespace',
    ],
    [
      'about a path',
      { spec: { user: 'jane', nonResourceAttributes: { path: '/x', verb: 'get' } } },
      422,
      'disallowed on this kind of request',
    ],
    [
      'that says another namespace than its path',
      { metadata: { namespace: 'other' }, spec: { user: 'jane', resourceAttributes: flunders('get', 'other') } },
      400,
      'the namespace of the provided object does not match the namespace sent on the request',
    ],
    [
      'with a name',
      { metadata: { name: 'x' }, spec: { user: 'jane', resourceAttributes: flunders('get') } },
      422,
      'must be empty except for namespace',
    ],
  ])('%s is refused', async (_, body, code, detail) => {
    const answer = await post(path, body)
    expect([answer.status, answer.json().message]).toEqual([code, expect.stringContaining(detail)])
  })

  test('needs a namespace in its path', async () => {
    const answer = await post(`${AUTHORIZATION}/localsubjectaccessreviews`, {})
    expect(answer.status).toBe(404)
  })
})

describe('a SelfSubjectAccessReview', () => {
  const path = `${AUTHORIZATION}/selfsubjectaccessreviews`
  const jane = { as: 'jane' }

  test('is about whoever asks', async () => {
    expect((await status(path, { spec: { resourceAttributes: flunders('list') } }, jane)).allowed).toBe(true)
    expect((await status(path, { spec: { resourceAttributes: flunders('list') } }, { as: 'kim' })).allowed).toBe(false)
    expect(
      (await status(path, { spec: { nonResourceAttributes: { verb: 'get', path: '/apis' } } }, jane)).allowed,
    ).toBe(true)
  })

  test('is about the other when one acts as somebody else', async () => {
    const answer = await server.send(path, {
      ...asMaster,
      headers: { 'impersonate-user': 'kim' },
      body: { spec: { resourceAttributes: flunders('list') } },
    })
    expect(answer.json<Review>().status).toEqual({ allowed: false })
  })

  test('knows no user of its own, and says so when one is given', async () => {
    const answer = await post(path, { spec: { user: 'root', resourceAttributes: flunders('list') } }, jane)
    expect(answer.headers.warning).toContain('unknown field \\"spec.user\\"')
    expect(answer.json<Review>().spec).toEqual({ resourceAttributes: flunders('list') })
  })

  test('about nothing is refused', async () => {
    expect((await post(path, { spec: {} }, jane)).json().message).toBe(
      '.authorization.k8s.io "" is invalid: spec.resourceAttributes: Invalid value: "null": exactly one of nonResourceAttributes or resourceAttributes must be specified',
    )
  })
})

describe('a SelfSubjectRulesReview', () => {
  const path = `${AUTHORIZATION}/selfsubjectrulesreviews`

  test('lists what whoever asks may do in a namespace', async () => {
    const answer = await post(path, { spec: { namespace: 'default' } }, { as: 'jane' })
    const review = answer.json<Review>()
    expect(review).toMatchObject({ metadata: { creationTimestamp: null }, spec: {} })
    expect(review.status.resourceRules).toContainEqual({
      verbs: ['get', 'list'],
      apiGroups: ['wardle.example.com'],
      resources: ['flunders'],
    })
    expect(review.status.nonResourceRules).toContainEqual({
      verbs: ['*'],
      nonResourceURLs: ['/healthz', '/livez', '/readyz'],
    })
  })

  test('says that there may be more where an authorizer cannot list', async () => {
    expect(await status(path, { spec: { namespace: 'default' } }, { as: 'jane' })).toMatchObject({
      incomplete: true,
      evaluationError: 'an authorizer does not support user rule resolution',
    })
  })

  test('without a namespace is refused', async () => {
    const answer = await post(path, { spec: {} }, { as: 'jane' })
    expect([answer.status, answer.json().message]).toEqual([400, 'no namespace on request'])
  })
})

describe('a SelfSubjectReview', () => {
  test('tells who asks', async () => {
    const answer = await post(`${AUTHENTICATION}/selfsubjectreviews`, {}, { as: 'jane', groups: ['devs'] })
    expect(answer.status).toBe(201)
    expect(answer.json()).toEqual({
      kind: 'SelfSubjectReview',
      apiVersion: 'authentication.k8s.io/v1',
      metadata: { creationTimestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) },
      status: { userInfo: { username: 'jane', groups: ['devs', 'system:authenticated'] } },
    })
  })

  test('tells as whom one acts, with uid and extras', async () => {
    const answer = await server.send(`${AUTHENTICATION}/selfsubjectreviews`, {
      ...asMaster,
      headers: {
        'impersonate-user': 'kim',
        'impersonate-group': 'devs',
        'impersonate-uid': 'u',
        'impersonate-extra-scopes': 'a',
      },
      body: {},
    })
    expect(answer.json<Review>().status).toEqual({
      userInfo: {
        username: 'kim',
        uid: 'u',
        groups: ['devs', 'system:authenticated'],
        extra: { scopes: ['a'] },
      },
    })
  })
})

describe('a TokenReview', () => {
  const path = `${AUTHENTICATION}/tokenreviews`
  const user = { username: 'jane', uid: 'u1', groups: ['devs'], extra: { scopes: ['a'] } }

  test.each<[string, object, Record<string, unknown>]>([
    [
      'whose token it is, and for whom it is good',
      { token: 'good' },
      { authenticated: true, user, audiences: ['api'] },
    ],
    [
      'for whom of those asked for it is good',
      { token: 'good', audiences: ['other', 'x'] },
      { authenticated: true, user, audiences: ['other'] },
    ],
    [
      'that it is good for none of those asked for',
      { token: 'good', audiences: ['x'] },
      { user: {}, error: 'the token is good for none of the audiences asked for' },
    ],
    [
      'whose token it is when it says no audience and none is asked for',
      { token: 'plain' },
      { authenticated: true, user },
    ],
    [
      'nothing when an audience is asked for and the token says none',
      { token: 'plain', audiences: ['api'] },
      { user: {}, error: 'the token is good for none of the audiences asked for' },
    ],
    ['that nobody knows it', { token: 'else' }, { user: {} }],
    ['why it is bad', { token: 'bad' }, { user: {}, error: 'expired' }],
  ])('tells %s', async (_, spec, expected) => {
    expect(await status(path, { spec })).toEqual(expected)
  })

  test('without a token is refused', async () => {
    const answer = await post(path, { spec: {} })
    expect([answer.status, answer.json().message]).toEqual([400, 'token is required for TokenReview in authentication'])
  })

  test('can be asked by those alone who may', async () => {
    expect((await post(path, { spec: { token: 'good' } }, { as: 'jane' })).status).toBe(403)
  })
})

describe('the reviews', () => {
  test('are discovered as resources that can be created alone', async () => {
    const discovered = async (path: string) => {
      const { resources } = (await server.send(path, { as: 'jane' })).json<{
        resources: { name: string; namespaced: boolean; verbs: string[] }[]
      }>()
      return resources.map(({ name, namespaced, verbs }) => `${name} ${namespaced} ${verbs}`)
    }
    expect(await discovered(AUTHORIZATION)).toEqual([
      'localsubjectaccessreviews true create',
      'selfsubjectaccessreviews false create',
      'selfsubjectrulesreviews false create',
      'subjectaccessreviews false create',
    ])
    expect(await discovered(AUTHENTICATION)).toEqual(['selfsubjectreviews false create', 'tokenreviews false create'])
  })

  test('are answered in YAML too, and to a dry run', async () => {
    const answer = await server.send(`${AUTHORIZATION}/selfsubjectaccessreviews?dryRun=All`, {
      as: 'jane',
      headers: { accept: 'application/yaml', 'content-type': 'application/yaml' },
      body: 'spec:\n  resourceAttributes: {verb: list, resource: flunders, group: wardle.example.com, namespace: default}\n',
    })
    expect(answer.status).toBe(201)
    expect(answer.text).toContain('status:\n  allowed: true\n')
  })

  test('can be asked in protobuf, as the clients do that have the kinds compiled in', async () => {
    const field = (number: number, content: string | Buffer): Buffer => {
      const bytes = Buffer.from(content)
      return Buffer.concat([Buffer.from([number * 8 + 2, bytes.length]), bytes])
    }
    const attributes = [field(1, 'default'), field(2, 'list'), field(3, 'wardle.example.com'), field(5, 'flunders')]
    const scopes = Buffer.concat([field(1, 'scopes'), field(2, Buffer.concat([field(1, 'a'), field(1, 'b')]))])
    const spec = [
      field(1, Buffer.concat(attributes)),
      field(3, 'kim'),
      field(4, 'devs'),
      field(5, scopes),
      field(6, 'u1'),
    ]
    const type = Buffer.concat([field(1, 'authorization.k8s.io/v1'), field(2, 'SubjectAccessReview')])
    const body = Buffer.concat([Buffer.from('k8s\0'), field(1, type), field(2, field(2, Buffer.concat(spec)))])
    const headers = {
      'content-type': 'application/vnd.kubernetes.protobuf',
      accept: 'application/vnd.kubernetes.protobuf,application/json',
    }
    const path = `${AUTHORIZATION}/subjectaccessreviews`
    const answer = await server.send(path, { ...asMaster, headers, body })
    expect(answer.headers['content-type']).toBe('application/json')
    expect(answer.json<Review>()).toMatchObject({
      spec: {
        resourceAttributes: flunders('list'),
        user: 'kim',
        groups: ['devs'],
        extra: { scopes: ['a', 'b'] },
        uid: 'u1',
      },
      status: { allowed: true, reason: expect.stringContaining('to Group "devs"') },
    })
    const other = await server.send(`${AUTHORIZATION}/selfsubjectaccessreviews`, { ...asMaster, headers, body })
    expect([other.status, other.json().message]).toEqual([
      400,
      expect.stringContaining('SubjectAccessReview in version "v1" cannot be handled as a SelfSubjectAccessReview'),
    ])
    const broken = await server.send(path, { ...asMaster, headers, body: body.subarray(0, -3) })
    expect([broken.status, broken.json().message]).toEqual([400, expect.stringContaining('unexpected EOF')])
    const insisting = { ...headers, accept: 'application/vnd.kubernetes.protobuf' }
    expect((await server.send(path, { ...asMaster, headers: insisting, body })).status).toBe(406)
    const flunder = { ...asMaster, headers, body, method: 'POST' }
    expect((await server.send('/apis/wardle.example.com/v1/namespaces/default/flunders', flunder)).status).toBe(415)
  })
})
