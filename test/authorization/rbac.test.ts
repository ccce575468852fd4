import { describe, expect, test } from 'vitest'
import { type PolicyRule, type RBACObject, rbac, type Subject } from '../../lib/authorization/index.js'
import { path, resource, user } from './asked.js'

const only = (...objects: RBACObject[]) => rbac({ objects, bootstrapPolicy: false })

const clusterRole = (name: string, ...rules: PolicyRule[]): RBACObject => ({
  kind: 'ClusterRole',
  metadata: { name },
  rules,
})
const clusterBinding = (name: string, role: string, ...subjects: Subject[]): RBACObject => ({
  kind: 'ClusterRoleBinding',
  metadata: { name },
  subjects,
  roleRef: { kind: 'ClusterRole', name: role },
})
const binding = (namespace: string, name: string, role: string, kind: 'Role' | 'ClusterRole', ...subjects: Subject[]) =>
  ({ kind: 'RoleBinding', metadata: { name, namespace }, subjects, roleRef: { kind, name: role } }) as const

const jane = user('jane', 'devs')

/** Whether one rule, given to jane everywhere, allows what is asked. */
const allows = (rule: PolicyRule, asked: Parameters<typeof resource>[2] & { verb?: string }) =>
  only(clusterRole('r', rule), clusterBinding('b', 'r', { kind: 'User', name: 'jane' })).authorize(
    resource(jane, asked.verb ?? 'get', asked),
  ).decision === 'allow'

const pods = { apiGroup: '', resource: 'pods' }

describe('a rule for resources', () => {
  test.each<[string, PolicyRule, Parameters<typeof allows>[1], boolean]>([
    ['allows its verb', { verbs: ['get'], apiGroups: [''], resources: ['pods'] }, pods, true],
    ['allows no other verb', { verbs: ['list'], apiGroups: [''], resources: ['pods'] }, pods, false],
    ['with the verb * allows every verb', { verbs: ['*'], apiGroups: [''], resources: ['pods'] }, pods, true],
    [
      'with the verb * allows made-up verbs',
      { verbs: ['*'], apiGroups: [''], resources: ['pods'] },
      { ...pods, verb: 'impersonate' },
      true,
    ],
    ['allows no other group', { verbs: ['get'], apiGroups: ['apps'], resources: ['pods'] }, pods, false],
    ['with the group * allows every group', { verbs: ['get'], apiGroups: ['*'], resources: ['pods'] }, pods, true],
    [
      'of the core group says nothing of others',
      { verbs: ['get'], apiGroups: [''], resources: ['*'] },
      { apiGroup: 'apps', resource: 'pods' },
      false,
    ],
    ['allows no other resource', { verbs: ['get'], apiGroups: [''], resources: ['nodes'] }, pods, false],
    ['takes no prefix for a resource', { verbs: ['get'], apiGroups: [''], resources: ['pod*'] }, pods, false],
    ['with the resource * allows every resource', { verbs: ['get'], apiGroups: [''], resources: ['*'] }, pods, true],
    [
      'with the resource * allows every subresource',
      { verbs: ['get'], apiGroups: [''], resources: ['*'] },
      { ...pods, subresource: 'status' },
      true,
    ],
    [
      'of a resource does not allow its subresources',
      { verbs: ['get'], apiGroups: [''], resources: ['pods'] },
      { ...pods, subresource: 'status' },
      false,
    ],
    [
      'of a subresource does not allow the resource',
      { verbs: ['get'], apiGroups: [''], resources: ['pods/status'] },
      pods,
      false,
    ],
    [
      'of a subresource allows it',
      { verbs: ['get'], apiGroups: [''], resources: ['pods/status'] },
      { ...pods, subresource: 'status' },
      true,
    ],
    [
      'with */scale allows the scale of every resource',
      { verbs: ['get'], apiGroups: [''], resources: ['*/scale'] },
      { ...pods, subresource: 'scale' },
      true,
    ],
    [
      'with */scale allows no other subresource',
      { verbs: ['get'], apiGroups: [''], resources: ['*/scale'] },
      { ...pods, subresource: 'status' },
      false,
    ],
    [
      'with */scale does not allow the resource',
      { verbs: ['get'], apiGroups: [''], resources: ['*/scale'] },
      pods,
      false,
    ],
    [
      'with pods/* allows nothing, for only a whole * is one',
      { verbs: ['get'], apiGroups: [''], resources: ['pods/*'] },
      { ...pods, subresource: 'status' },
      false,
    ],
    [
      'with names allows those',
      { verbs: ['get'], apiGroups: [''], resources: ['pods'], resourceNames: ['a', 'b'] },
      { ...pods, name: 'b' },
      true,
    ],
    [
      'with names allows no others',
      { verbs: ['get'], apiGroups: [''], resources: ['pods'], resourceNames: ['a'] },
      { ...pods, name: 'c' },
      false,
    ],
    [
      'with names does not allow what has none, a list or a create',
      { verbs: ['list'], apiGroups: [''], resources: ['pods'], resourceNames: ['a'] },
      { ...pods, verb: 'list' },
      false,
    ],
    [
      'takes no * for a name',
      { verbs: ['get'], apiGroups: [''], resources: ['pods'], resourceNames: ['*'] },
      { ...pods, name: 'a' },
      false,
    ],
    [
      'says nothing of *, which only * allows',
      { verbs: ['get'], apiGroups: [''], resources: ['pods'] },
      { apiGroup: '', resource: '*' },
      false,
    ],
    ['tells letters apart', { verbs: ['GET'], apiGroups: [''], resources: ['pods'] }, pods, false],
    [
      'takes __proto__ for a name like any other',
      { verbs: ['get'], apiGroups: [''], resources: ['pods'], resourceNames: ['__proto__'] },
      { ...pods, name: '__proto__' },
      true,
    ],
    [
      'of pods does not allow __proto__',
      { verbs: ['get'], apiGroups: [''], resources: ['pods'] },
      { apiGroup: '', resource: '__proto__' },
      false,
    ],
  ])('%s', (_, rule, asked, expected) => {
    expect(allows(rule, asked)).toBe(expected)
  })
})

