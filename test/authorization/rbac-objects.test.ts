import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { type ClusterRole, type PolicyRule, type RBACObject, rbac } from '../../lib/authorization/index.js'
import { resource, user } from './asked.js'

const rule = (resources: string): PolicyRule => ({ verbs: ['get'], apiGroups: [''], resources: [resources] })
const jane = user('jane')

const bound = (role: string): RBACObject => ({
  kind: 'ClusterRoleBinding',
  metadata: { name: 'b' },
  subjects: [{ kind: 'User', name: 'jane' }],
  roleRef: { kind: 'ClusterRole', name: role },
})

/** What jane may get when she is bound to a role. */
function reached(role: string, roles: readonly ClusterRole[]): string[] {
  const { resourceRules } = rbac({ objects: [...roles, bound(role)], bootstrapPolicy: false }).rulesFor(jane, '')
  return resourceRules.flatMap(({ resources = [] }) => resources)
}

const labelled = (name: string, labels: Record<string, string>, resources = name): ClusterRole => ({
  kind: 'ClusterRole',
  metadata: { name, labels },
  rules: [rule(resources)],
})

describe('a cluster role with an aggregation rule', () => {
  const of = (
    name: string,
    ...selectors: NonNullable<ClusterRole['aggregationRule']>['clusterRoleSelectors'] & object
  ) =>
    ({
      kind: 'ClusterRole',
      metadata: { name, labels: { made: name } },
      rules: [rule('overwritten')],
      aggregationRule: { clusterRoleSelectors: selectors },
    }) as const

  test('has the rules of all roles that one of its selectors means, sorted by their names, and none of its own', () => {
    const sum = of('sum', { matchLabels: { to: 'sum' } }, { matchLabels: { also: 'yes' } })
    const roles = [labelled('z', { to: 'sum' }), labelled('a', { also: 'yes' }), labelled('m', { to: 'other' })]
    expect(reached('sum', [sum, ...roles])).toEqual(['a', 'z'])
  })

  test('has the rules of roles that are aggregated themselves', () => {
    const roles = [
      of('admin', { matchLabels: { made: 'edit' } }),
      of('edit', { matchLabels: { made: 'view' } }),
      of('view', { matchLabels: { to: 'view' } }),
      labelled('leaf', { to: 'view' }),
    ]
    expect(reached('admin', roles)).toEqual(['leaf'])
  })

  test('can stand in a circle', () => {
    const roles = [
      of('a', { matchLabels: { made: 'b' } }, { matchLabels: { x: '1' } }),
      of('b', { matchLabels: { made: 'a' } }, { matchLabels: { x: '2' } }),
      labelled('one', { x: '1' }),
      labelled('two', { x: '2' }),
    ]
    expect(reached('a', roles).sort()).toEqual(['one', 'two'])
    expect(reached('b', roles).sort()).toEqual(['one', 'two'])
  })

  test('has each rule once', () => {
    const roles = [of('sum', {}), labelled('a', { x: '1' }, 'pods'), labelled('b', {}, 'pods')]
    expect(reached('sum', roles)).toEqual(['pods'])
  })

  test('selects by expressions', () => {
    const select = (matchExpressions: object[]) =>
      reached('sum', [
        of('sum', { matchExpressions } as never),
        labelled('a', { tier: 'front' }),
        labelled('b', { tier: 'back' }),
        labelled('c', {}),
      ])
    expect(select([{ key: 'tier', operator: 'In', values: ['front', 'x'] }])).toEqual(['a'])
    expect(select([{ key: 'tier', operator: 'NotIn', values: ['front'] }])).toEqual(['b', 'c'])
    expect(select([{ key: 'tier', operator: 'Exists' }])).toEqual(['a', 'b'])
    expect(select([{ key: 'tier', operator: 'DoesNotExist' }])).toEqual(['c'])
  })

  test('makes view, edit and admin of labelled roles', () => {
    const authorizer = rbac({
      objects: [labelled('flunders-view', { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' }), bound('admin')],
    })
    expect(authorizer.authorize(resource(jane, 'get', { resource: 'flunders-view' })).decision).toBe('allow')
  })
})

describe('an object that cannot be used is refused, and every field named', () => {
  const refused = (object: unknown): string => {
    try {
      rbac({ objects: [object as RBACObject] })
    } catch (err) {
      return (err as Error).message.replace('authorization.rbac: these roles and bindings cannot be used: ', '')
    }
    return 'it was taken'
  }
  const roleRef = { kind: 'ClusterRole', name: 'r' }

  test.each<[string, unknown, string]>([
    ['no object', 'x', 'a role or binding must be an object'],
    [
      'another kind',
      { kind: 'Pod', metadata: { name: 'a' } },
      'objects of kind "Pod" are no RBAC objects; there are Role, ClusterRole, RoleBinding, ClusterRoleBinding',
    ],
    [
      'another version',
      { apiVersion: 'rbac.authorization.k8s.io/v1beta1', kind: 'ClusterRole', metadata: { name: 'a' } },
      'ClusterRole "a" is invalid: apiVersion: Unsupported value: "rbac.authorization.k8s.io/v1beta1": supported values: "rbac.authorization.k8s.io/v1"',
    ],
    [
      'no name',
      { kind: 'ClusterRole', metadata: {} },
      'ClusterRole "undefined" is invalid: metadata.name: Required value',
    ],
    [
      'a name that is no path segment',
      { kind: 'ClusterRole', metadata: { name: 'a/b' } },
      `ClusterRole "a/b" is invalid: metadata.name: Invalid value: "a/b": may not contain '/'`,
    ],
    [
      'a role without a namespace',
      { kind: 'Role', metadata: { name: 'a' } },
      'Role "a" is invalid: metadata.namespace: Required value',
    ],
    [
      'a cluster role in a namespace',
      { kind: 'ClusterRole', metadata: { name: 'a', namespace: 'x' } },
      'ClusterRole "x/a" is invalid: metadata.namespace: Forbidden: not allowed on this type',
    ],
    [
      'rules that are none',
      { kind: 'ClusterRole', metadata: { name: 'a' }, rules: [{}, 1, { verbs: 'get' }] },
      'ClusterRole "a" is invalid: [rules[0].verbs: Required value: verbs must contain at least one value, ' +
        'rules[0].apiGroups: Required value: resource rules must supply at least one api group, ' +
        'rules[0].resources: Required value: resource rules must supply at least one resource, ' +
        'rules[1]: Invalid value: 1: must be an object, rules[2].verbs: Invalid value: "get": must be a list of strings]',
    ],
    [
      'a verb that YAML takes for a truth value, and a group that is an object',
      { kind: 'ClusterRole', metadata: { name: 'a' }, rules: [{ verbs: [true], apiGroups: [{ a: 1 }] }] },
      'ClusterRole "a" is invalid: [rules[0].verbs[0]: Invalid value: true: must be a string (YAML takes y, yes, on, n, no ' +
        'and off for booleans unless they are quoted), rules[0].apiGroups[0]: Invalid value: "{\\"a\\":1}": must be a string]',
    ],
    [
      'a rule with a field that nobody reads, which was to narrow it',
      {
        kind: 'ClusterRole',
        metadata: { name: 'a' },
        rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'], resourceName: ['x'] }],
      },
      'ClusterRole "a" is invalid: rules[0].resourceName: Forbidden: unknown field; there are verbs, apiGroups, resources, ' +
        'resourceNames, nonResourceURLs',
    ],
    [
      'a role with a field of a binding, and a misspelt selector',
      {
        kind: 'ClusterRole',
        metadata: { name: 'a' },
        subjects: [],
        aggregationRule: { clusterRoleSelectors: [{ matchLabel: {} }] },
      },
      'ClusterRole "a" is invalid: [subjects: Forbidden: unknown field; there are apiVersion, kind, metadata, rules, ' +
        'aggregationRule, aggregationRule.clusterRoleSelectors[0].matchLabel: Forbidden: unknown field; there are ' +
        'matchLabels, matchExpressions]',
    ],
    [
      'a subject and a reference with fields that nobody reads',
      {
        kind: 'ClusterRoleBinding',
        metadata: { name: 'a' },
        subjects: [{ kind: 'User', name: 'x', namespce: 'y' }],
        roleRef: { ...roleRef, namespace: 'z' },
      },
      'ClusterRoleBinding "a" is invalid: [roleRef.namespace: Forbidden: unknown field; there are apiGroup, kind, name, ' +
        'subjects[0].namespce: Forbidden: unknown field; there are kind, apiGroup, name, namespace]',
    ],
    [
      'a rule for both resources and paths',
      {
        kind: 'ClusterRole',
        metadata: { name: 'a' },
        rules: [{ verbs: ['get'], nonResourceURLs: ['/x'], resources: ['x'] }],
      },
      'ClusterRole "a" is invalid: rules[0].nonResourceURLs: Invalid value: []string{"/x"}: rules cannot apply to both regular resources and non-resource URLs',
    ],
    [
      'paths in a namespace',
      { kind: 'Role', metadata: { name: 'a', namespace: 'x' }, rules: [{ verbs: ['get'], nonResourceURLs: ['/x'] }] },
      'Role "x/a" is invalid: rules[0].nonResourceURLs: Invalid value: []string{"/x"}: namespaced rules cannot apply to non-resource URLs',
    ],
    [
      'a cluster binding of a role',
      { kind: 'ClusterRoleBinding', metadata: { name: 'a' }, roleRef: { kind: 'Role', name: 'r' } },
      'ClusterRoleBinding "a" is invalid: roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"',
    ],
    [
      'a binding of nothing',
      { kind: 'ClusterRoleBinding', metadata: { name: 'a' } },
      'ClusterRoleBinding "a" is invalid: [roleRef.kind: Unsupported value: "null": supported values: "ClusterRole", roleRef.name: Required value]',
    ],
    [
      'subjects that are none',
      {
        kind: 'ClusterRoleBinding',
        metadata: { name: 'a' },
        roleRef,
        subjects: [
          { kind: 'Robot', name: 'x' },
          { kind: 'User' },
          { kind: 'ServiceAccount', name: 'x' },
          { kind: 'Group', name: 'x', apiGroup: 'other' },
        ],
      },
      'ClusterRoleBinding "a" is invalid: [subjects[0].kind: Unsupported value: "Robot": supported values: "ServiceAccount", "User", "Group", ' +
        'subjects[1].name: Required value, subjects[2].namespace: Required value, ' +
        'subjects[3].apiGroup: Unsupported value: "other": supported values: "rbac.authorization.k8s.io"]',
    ],
    [
      'an aggregation of nothing',
      { kind: 'ClusterRole', metadata: { name: 'a' }, aggregationRule: {} },
      'ClusterRole "a" is invalid: aggregationRule.clusterRoleSelectors: Required value: at least one clusterRoleSelector required if aggregationRule is non-nil',
    ],
    [
      'a selector with a wrong operator',
      {
        kind: 'ClusterRole',
        metadata: { name: 'a' },
        aggregationRule: { clusterRoleSelectors: [{ matchExpressions: [{ key: 'x', operator: 'Near' }] }] },
      },
      'ClusterRole "a" is invalid: aggregationRule.clusterRoleSelectors[0].matchExpressions[0].operator: Unsupported value: "Near": supported values: "In", "NotIn", "Exists", "DoesNotExist"',
    ],
  ])('%s', (_, object, message) => {
    expect(refused(object)).toBe(message)
  })
})

describe('a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'express-apiserver-rbac-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  const decision = (path: string) =>
    rbac({ file: path }).authorize(resource(jane, 'get', { resource: 'pods' })).decision

  test('can hold several YAML documents, empty ones and comments among them', () => {
    const path = file(
      'rbac.yaml',
      `# who may read
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: reader
  annotations:
    text: |
      not a separator: ---
rules:
- apiGroups: [""]
  resources: ["pods"]
  verbs: ["get"]
---
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: readers}
subjects:
- {kind: User, name: jane, apiGroup: rbac.authorization.k8s.io}
roleRef: {kind: ClusterRole, name: reader, apiGroup: rbac.authorization.k8s.io}
`,
    )
    expect(decision(path)).toBe('allow')
  })

  test('can hold lists, whose items say no kind when the list does', () => {
    const roles = { kind: 'ClusterRoleList', items: [{ metadata: { name: 'reader' }, rules: [rule('pods')] }] }
    const bindings = { kind: 'List', apiVersion: 'v1', items: [bound('reader')] }
    expect(decision(file('bindings.json', JSON.stringify(bindings)))).toBe('noOpinion')
    expect(decision(file('both.yaml', `${JSON.stringify(bindings)}\n---\n${JSON.stringify(roles)}`))).toBe('allow')
  })

  test('that is not there, or is no YAML, is named', () => {
    expect(() => rbac({ file: join(folder, 'never-made.yaml') })).toThrow(
      /the RBAC file .*never-made\.yaml cannot be used: ENOENT/,
    )
    expect(() => rbac({ file: file('bad.yaml', 'a: [') })).toThrow(/the RBAC file .*bad\.yaml cannot be used/)
    const role = 'kind: ClusterRole\nmetadata: {name: a}\nrule: []\n'
    expect(() => rbac({ file: file('unknown.yaml', role) })).toThrow(/rbac \(file .*unknown\.yaml\): .*rule: Forbidden/)
  })

  test('that is no YAML is told of by the line of the file, whichever document it is in', () => {
    const document = 'kind: ClusterRole\nmetadata: {name: a}\n'
    const line = (text: string) => {
      try {
        rbac({ file: file('bad.yaml', text) })
      } catch (err) {
        return /yaml: line (\d+): \w/.exec((err as Error).message)?.[1]
      }
      return 'it was taken'
    }
    const alone = Number(line('a: "\n'))
    expect(alone).toBeGreaterThan(0)
    expect(line(`${document}---\n${document}--- # third\na: "\n`)).toBe(String(alone + 6))
  })

  test.each([
    ['empty', ''],
    ['null', 'null\n'],
    ['of comments alone', '# roles\n---\n# and bindings\n'],
  ])('can be %s at the start', (_, text) => {
    expect(decision(file('none.yaml', text))).toBe('noOpinion')
  })

  test('that is no file, or too large, is refused unread, and the option named', () => {
    const large = file('large.yaml', '')
    truncateSync(large, 16 * 1024 ** 2 + 1)
    expect(() => rbac({ file: large })).toThrow(
      `authorization.rbac.file: the RBAC file ${large} cannot be used: it is larger than 16 MiB (16777216 bytes)`,
    )
    expect(() => rbac({ file: folder })).toThrow('it is a directory, not a regular file')
  })

  test('cannot become huge by aliases, spread over its documents or not', () => {
    const level = (name: string, of: string) => `${name}: &${name} [${`*${of}, `.repeat(9)}*${of}]`
    const lol = ['a: &a [x]', level('b', 'a'), level('c', 'b'), level('d', 'c'), level('e', 'd'), level('f', 'e')].join(
      '\n',
    )
    expect(() => rbac({ file: file('bomb.yaml', `${lol}\n${level('g', 'f')}`) })).toThrow(/excessive aliasing/)
    const many = Array.from({ length: 12 }, () => lol).join('\n---\n')
    expect(() => rbac({ file: file('many.yaml', many) })).toThrow(/limit is \d+ .*fields and list items/)
  })
})
