import { describe, expect, test } from 'vitest'
import { attributesOfSpec, userOfSpec } from '../../lib/apis/authorization/review-spec.js'
import { AUTHORIZATION, asMaster, flunders, reviewServer } from './review-server.js'

const server = reviewServer()
const { post, status } = server

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
