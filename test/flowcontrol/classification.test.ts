import { describe, expect, test } from 'vitest'
import { FlowController, type FlowSchema, type FlowSchemaSpec } from '../../lib/flowcontrol/index.js'
import { flowSchemaMatcher } from '../../lib/flowcontrol/rules.js'
import type { RequestInfo, UserInfo } from '../../lib/meta/context.js'
import { digestOf, infoOf, userNamed, VirtualClock } from './harness.js'

const AUTHENTICATED = 'system:authenticated'
const account = (namespace: string, name: string): UserInfo =>
  userNamed(
    `system:serviceaccount:${namespace}:${name}`,
    'system:serviceaccounts',
    `system:serviceaccounts:${namespace}`,
    AUTHENTICATED,
  )
const alice = userNamed('alice', AUTHENTICATED)
const node = userNamed('system:node:n1', 'system:nodes', AUTHENTICATED)
const admin = userNamed('admin', 'system:masters', AUTHENTICATED)
const controllerManager = userNamed('system:kube-controller-manager', AUTHENTICATED)
const scheduler = userNamed('system:kube-scheduler', AUTHENTICATED)
const anonymous = userNamed('system:anonymous', 'system:unauthenticated')

const pods = { apiVersion: 'v1', resource: 'pods', namespace: 'a' }
const leases = { apiGroup: 'coordination.k8s.io', apiVersion: 'v1', resource: 'leases', namespace: 'kube-system' }
const nodeObject = { apiVersion: 'v1', resource: 'nodes', name: 'n1' }

describe('the built-in schemas', () => {
  const controller = new FlowController({ clock: new VirtualClock() })
  const rows: [who: UserInfo, what: Partial<RequestInfo>, schema: string, level: string][] = [
    [admin, pods, 'exempt', 'exempt'],
    [admin, { path: '/metrics' }, 'exempt', 'exempt'],
    [alice, { path: '/healthz' }, 'probes', 'exempt'],
    [anonymous, { path: '/livez' }, 'probes', 'exempt'],
    [anonymous, { path: '/readyz/storage' }, 'probes', 'exempt'],
    [anonymous, { path: '/readyzz' }, 'global-default', 'global-default'],
    [anonymous, { path: '/healthz', verb: 'post' }, 'global-default', 'global-default'],
    [controllerManager, leases, 'system-leader-election', 'leader-election'],
    [scheduler, { ...leases, verb: 'update' }, 'system-leader-election', 'leader-election'],
    [account('kube-system', 'cloud'), { ...leases, verb: 'create' }, 'system-leader-election', 'leader-election'],
    [account('default', 'builder'), { ...leases, verb: 'create' }, 'service-accounts', 'workload-low'],
    [scheduler, { ...leases, verb: 'list' }, 'kube-scheduler', 'workload-high'],
    [node, nodeObject, 'system-node-high', 'node-high'],
    [node, { ...nodeObject, subresource: 'status', verb: 'patch' }, 'system-node-high', 'node-high'],
    [node, { ...nodeObject, subresource: 'proxy' }, 'system-nodes', 'system'],
    [node, { ...leases, verb: 'update' }, 'system-node-high', 'node-high'],
    [node, pods, 'system-nodes', 'system'],
    [node, { path: '/version' }, 'system-nodes', 'system'],
    [controllerManager, pods, 'kube-controller-manager', 'workload-high'],
    [scheduler, pods, 'kube-scheduler', 'workload-high'],
    [account('kube-system', 'cloud'), pods, 'kube-system-service-accounts', 'workload-high'],
    [account('kube-system-2', 'cloud'), pods, 'service-accounts', 'workload-low'],
    [account('default', 'builder'), pods, 'service-accounts', 'workload-low'],
    [alice, pods, 'global-default', 'global-default'],
    [anonymous, pods, 'global-default', 'global-default'],
    [userNamed('nobody'), pods, 'catch-all', 'catch-all'],
  ]

  test.each(rows)('put $name, %o into %s of level %s', (who, what, schema, level) => {
    const found = controller.classify(digestOf(who, what))
    expect([found.name, found.level.name]).toEqual([schema, level])
  })

  test('without the suggested ones leave the catch-all', () => {
    const bare = new FlowController({ clock: new VirtualClock(), suggested: false })
    expect(bare.schemas.map(({ name }) => name)).toEqual(['exempt', 'catch-all'])
    expect(bare.classify(digestOf(alice, pods)).name).toBe('catch-all')
    expect(bare.classify(digestOf(admin, pods)).name).toBe('exempt')
  })
})

