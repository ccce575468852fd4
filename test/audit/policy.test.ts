import { describe, expect, test } from 'vitest'
import { type AuditPolicy, type PolicyRule, policyRuleEvaluator } from '../../lib/audit/index.js'
import { newRequestInfo } from '../../lib/endpoints/index.js'
import type { UserInfo } from '../../lib/meta/index.js'

const tim: UserInfo = { name: 'tim@k8s.io', groups: ['humans', 'developers'] }
const root: UserInfo = { name: 'system:kube', groups: ['robots'] }

/** What a request is about, from its method and path. */
function info(request: string) {
  const [method = '', url = ''] = request.split(' ')
  const [path = '', query = ''] = url.split('?')
  return newRequestInfo(method, path, () => new URLSearchParams(query))
}

const level = (policy: AuditPolicy, request: string, user: UserInfo | undefined = tim) =>
  policyRuleEvaluator(policy)(info(request), user).level

const NAMESPACED_POD = 'GET /api/v1/namespaces/default/pods/busybox'
const POD_STATUS = 'GET /api/v1/namespaces/default/pods/busybox/status'
const NODE = 'GET /api/v1/nodes/foo'
const ROLES = 'GET /apis/rbac.authorization.k8s.io/v1/clusterroles/edit'
const LOGS = 'GET /logs/kubelet.log'

const pods = (...resources: string[]): Omit<PolicyRule, 'level'> => ({ resources: [{ group: '', resources }] })

describe('a rule matches', () => {
  test.each<[what: string, rule: Omit<PolicyRule, 'level'>, request: string, user?: UserInfo]>([
    ['everything when it names nothing', {}, NAMESPACED_POD],
    ['paths too when it names nothing', {}, LOGS],
    ['everything when its lists are empty', { users: [], verbs: [], resources: [], namespaces: [] }, LOGS],
    ['a user by name', { users: ['jane', 'tim@k8s.io'] }, NAMESPACED_POD],
    ['a user of any of its groups', { userGroups: ['developers', 'testers'] }, NAMESPACED_POD],
    ['a verb', { verbs: ['watch', 'get'] }, NAMESPACED_POD],
    ['the method of a path as its verb', { verbs: ['get'] }, LOGS],
    ['a resource of the core group', pods('services', 'pods'), NAMESPACED_POD],
    [
      'a resource of a group left out as one of the core group',
      { resources: [{ resources: ['pods'] }] },
      NAMESPACED_POD,
    ],
    ['a resource of a named group', { resources: [{ group: 'rbac.authorization.k8s.io' }] }, ROLES],
    ['all resources of a group that names none', { resources: [{ group: '' }] }, POD_STATUS],
    ['a subresource by its whole name', pods('pods/status'), POD_STATUS],
    ['everything by *', pods('*'), POD_STATUS],
    ['a subresource of any resource by */status', pods('*/status'), POD_STATUS],
    ['any subresource by pods/*', pods('pods/*'), POD_STATUS],
    ['the resource itself by pods/*', pods('pods/*'), NAMESPACED_POD],
    [
      'an object by name',
      { resources: [{ group: '', resources: ['pods'], resourceNames: ['a', 'busybox'] }] },
      NAMESPACED_POD,
    ],
    ['a namespace', { namespaces: ['default'] }, NAMESPACED_POD],
    ['a resource without namespace by the empty one', { namespaces: ['', 'kube-system'] }, NODE],
    ['a path', { nonResourceURLs: ['/logs/kubelet.log'] }, LOGS],
    ['a path by what it begins with', { nonResourceURLs: ['/logs*'] }, LOGS],
    ['any path by *', { nonResourceURLs: ['*'] }, LOGS],
  ])('%s', (_, rule, request, user) => {
    expect(level({ rules: [{ level: 'Metadata', ...rule }] }, request, user)).toBe('Metadata')
  })
})

