import { describe, expect, test } from 'vitest'
import { authorizerOf, rbac } from '../../lib/authorization/index.js'
import { atOnce, path, resource, user } from './asked.js'

const pods = { resource: 'pods' }
const jane = user('jane', 'system:authenticated')

describe('options make one authorizer', () => {
  test('that allows nothing but health and system:masters when nothing is given', () => {
    const authorizer = authorizerOf({})
    expect(atOnce(authorizer.authorize(path(jane, 'get', '/readyz'))).decision).toBe('allow')
    expect(atOnce(authorizer.authorize(resource(user('x', 'system:masters'), 'get', pods))).decision).toBe('allow')
    expect(atOnce(authorizer.authorize(resource(jane, 'get', pods)))).toEqual({ decision: 'noOpinion', reason: '' })
    expect(atOnce(authorizer.authorize(path(jane, 'get', '/apis'))).decision).toBe('noOpinion')
  })

  test.each<[rbac: unknown, message: string]>([
    ['./rbac.yaml', 'authorization.rbac is "./rbac.yaml"; expected is true, { file: '],
    [7, 'authorization.rbac is 7; expected'],
    [{ path: './rbac.yaml' }, 'authorization.rbac has no option path; there are objects, file, '],
  ])('but not of %j for roles', (given, message) => {
    expect(() => authorizerOf({ rbac: given as never })).toThrow(message)
  })

  test('by whose roles a group of monitors reads metrics and single checks, and nobody else does', () => {
    const authorizer = authorizerOf({ rbac: true })
    const may = (group: string, asked: string) =>
      atOnce(authorizer.authorize(path(user('x', group), 'get', asked))).decision
    for (const asked of ['/metrics', '/readyz/storage', '/livez/ping', '/healthz/ping']) {
      expect(may('system:monitoring', asked), asked).toBe('allow')
      expect(may('system:authenticated', asked), asked).toBe('noOpinion')
    }
    expect(may('system:monitoring', '/apis')).toBe('noOpinion')
  })

  test('whose privileged groups and paths can be taken away', () => {
    const authorizer = authorizerOf({ privilegedGroups: [], alwaysAllowPaths: [] })
    expect(atOnce(authorizer.authorize(path(jane, 'get', '/readyz'))).decision).toBe('noOpinion')
    expect(atOnce(authorizer.authorize(resource(user('x', 'system:masters'), 'get', pods))).decision).toBe('noOpinion')
  })

  test('that asks the host application before RBAC, so that it can deny', () => {
    const authorizer = authorizerOf({
      authorize: ({ verb }) => (verb === 'delete' ? 'deny' : 'noOpinion'),
      rbac: {
        objects: [
          {
            kind: 'ClusterRole',
            metadata: { name: 'r' },
            rules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
          },
          {
            kind: 'ClusterRoleBinding',
            metadata: { name: 'b' },
            subjects: [{ kind: 'User', name: 'jane' }],
            roleRef: { kind: 'ClusterRole', name: 'r' },
          },
        ],
      },
    })
    expect(atOnce(authorizer.authorize(resource(jane, 'get', pods))).decision).toBe('allow')
    expect(atOnce(authorizer.authorize(resource(jane, 'delete', pods))).decision).toBe('deny')
  })

  test('with the roles that Kubernetes starts with, or with an authorizer that the host replaces the roles of', () => {
    expect(atOnce(authorizerOf({ rbac: true }).authorize(path(jane, 'get', '/apis'))).decision).toBe('allow')
    const mine = rbac({ bootstrapPolicy: false })
    const authorizer = authorizerOf({ rbac: mine })
    expect(atOnce(authorizer.authorize(path(jane, 'get', '/apis'))).decision).toBe('noOpinion')
    mine.replace({})
    expect(atOnce(authorizer.authorize(path(jane, 'get', '/apis'))).decision).toBe('allow')
  })

  test('whose mode holds when nobody has decided', () => {
    const denies = { authorize: () => 'deny' as const }
    expect(atOnce(authorizerOf({ mode: 'AlwaysAllow' }).authorize(resource(jane, 'get', pods))).decision).toBe('allow')
    expect(
      atOnce(authorizerOf({ mode: 'AlwaysAllow', ...denies }).authorize(resource(jane, 'get', pods))).decision,
    ).toBe('deny')
    expect(atOnce(authorizerOf({ mode: 'AlwaysDeny' }).authorize(resource(jane, 'get', pods))).reason).toBe(
      'Everything is forbidden.',
    )
  })

  test('that asks further authorizers', () => {
    const further = { authorize: () => ({ decision: 'allow', reason: 'because' }) as const }
    expect(atOnce(authorizerOf({ authorizers: [further] }).authorize(resource(jane, 'get', pods))).reason).toBe(
      'because',
    )
  })

  test('or are refused', () => {
    expect(() => authorizerOf({ webhook: { url: 'ftp://x' } })).toThrow(
      'a webhook is reached by https or http, not by ftp:',
    )
    expect(() => authorizerOf({ rbac: { objects: [{ kind: 'Role' } as never] } })).toThrow(
      'Role "undefined" is invalid',
    )
  })
})