const schemaOf = (name: string, spec: Partial<FlowSchemaSpec>): FlowSchema => ({
  metadata: { name },
  spec: { priorityLevelConfiguration: { name: 'workload-high' }, ...spec },
})
const everything = (subjects: NonNullable<FlowSchemaSpec['rules']>[number]['subjects']) => [
  {
    subjects,
    resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'], clusterScope: true }],
  },
]

describe('a schema of lower precedence number', () => {
  const subjects = [{ kind: 'User', user: { name: 'alice' } }] as const
  const own = (name: string, matchingPrecedence: number) =>
    schemaOf(name, { matchingPrecedence, rules: everything(subjects) })

  test.each([
    ['goes before', [own('late', 200), own('early', 100)], 'early'],
    ['and of equal ones the first by name goes before', [own('b', 100), own('a', 100)], 'a'],
    [
      'of 1000, when none is said, stands between',
      [own('late', 1001), schemaOf('no-number', { rules: everything(subjects) })],
      'no-number',
    ],
    ['cannot go before the exempt schema, whose number is 1,', [own('two', 2)], 'two'],
  ])('%s the others', (_, flowSchemas, expected) => {
    const controller = new FlowController({ clock: new VirtualClock(), flowSchemas })
    expect(controller.classify(digestOf(alice, pods)).name).toBe(expected)
    expect(controller.classify(digestOf(userNamed('alice', 'system:masters'), pods)).name).toBe('exempt')
  })

  test('takes the place of a built-in one of its name', () => {
    const flowSchemas = [schemaOf('global-default', { matchingPrecedence: 9900, rules: everything(subjects) })]
    const controller = new FlowController({ clock: new VirtualClock(), flowSchemas })
    const found = controller.classify(digestOf(alice, pods))
    expect([found.name, found.level.name]).toEqual(['global-default', 'workload-high'])
    expect(controller.classify(digestOf(userNamed('bob', AUTHENTICATED), pods)).name).toBe('catch-all')
  })
})

describe('a rule', () => {
  const matches = (rules: FlowSchemaSpec['rules'], who: UserInfo, what: Partial<RequestInfo>) =>
    flowSchemaMatcher(schemaOf('x', { rules: rules ?? [] }))({ user: who, requestInfo: infoOf(what) })
  const anybody = [{ kind: 'Group', group: { name: '*' } }] as const
  const rule = { verbs: ['get', 'list'], apiGroups: ['', 'apps'], resources: ['pods', 'deployments/scale'] }

  const resourceRows: [what: Partial<RequestInfo>, matched: boolean][] = [
    [pods, true],
    [{ ...pods, verb: 'list' }, true],
    [{ ...pods, verb: 'watch' }, false],
    [{ ...pods, apiGroup: 'batch' }, false],
    [{ ...pods, subresource: 'log' }, false],
    [{ ...pods, resource: 'deployments', apiGroup: 'apps', subresource: 'scale' }, true],
    [{ ...pods, resource: 'deployments', apiGroup: 'apps' }, false],
    [{ ...pods, namespace: 'other' }, false],
    [{ ...pods, namespace: '' }, false],
    [{ path: '/pods' }, false],
  ]
  test.each(resourceRows)('of resources covers %o: %s', (what, matched) => {
    expect(matches([{ subjects: anybody, resourceRules: [{ ...rule, namespaces: ['a', 'b'] }] }], alice, what)).toBe(
      matched,
    )
  })

  test('covers what has no namespace only with clusterScope', () => {
    const scoped = { verbs: ['*'], apiGroups: ['*'], resources: ['*'], clusterScope: true }
    expect(matches([{ subjects: anybody, resourceRules: [scoped] }], alice, nodeObject)).toBe(true)
    expect(matches([{ subjects: anybody, resourceRules: [scoped] }], alice, pods)).toBe(false)
  })

  const pathRows: [pattern: string, path: string, matched: boolean][] = [
    ['*', '/anything', true],
    ['/healthz', '/healthz', true],
    ['/healthz', '/healthz/ping', true],
    ['/healthz', '/healthzz', false],
    ['/healthz/*', '/healthz/ping', true],
    ['/healthz/*', '/healthz', false],
    ['/healthz*', '/healthz/ping', true],
    ['/healthz*', '/healthzz', false],
    ['/', '/version', true],
    ['/openapi/', '/openapi/v2', true],
    ['/openapi/', '/openapi', false],
  ]
  test.each(pathRows)('of paths, %s covers %s: %s', (pattern, path, matched) => {
    const nonResourceRules = [{ verbs: ['get'], nonResourceURLs: [pattern] }]
    expect(matches([{ subjects: anybody, nonResourceRules }], alice, { path })).toBe(matched)
    expect(matches([{ subjects: anybody, nonResourceRules }], alice, { path, verb: 'put' })).toBe(false)
  })

  const subjectRows: [
    subject: NonNullable<FlowSchemaSpec['rules']>[number]['subjects'][number],
    who: UserInfo,
    matched: boolean,
  ][] = [
    [{ kind: 'User', user: { name: 'alice' } }, alice, true],
    [{ kind: 'User', user: { name: 'bob' } }, alice, false],
    [{ kind: 'User', user: { name: '*' } }, userNamed(''), true],
    [{ kind: 'User', user: { name: '__proto__' } }, userNamed('__proto__'), true],
    [{ kind: 'User', user: { name: 'alice' } }, userNamed('__proto__'), false],
    [{ kind: 'Group', group: { name: AUTHENTICATED } }, alice, true],
    [{ kind: 'Group', group: { name: 'alice' } }, alice, false],
    [{ kind: 'Group', group: { name: '*' } }, userNamed('x'), true],
    [{ kind: 'ServiceAccount', serviceAccount: { namespace: 'n', name: 's' } }, account('n', 's'), true],
    [{ kind: 'ServiceAccount', serviceAccount: { namespace: 'n', name: 's' } }, account('n', 's2'), false],
    [{ kind: 'ServiceAccount', serviceAccount: { namespace: 'n', name: '*' } }, account('n', 's2'), true],
    [{ kind: 'ServiceAccount', serviceAccount: { namespace: 'n', name: '*' } }, account('n2', 's'), false],
    [{ kind: 'ServiceAccount', serviceAccount: { namespace: 'n', name: '*' } }, userNamed('n:s'), false],
  ]
  test.each(subjectRows)('of subject %o is for %o: %s', (subject, who, matched) => {
    expect(matches(everything([subject]), who, pods)).toBe(matched)
  })

  test('without subjects, or without rules, matches nothing', () => {
    expect(matches(everything([]), alice, pods)).toBe(false)
    expect(matches([{ subjects: anybody }], alice, pods)).toBe(false)
    expect(matches([], alice, pods)).toBe(false)
  })
})

