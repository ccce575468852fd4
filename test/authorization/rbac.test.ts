import { describe, expect, test } from 'vitest'
import type { PolicyRule } from '../../lib/authorization/index.js'
import { path, resource, user } from './asked.js'
import { clusterBinding, clusterRole, only } from './policies.js'

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
