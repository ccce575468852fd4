import { describe, expect, test } from 'vitest'
import { customVerb, removeCustomVerb } from '../../lib/restful/custom-verb.js'
import { joinPath, requestPath, tokenizePath } from '../../lib/restful/path-tokens.js'

describe('the tokens of a path', () => {
  test.each([
    ['/', [], []],
    ['', [''], ['']],
    ['//', [''], ['']],
    ['/a', ['a'], ['a']],
    ['/a/', ['a'], ['a', '']],
    ['//a//b//', ['a', '', 'b'], ['a', '', 'b', '', '']],
    ['/a/../b', ['a', '..', 'b'], ['a', '..', 'b']],
  ])('%j are %j trimmed, %j untrimmed', (path, trimmed, untrimmed) => {
    expect(tokenizePath(path, true)).toEqual(trimmed)
    expect(tokenizePath(path, false)).toEqual(untrimmed)
  })
})

describe('a root and a template join', () => {
  test.each([
    ['/users', '', '/users/', '/users'],
    ['/users', '/', '/users/', '/users'],
    ['/users/', '/{id}/', '/users/{id}/', '/users/{id}'],
    ['/', '/x', '/x', '/x'],
    ['', 'hello', '/hello', 'hello'],
    ['/a', '../b', '/a/../b', '/b'],
    ['/a', 'b//c', '/a/b//c', '/a/b/c'],
    ['/', '/', '/', '/'],
  ])('%j and %j to %j trimmed, %j untrimmed', (root, sub, trimmed, untrimmed) => {
    expect(joinPath(root, sub, true)).toBe(trimmed)
    expect(joinPath(root, sub, false)).toBe(untrimmed)
  })
})

describe('the path of a request target', () => {
  test.each([
    ['/a/b?c=/d', '/a/b'],
    ['/a%2Fb', '/a/b'],
    ['/%E2%82%AC', '/€'],
    ['/a%20b%3F', '/a b?'],
    ['/%ff%E2%82%AC', '/\ufffd€'],
    ['/%', undefined],
    ['/%2', undefined],
    ['/%zz', undefined],
    ['/%ff%zz', undefined],
    ['*', '*'],
    ['http://example.com/a?b', '/a'],
    ['http://example.com', ''],
    ['//a', '//a'],
  ])('%s is %j', (target, path) => {
    expect(requestPath(target)).toBe(path)
  })
})

describe('a custom verb', () => {
  test.each([
    ['/{userId}:init', ':init', '/{userId}'],
    ['/{userId:init}', '', '/{userId:init}'],
    ['/users/{id:init}:init', ':init', '/users/{id:init}'],
    ['/users/{id}', '', '/users/{id}'],
    ['/init/users/{id:init}:init', ':init', '/init/users/{id:init}'],
    ['users:init2', '', 'users:init2'],
    ['users:', '', 'users:'],
    ['a:b:start', ':start', 'a:b'],
  ])('of %s is %j, and without it %s is left', (text, verb, rest) => {
    expect(customVerb(text)).toBe(verb)
    expect(removeCustomVerb(text)).toBe(rest)
  })
})