describe('a uid', () => {
  test("is the object's own where it has one", () => {
    const uid = '6ba7b810-9dad-11d1-80b4-00c04fd430c8'
    const flowSchemas = [{ metadata: { name: 'x', uid }, spec: { priorityLevelConfiguration: { name: 'system' } } }]
    const controller = new FlowController({ clock: new VirtualClock(), flowSchemas })
    expect(controller.schemas.find(({ name }) => name === 'x')?.uid).toBe(uid)
  })

  test('else the same in every process, and different for every object', () => {
    const [a, b] = [0, 1].map(() => new FlowController({ clock: new VirtualClock() }))
    const uids = (controller: FlowController) => [...controller.schemas, ...controller.levels].map(({ uid }) => uid)
    expect(uids(a!)).toEqual(uids(b!))
    expect(new Set(uids(a!)).size).toBe(uids(a!).length)
    for (const uid of uids(a!))
      expect(uid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })
})

describe('a flow', () => {
  const controller = new FlowController({ clock: new VirtualClock() })
  const handOf = (who: UserInfo, what: Partial<RequestInfo>) => {
    const digest = digestOf(who, what)
    const schema = controller.classify(digest)
    return schema.flowOf(digest).hand
  }

  test('is a user where users are told apart, whatever it asks for', () => {
    const bob = userNamed('bob', AUTHENTICATED)
    expect(handOf(alice, pods)).toEqual(handOf(alice, { ...pods, namespace: 'b' }))
    expect(handOf(alice, pods)).not.toEqual(handOf(bob, pods))
  })

  test('is a namespace where namespaces are told apart, whoever asks', () => {
    const other = account('kube-system', 'other')
    expect(handOf(account('kube-system', 'cloud'), pods)).toEqual(handOf(other, pods))
    expect(handOf(other, pods)).not.toEqual(handOf(other, { ...pods, namespace: 'b' }))
  })

  test('keeps its hand after thousands of others, and of a name too long to be kept', () => {
    const long = userNamed('x'.repeat(5000), AUTHENTICATED)
    const before = [handOf(alice, pods), handOf(long, pods)]
    for (let i = 0; i < 3000; i++) handOf(userNamed(`user-${i}`, AUTHENTICATED), pods)
    expect([handOf(alice, pods), handOf(long, pods)]).toEqual(before)
  })

  test('has one queue where nobody waits', () => {
    expect(handOf(userNamed('nobody'), pods)).toEqual([0])
  })
})
