import { describe, expect, test } from 'vitest'
import { requireKnownOptions } from '../../lib/meta/known-options.js'

const known = { file: true, objects: true, watchCache: true } as const
const checking = (given: object) => () => requireKnownOptions('the house', given, known)

const typed = {
  count: 'number',
  on: 'boolean or object',
  list: 'list',
  name: 'text',
  log: 'object',
  hook: 'function',
} as const
const checkingTypes = (given: object) => () => requireKnownOptions('the house', given, typed)

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

  test.each([{ count: 0, on: false, list: [], name: '', log: {}, hook() {} }, { on: {} }, { count: undefined }])(
    '%j are of the types that are asked for',
    (given) => {
      expect(checkingTypes(given)).not.toThrow()
    },
  )

  test.each([
    [{ count: '60' }, 'count of the house must be a number, not "60"'],
    [{ count: Number.NaN }, 'count of the house must be a number, not NaN'],
    [{ on: 'yes' }, 'on of the house must be a boolean or object, not "yes"'],
    [{ on: null }, 'on of the house must be a boolean or object, not null'],
    [{ list: { length: 1 } }, 'list of the house must be a list, not an object'],
    [{ name: ['a'] }, 'name of the house must be a text, not a list'],
    [{ log: [] }, 'log of the house must be an object, not a list'],
    [{ log: () => {} }, 'log of the house must be an object, not a function'],
    [{ hook: true }, 'hook of the house must be a function, not true'],
  ])('%j are refused, and it is said what is wanted', (given, message) => {
    expect(checkingTypes(given)).toThrow(new TypeError(message))
  })

  test.each([
    [undefined, 'undefined'],
    [null, 'null'],
    ['./data', '"./data"'],
    [[], 'a list'],
  ])('%j are none', (given, shown) => {
    expect(checking(given as never)).toThrow(new TypeError(`the house takes an object of options, not ${shown}`))
  })

  test('of any length are refused in few words', () => {
    expect(checking({ ['watchCache'.repeat(100_000)]: 1 })).toThrow(/^the house has no option [a-zA-Z]{64}; there are/)
  })
})