describe('a rule does not match', () => {
  test.each<[what: string, rule: Omit<PolicyRule, 'level'>, request: string, user?: UserInfo]>([
    ['another user', { users: ['jane'] }, NAMESPACED_POD],
    ['a user of other groups', { userGroups: ['testers'] }, NAMESPACED_POD],
    ['another verb', { verbs: ['list'] }, NAMESPACED_POD],
    ['another resource', pods('services'), NAMESPACED_POD],
    ['a subresource by its resource alone', pods('pods'), POD_STATUS],
    ['a resource by its subresource', pods('pods/status'), NAMESPACED_POD],
    ['a subresource of another name', pods('*/scale'), POD_STATUS],
    ['a resource by a pattern of subresources', pods('*/pods'), NAMESPACED_POD],
    ['a resource whose name only begins so', pods('po/*'), POD_STATUS],
    ['a resource of another group', pods('clusterroles'), ROLES],
    ['all groups by a group of *', { resources: [{ group: '*' }] }, ROLES],
    [
      'an object of another name',
      { resources: [{ group: '', resources: ['pods'], resourceNames: ['b'] }] },
      NAMESPACED_POD,
    ],
    ['another namespace', { namespaces: ['kube-system'] }, NAMESPACED_POD],
    ['a path by a namespace', { namespaces: [''] }, LOGS],
    ['a path by resources', pods('*'), LOGS],
    ['a resource by paths', { nonResourceURLs: ['*'] }, NAMESPACED_POD],
    ['a path by a longer one', { nonResourceURLs: ['/logs/kubelet.log/x'] }, LOGS],
    ['a path by what it begins with, without *', { nonResourceURLs: ['/logs'] }, LOGS],
    ['what only some of its conditions are about', { users: ['tim@k8s.io'], verbs: ['delete'] }, NAMESPACED_POD],
  ])('%s', (_, rule, request, user) => {
    expect(level({ rules: [{ level: 'Metadata', ...rule }] }, request, user)).toBe('None')
  })

  test.each([{ users: [''] }, { userGroups: ['system:unauthenticated'] }])('a request of nobody by %j', (rule) => {
    const evaluate = policyRuleEvaluator({ rules: [{ level: 'Metadata', ...rule }] })
    expect(evaluate(info(NAMESPACED_POD), undefined).level).toBe('None')
  })
})

describe('a policy', () => {
  const policy: AuditPolicy = {
    omitStages: ['RequestReceived'],
    omitManagedFields: true,
    rules: [
      { level: 'None', users: ['system:kube'] },
      { level: 'RequestResponse', verbs: ['get'], omitStages: ['Panic'], omitManagedFields: false },
      { level: 'Metadata' },
    ],
  }
  const evaluate = policyRuleEvaluator(policy)

  test('decides by its first rule that matches', () => {
    expect(level(policy, NAMESPACED_POD, root)).toBe('None')
    expect(level(policy, NAMESPACED_POD, tim)).toBe('RequestResponse')
    expect(level(policy, 'DELETE /api/v1/namespaces/default/pods/busybox', tim)).toBe('Metadata')
  })

  test('omits its own stages and those of the rule', () => {
    expect([...evaluate(info(NAMESPACED_POD), tim).omitStages]).toEqual(['RequestReceived', 'Panic'])
    expect([...evaluate(info(`POST ${LOGS.slice(4)}`), tim).omitStages]).toEqual(['RequestReceived'])
  })

  test('says whether managedFields are told unless the rule says so itself', () => {
    expect(evaluate(info(NAMESPACED_POD), tim).omitManagedFields).toBe(false)
    expect(evaluate(info(`POST ${LOGS.slice(4)}`), tim).omitManagedFields).toBe(true)
  })

  test('audits nothing where no rule matches', () => {
    expect(level({ rules: [{ level: 'Metadata', users: ['nobody'] }] }, NAMESPACED_POD)).toBe('None')
  })
})
