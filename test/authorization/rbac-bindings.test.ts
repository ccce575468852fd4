import { describe, expect, test } from 'vitest'
import { type PolicyRule, type RBACObject, rbac } from '../../lib/authorization/index.js'
import { path, resource, user } from './asked.js'
import { binding, clusterBinding, clusterRole, only } from './policies.js'

const jane = user('jane', 'devs')
const pods = { apiGroup: '', resource: 'pods' }

describe('a binding', () => {
  const read: PolicyRule = { verbs: ['get'], apiGroups: [''], resources: ['pods'] }
  const inNamespace = (namespace: string) => ({ ...pods, namespace })

  test('of a cluster role gives its rules in every namespace and beside them, in the words of Kubernetes', () => {
    const authorizer = only(clusterRole('y', read), clusterBinding('x', 'y', { kind: 'Group', name: 'devs' }))
    const expected = {
      decision: 'allow',
      reason: 'RBAC: allowed by ClusterRoleBinding "x" of ClusterRole "y" to Group "devs"',
    }
    for (const namespace of ['', 'default', 'other'])
      expect(authorizer.authorize(resource(jane, 'get', inNamespace(namespace)))).toEqual(expected)
  })

  test('in a namespace gives them there alone', () => {
    const authorizer = only(
      clusterRole('y', read),
      binding('dev', 'x', 'y', 'ClusterRole', { kind: 'User', name: 'jane' }),
    )
    expect(authorizer.authorize(resource(jane, 'get', inNamespace('dev')))).toEqual({
      decision: 'allow',
      reason: 'RBAC: allowed by RoleBinding "x/dev" of ClusterRole "y" to User "jane"',
    })
    expect(authorizer.authorize(resource(jane, 'get', inNamespace('prod'))).decision).toBe('noOpinion')
    expect(authorizer.authorize(resource(jane, 'get', inNamespace(''))).decision).toBe('noOpinion')
  })

  test('in a namespace never gives paths', () => {
    const all = { verbs: ['*'], nonResourceURLs: ['*'] }
    const authorizer = only(
      clusterRole('y', all),
      binding('dev', 'x', 'y', 'ClusterRole', { kind: 'User', name: 'jane' }),
    )
    expect(authorizer.authorize(path(jane, 'get', '/metrics')).decision).toBe('noOpinion')
  })

  test('finds a role in its own namespace, not one of the same name elsewhere', () => {
    const role = (namespace: string, verb: string): RBACObject => ({
      kind: 'Role',
      metadata: { name: 'r', namespace },
      rules: [{ ...read, verbs: [verb] }],
    })
    const authorizer = only(
      role('a', 'get'),
      role('b', 'delete'),
      binding('a', 'x', 'r', 'Role', { kind: 'User', name: 'jane' }),
    )
    expect(authorizer.authorize(resource(jane, 'get', inNamespace('a'))).reason).toBe(
      'RBAC: allowed by RoleBinding "x/a" of Role "r" to User "jane"',
    )
    expect(authorizer.authorize(resource(jane, 'delete', inNamespace('a'))).decision).toBe('noOpinion')
    expect(authorizer.authorize(resource(jane, 'delete', inNamespace('b'))).decision).toBe('noOpinion')
  })

  test('to a service account means the user of its name', () => {
    const sa = { kind: 'ServiceAccount', name: 'bot', namespace: 'ci' } as const
    const authorizer = only(clusterRole('y', read), clusterBinding('x', 'y', sa))
    expect(authorizer.authorize(resource(user('system:serviceaccount:ci:bot'), 'get', pods))).toEqual({
      decision: 'allow',
      reason: 'RBAC: allowed by ClusterRoleBinding "x" of ClusterRole "y" to ServiceAccount "bot/ci"',
    })
    expect(authorizer.authorize(resource(user('system:serviceaccount:other:bot'), 'get', pods)).decision).toBe(
      'noOpinion',
    )
    expect(authorizer.authorize(resource(user('bot'), 'get', pods)).decision).toBe('noOpinion')
  })

  test('to a user says nothing of a group of that name, nor the other way round', () => {
    const authorizer = only(
      clusterRole('y', read),
      clusterBinding('u', 'y', { kind: 'User', name: 'admins' }),
      clusterBinding('g', 'y', { kind: 'Group', name: 'kim' }),
    )
    expect(authorizer.authorize(resource(user('x', 'admins'), 'get', pods)).decision).toBe('noOpinion')
    expect(authorizer.authorize(resource(user('kim'), 'get', pods)).decision).toBe('noOpinion')
  })

  test('names with quotes are quoted as Go quotes them', () => {
    const authorizer = only(clusterRole('y', read), clusterBinding('x', 'y', { kind: 'User', name: 'a"b\n' }))
    expect(authorizer.authorize(resource(user('a"b\n'), 'get', pods)).reason).toContain('to User "a\\"b\\n"')
  })

  test('of a role that is not there is told to whom it is for, when nothing else allows', () => {
    const authorizer = only(
      clusterRole('y', read),
      clusterBinding('b1', 'gone', { kind: 'Group', name: 'devs' }),
      clusterBinding('b2', 'gone', { kind: 'User', name: 'jane' }),
      binding('dev', 'b3', 'lost', 'Role', { kind: 'User', name: 'jane' }),
      clusterBinding('b4', 'y', { kind: 'User', name: 'jane' }),
    )
    expect(authorizer.authorize(resource(jane, 'list', inNamespace('dev')))).toEqual({
      decision: 'noOpinion',
      reason:
        'RBAC: [clusterrole.rbac.authorization.k8s.io "gone" not found, role.rbac.authorization.k8s.io "lost" not found]',
    })
    expect(authorizer.authorize(resource(jane, 'list', pods)).reason).toBe(
      'RBAC: clusterrole.rbac.authorization.k8s.io "gone" not found',
    )
    expect(authorizer.authorize(resource(jane, 'get', pods)).decision).toBe('allow')
    expect(authorizer.authorize(resource(user('kim'), 'list', pods))).toEqual({ decision: 'noOpinion', reason: '' })
  })
})

