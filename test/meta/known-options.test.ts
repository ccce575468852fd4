import { describe, expect, test } from 'vitest'
import { requireKnownOptions } from '../../lib/meta/known-options.js'

const known = { file: true, objects: true, watchCache: true } as const
const checking = (given: object) => () => requireKnownOptions('the house', given, known)

describe('options', () => {
  test.each([{}, { file: undefined }, { objects: [], watchCache: false }])('%j are all known', (given) => {
    expect(checking(given)).not.toThrow()
  })

  test.each([
    ['fiel', 'file'],
    ['object', 'objects'],
    ['watchcache', 'watchCache'],
    ['watch_cache', 'watchCache'],
    ['wachtCahe', 'watchCache'],
  ])('%s is refused, and taken for a slip of %s', (name, meant) => {
    expect(checking({ file: '', [name]: true })).toThrow(
      new TypeError(`the house has no option ${name}: did you mean ${meant}?`),
    )
  })

  test.each(['x', 'ab', 'directory', '', 'toString', '__proto__'])('%j is refused, and like none of them', (name) => {
    expect(checking(JSON.parse(`{ ${JSON.stringify(name)}: 1 }`))).toThrow(
      new TypeError(`the house has no option ${name}; there are file, objects, watchCache`),
    )
  })

  test('of any length are refused in few words', () => {
    expect(checking({ ['watchCache'.repeat(100_000)]: 1 })).toThrow(/^the house has no option [a-zA-Z]{64}; there are/)
  })
})
