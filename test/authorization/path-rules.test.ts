import { describe, expect, test } from 'vitest'
import { alwaysAllowPaths } from '../../lib/authorization/index.js'
import { atOnce, path, resource, user } from './asked.js'

const anybody = user('system:anonymous', 'system:unauthenticated')
const decision = (paths: string[], asked: string) =>
  atOnce(alwaysAllowPaths(paths).authorize(path(anybody, 'get', asked))).decision

describe('paths for everybody', () => {
  test.each([
    ['a path means itself', ['/healthz'], '/healthz', 'allow'],
    ['a path may be given without its slash', ['healthz'], '/healthz', 'allow'],
    ['a path means nothing below', ['/healthz'], '/healthz/etcd', 'noOpinion'],
    ['a path is no prefix', ['/healthz'], '/healthzz', 'noOpinion'],
    ['a trailing * means all that begin so', ['/healthz*'], '/healthz/etcd', 'allow'],
    ['a trailing * means as much as it says', ['/docs/*'], '/docs', 'noOpinion'],
    ['a trailing * ends where other letters begin', ['/docs/*'], '/docsecret', 'noOpinion'],
    ['the root means itself', ['/'], '/', 'allow'],
    ['the root means nothing below', ['/'], '/apis', 'noOpinion'],
    ['* means every path', ['*'], '/metrics', 'allow'],
    ['/* means every path', ['/*'], '/metrics', 'allow'],
    ['two slashes are another path', ['/healthz'], '//healthz', 'noOpinion'],
    ['a trailing slash is another path', ['/healthz'], '/healthz/', 'noOpinion'],
    ['dots are not followed to an allowed path', ['/healthz'], '/apis/../healthz', 'noOpinion'],
    ['letters are told apart', ['/healthz'], '/HEALTHZ', 'noOpinion'],
    ['none allow none', [], '/healthz', 'noOpinion'],
  ])('%s', (_, paths, asked, expected) => {
    expect(decision(paths, asked)).toBe(expected)
  })

  test('say nothing of resources, whatever their path is', () => {
    const asked = { ...resource(anybody, 'get', { resource: 'pods' }), path: '/healthz' }
    expect(atOnce(alwaysAllowPaths(['/healthz', '*']).authorize(asked)).decision).toBe('noOpinion')
  })

  test('with a * inside are refused', () => {
    expect(() => alwaysAllowPaths(['/a*/b'])).toThrow('only trailing * allowed in "a*/b"')
    expect(() => alwaysAllowPaths(['/a**'])).toThrow('only trailing * allowed in "a**"')
  })

  test('are listed as rules for all verbs', async () => {
    expect((await alwaysAllowPaths(['/healthz', '/docs/*']).rulesFor(anybody, '')).nonResourceRules).toEqual([
      { verbs: ['*'], nonResourceURLs: ['/healthz', '/docs/*'] },
    ])
  })
})