describe('the rules of a user', () => {
  const read: PolicyRule = { verbs: ['get'], apiGroups: [''], resources: ['pods'] }

  test('are those of all bindings in order, each binding once, of the cluster before the namespace', () => {
    const authorizer = only(
      clusterRole('y', read, { verbs: ['get'], nonResourceURLs: ['/x'] }),
      {
        kind: 'Role',
        metadata: { name: 'r', namespace: 'dev' },
        rules: [{ ...read, verbs: ['delete'], resourceNames: ['a'] }],
      },
      binding('dev', 'first', 'r', 'Role', { kind: 'Group', name: 'devs' }),
      clusterBinding('x', 'y', { kind: 'Group', name: 'devs' }, { kind: 'User', name: 'jane' }),
    )
    expect(authorizer.rulesFor(jane, 'dev')).toEqual({
      resourceRules: [read, { ...read, verbs: ['delete'], resourceNames: ['a'] }],
      nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/x'] }],
      incomplete: false,
    })
    expect(authorizer.rulesFor(jane, 'prod').resourceRules).toEqual([read])
    expect(authorizer.rulesFor(user('kim'), 'dev').resourceRules).toEqual([])
  })

  test('come with what went wrong', () => {
    const authorizer = only(clusterBinding('b', 'gone', { kind: 'User', name: 'jane' }))
    expect(String(authorizer.rulesFor(jane, '').error)).toContain(
      'clusterrole.rbac.authorization.k8s.io "gone" not found',
    )
  })
})

describe('roles and bindings', () => {
  const role = clusterRole('y', { verbs: ['get'], apiGroups: [''], resources: ['pods'] })

  test('can be replaced while they are used', () => {
    const authorizer = only(role, clusterBinding('x', 'y', { kind: 'User', name: 'jane' }))
    expect(authorizer.authorize(resource(jane, 'get', pods)).decision).toBe('allow')
    authorizer.replace({ objects: [role], bootstrapPolicy: false })
    expect(authorizer.authorize(resource(jane, 'get', pods)).decision).toBe('noOpinion')
  })

  test('that cannot be used replace nothing', () => {
    const authorizer = only(role, clusterBinding('x', 'y', { kind: 'User', name: 'jane' }))
    expect(() => authorizer.replace({ objects: [role, role] })).toThrow('ClusterRole "y" is there twice')
    expect(authorizer.authorize(resource(jane, 'get', pods)).decision).toBe('allow')
  })
})

describe('the roles that Kubernetes starts with', () => {
  const authorizer = rbac({})
  const known = user('jane', 'system:authenticated')
  const unknown = user('system:anonymous', 'system:unauthenticated')

  test('let system:masters do everything', () => {
    const master = user('root', 'system:masters')
    expect(authorizer.authorize(resource(master, 'delete', pods)).reason).toBe(
      'RBAC: allowed by ClusterRoleBinding "cluster-admin" of ClusterRole "cluster-admin" to Group "system:masters"',
    )
    expect(authorizer.authorize(path(master, 'get', '/metrics')).decision).toBe('allow')
  })

  test('let everybody who is known discover, and ask about oneself', () => {
    for (const asked of ['/apis', '/apis/x/v1', '/openapi/v3', '/version'])
      expect(authorizer.authorize(path(known, 'get', asked)).decision).toBe('allow')
    const review = { apiGroup: 'authorization.k8s.io', resource: 'selfsubjectaccessreviews' }
    expect(authorizer.authorize(resource(known, 'create', review)).decision).toBe('allow')
    expect(
      authorizer.authorize(resource(known, 'create', { ...review, resource: 'subjectaccessreviews' })).decision,
    ).toBe('noOpinion')
  })

  test('let strangers see health and version, and no more', () => {
    expect(authorizer.authorize(path(unknown, 'get', '/readyz')).decision).toBe('allow')
    expect(authorizer.authorize(path(unknown, 'get', '/apis')).decision).toBe('noOpinion')
    expect(authorizer.authorize(path(unknown, 'get', '/metrics')).decision).toBe('noOpinion')
  })

  test('give way to objects of the same kind and name', () => {
    const mine = rbac({ objects: [clusterRole('system:discovery', { verbs: ['get'], nonResourceURLs: ['/apis'] })] })
    expect(mine.authorize(path(known, 'get', '/apis')).decision).toBe('allow')
    expect(mine.authorize(path(known, 'get', '/openapi/v3')).decision).toBe('noOpinion')
  })
})
