import { describe, expect, test } from 'vitest'
import { type Attributes, type PolicyRule, type RBACObject, rbac, type Subject } from '../../lib/authorization/index.js'
import { Random } from '../restful/random.js'
import { path, resource, user } from './asked.js'

const VERBS = ['get', 'list', 'delete', '*']
const GROUPS = ['', 'apps', '*']
const RESOURCES = ['pods', 'pods/status', 'nodes', '*/status', '*/scale', '*', 'nodes/scale']
const NAMES = ['a', 'b']
const URLS = ['/healthz', '/apis', '/apis/*', '/apis/x', '/a*', '*', '//healthz']
const NAMESPACES = ['dev', 'prod']
const USERS = ['jane', 'kim', 'system:serviceaccount:dev:bot']
const MEMBERSHIPS = ['devs', 'ops']

type Binding = Extract<RBACObject, { kind: 'RoleBinding' | 'ClusterRoleBinding' }>

/** Some of the values, possibly none. */
const some = (random: Random, values: readonly string[], atLeast = 0): string[] => {
  const chosen = values.filter(() => random.below(3) === 0)
  return chosen.length >= atLeast ? chosen : [random.pick(values)]
}

function randomRule(random: Random, namespaced: boolean): PolicyRule {
  const verbs = some(random, VERBS, 1)
  if (!namespaced && random.below(3) === 0) return { verbs, nonResourceURLs: some(random, URLS, 1) }
  const names = random.below(3) === 0 ? { resourceNames: some(random, NAMES) } : {}
  return { verbs, apiGroups: some(random, GROUPS, 1), resources: some(random, RESOURCES, 1), ...names }
}

const rules = (random: Random, namespaced: boolean) =>
  Array.from({ length: random.below(4) }, () => randomRule(random, namespaced))

function randomSubject(random: Random): Subject {
  if (random.below(3) === 0) return { kind: 'ServiceAccount', name: 'bot', namespace: random.pick(NAMESPACES) }
  return random.below(2) === 0
    ? { kind: 'User', name: random.pick(USERS) }
    : { kind: 'Group', name: random.pick(MEMBERSHIPS) }
}

function randomPolicy(random: Random): RBACObject[] {
  const roleNames = ['r1', 'r2', 'r3']
  const roles = roleNames.map(
    (name): RBACObject => ({ kind: 'ClusterRole', metadata: { name }, rules: rules(random, false) }),
  )
  const local = NAMESPACES.map(
    (namespace): RBACObject => ({ kind: 'Role', metadata: { name: 'local', namespace }, rules: rules(random, true) }),
  )
  const bindings = Array.from({ length: random.below(5) }, (_, i): RBACObject => {
    const subjects = Array.from({ length: random.below(3) + 1 }, () => randomSubject(random))
    if (random.below(2) === 0) {
      const roleRef = { kind: 'ClusterRole', name: random.pick(roleNames) } as const
      return { kind: 'ClusterRoleBinding', metadata: { name: `b${i}` }, subjects, roleRef }
    }
    const metadata = { name: `b${i}`, namespace: random.pick(NAMESPACES) }
    const roleRef =
      random.below(2) === 0
        ? ({ kind: 'ClusterRole', name: random.pick(roleNames) } as const)
        : ({ kind: 'Role', name: 'local' } as const)
    return { kind: 'RoleBinding', metadata, subjects, roleRef }
  })
  return [...roles, ...local, ...bindings]
}

function randomQuestion(random: Random): Attributes {
  const who = user(random.pick(USERS), ...some(random, MEMBERSHIPS))
  const verb = random.pick(['get', 'list', 'delete', 'watch', '*'])
  if (random.below(4) === 0)
    return path(who, verb, random.pick(['/healthz', '/apis', '/apis/x', '/apis/y', '/', '//healthz', '*']))
  return resource(who, verb, {
    namespace: random.pick(['', ...NAMESPACES]),
    apiGroup: random.pick(['', 'apps', 'batch', '*']),
    resource: random.pick(['pods', 'nodes', 'jobs', '*']),
    subresource: random.pick(['', '', 'status', 'scale', 'log']),
    name: random.pick(['', 'a', 'c']),
  })
}

/** The rules of RBAC word for word, one after the other, without any index. */
function allowedWordForWord(objects: readonly RBACObject[], asked: Attributes): boolean {
  return bindingsFor(objects, asked).some((binding) =>
    rulesOf(objects, binding).some((rule) => ruleAllows(rule, asked)),
  )
}

function bindingsFor(objects: readonly RBACObject[], { user: who, namespace }: Attributes): Binding[] {
  return objects.filter((object): object is Binding => {
    if (object.kind === 'RoleBinding' && (namespace === '' || object.metadata.namespace !== namespace)) return false
    if (object.kind !== 'RoleBinding' && object.kind !== 'ClusterRoleBinding') return false
    return (object.subjects ?? []).some(({ kind, name, namespace: home }) => {
      if (kind === 'Group') return who.groups.includes(name)
      return who.name === (kind === 'User' ? name : `system:serviceaccount:${home}:${name}`)
    })
  })
}