describe('a rule for paths', () => {
  const allowsPath = (nonResourceURLs: string[], asked: string, verb = 'get') =>
    only(
      clusterRole('r', { verbs: ['get'], nonResourceURLs }),
      clusterBinding('b', 'r', { kind: 'Group', name: 'devs' }),
    ).authorize(path(jane, verb, asked)).decision

  test.each([
    ['means itself', ['/healthz'], '/healthz', 'allow'],
    ['means nothing below', ['/healthz'], '/healthz/etcd', 'noOpinion'],
    ['with a trailing * means all that begin so', ['/apis/*'], '/apis/apps/v1', 'allow'],
    ['with /* does not mean the path without it', ['/apis/*'], '/apis', 'noOpinion'],
    ['with a * behind letters means them as a prefix', ['/api*'], '/apis', 'allow'],
    ['with a * inside is a path with a star', ['/a*b'], '/axb', 'noOpinion'],
    ['of * alone means every path', ['*'], '/anything', 'allow'],
    ['with several stars loses them all', ['/logs/**'], '/logs/x', 'allow'],
    ['is compared as it is: a double slash is another path', ['/healthz'], '//healthz', 'noOpinion'],
    ['is compared as it is: dots lead nowhere', ['/healthz'], '/healthz/../healthz', 'noOpinion'],
    ['is compared as it is: a trailing slash is another path', ['/version'], '/version/', 'noOpinion'],
  ])('%s', (_, urls, asked, expected) => {
    expect(allowsPath(urls, asked)).toBe(expected)
  })

  test('is about its verbs alone', () => {
    expect(allowsPath(['/healthz'], '/healthz', 'post')).toBe('noOpinion')
  })

  test('says nothing of resources, and rules for resources nothing of paths', () => {
    const everything = only(
      clusterRole('urls', { verbs: ['*'], nonResourceURLs: ['*'] }),
      clusterRole('all', { verbs: ['*'], apiGroups: ['*'], resources: ['*'] }),
      clusterBinding('urls', 'urls', { kind: 'User', name: 'walker' }),
      clusterBinding('all', 'all', { kind: 'User', name: 'worker' }),
    )
    expect(everything.authorize(resource(user('walker'), 'get', pods)).decision).toBe('noOpinion')
    expect(everything.authorize(path(user('worker'), 'get', '/x')).decision).toBe('noOpinion')
  })
})

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