function rulesOf(objects: readonly RBACObject[], { roleRef, metadata }: Binding): readonly PolicyRule[] {
  const role = objects.find(
    (object) =>
      object.kind === roleRef.kind &&
      object.metadata.name === roleRef.name &&
      (object.kind !== 'Role' || ('namespace' in metadata && object.metadata.namespace === metadata.namespace)),
  )
  return role !== undefined && 'rules' in role ? (role.rules ?? []) : []
}

function ruleAllows(rule: PolicyRule, asked: Attributes): boolean {
  const { verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule
  if (!verbs.includes('*') && !verbs.includes(asked.verb)) return false
  if (!asked.isResourceRequest)
    return nonResourceURLs.some(
      (url) =>
        url === '*' || url === asked.path || (url.endsWith('*') && asked.path.startsWith(url.replace(/\*+$/, ''))),
    )
  const whole = asked.subresource === '' ? asked.resource : `${asked.resource}/${asked.subresource}`
  return (
    (apiGroups.includes('*') || apiGroups.includes(asked.apiGroup)) &&
    resources.some(
      (each) => each === '*' || each === whole || (asked.subresource !== '' && each === `*/${asked.subresource}`),
    ) &&
    (resourceNames.length === 0 || resourceNames.includes(asked.name))
  )
}

describe('for any roles, bindings and questions', () => {
  const random = new Random(6)
  const cases = Array.from({ length: 150 }, () => {
    const objects = randomPolicy(random)
    return { objects, questions: Array.from({ length: 60 }, () => randomQuestion(random)) }
  })
  const authorizerOf = (objects: readonly RBACObject[]) => rbac({ objects, bootstrapPolicy: false })

  test('the index decides as the rules word for word', () => {
    let allowed = 0
    for (const { objects, questions } of cases) {
      const authorizer = authorizerOf(objects)
      for (const asked of questions) {
        const expected = allowedWordForWord(objects, asked)
        allowed += Number(expected)
        expect(authorizer.authorize(asked).decision, JSON.stringify({ objects, asked })).toBe(
          expected ? 'allow' : 'noOpinion',
        )
      }
    }
    // Both answers must have been met often.
    expect(allowed).toBeGreaterThan(500)
    expect(allowed).toBeLessThan(8_500)
  })

  test('the reason names a binding, a role and a subject that do allow it', () => {
    for (const { objects, questions } of cases) {
      const authorizer = authorizerOf(objects)
      for (const asked of questions) {
        const { decision, reason } = authorizer.authorize(asked)
        if (decision !== 'allow') continue
        const [, kind, name] = /^RBAC: allowed by (\w+) "([^"/]+)/.exec(reason)!
        const named = objects.filter(
          (object) =>
            (object.kind !== 'RoleBinding' && object.kind !== 'ClusterRoleBinding') ||
            (object.kind === kind && object.metadata.name === name),
        )
        expect(allowedWordForWord(named, asked), reason).toBe(true)
      }
    }
  })

  test('whatever is allowed is covered by a listed rule, and a listed rule allows what it covers', () => {
    for (const { objects, questions } of cases) {
      const authorizer = authorizerOf(objects)
      for (const asked of questions) {
        const { resourceRules, nonResourceRules } = authorizer.rulesFor(asked.user, asked.namespace)
        const covered = [...resourceRules, ...nonResourceRules].some((rule) => ruleAllows(rule, asked))
        // Lists are of a namespace; beside namespaces, only the cluster's bindings hold.
        expect(covered).toBe(authorizer.authorize(asked).decision === 'allow')
      }
    }
  })

  test('more rules, bindings or groups never take anything away', () => {
    for (const [i, { objects, questions }] of cases.entries()) {
      const more = cases[(i + 1) % cases.length]!.objects.map((object) => renamed(object, `x${object.metadata.name}`))
      const fewer = authorizerOf(objects)
      const both = authorizerOf([...objects, ...more])
      for (const asked of questions) {
        if (fewer.authorize(asked).decision !== 'allow') continue
        expect(both.authorize(asked).decision).toBe('allow')
        const member = { ...asked, user: { ...asked.user, groups: [...asked.user.groups, 'others', ...MEMBERSHIPS] } }
        expect(fewer.authorize(member).decision).toBe('allow')
      }
    }
  })
})

/** The object under another name, and its role's reference with it. */
function renamed(object: RBACObject, name: string): RBACObject {
  const roleRef = 'roleRef' in object ? { roleRef: { ...object.roleRef, name: `x${object.roleRef.name}` } } : {}
  return { ...object, metadata: { ...object.metadata, name }, ...roleRef } as RBACObject
}
