import { describe, expect, test } from 'vitest'
import {
  DepthError,
  decodeJSON,
  deepCopy,
  deepEqual,
  encodeJSON,
  nestsDeeperThan,
  ownProperty,
  prettyJSON,
  setOwnProperty,
} from '../../../lib/runtime/json/index.js'
import { randomJSON, seededRandom } from './random-json.js'

const nested = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth))

describe('encodeJSON', () => {
  test('writes what JSON.stringify writes', () => {
    const random = seededRandom(5)
    for (let round = 0; round < 300; round++) {
      const value = randomJSON(random)
      expect(encodeJSON(value).toString()).toBe(JSON.stringify(value))
    }
  })

  test('random documents with big integers survive a round trip', () => {
    const random = seededRandom(9)
    for (let round = 0; round < 300; round++) {
      const big = (BigInt(Math.floor(random() * 2 ** 31)) << 32n) + 2n ** 53n + BigInt(round)
      const value = { big: [big, -big], rest: randomJSON(random), skipped: undefined }
      const { value: back } = decodeJSON(encodeJSON(value))
      expect(back).toEqual({ big: [big, -big], rest: value.rest })
    }
  })

  test('encodes deeper than the engine itself can', () => {
    expect(encodeJSON(nested(20_000)).length).toBe(40_000)
  })

  test.each([[undefined], [() => 1], [Symbol('x')]])('%s is refused', (value) => {
    expect(() => encodeJSON(value)).toThrow(/is no JSON value/)
  })

  test('a value that contains itself is refused', () => {
    const value: Record<string, unknown> = {}
    value.self = value
    expect(() => encodeJSON(value)).toThrow(/contains itself/)
  })
})

describe('prettyJSON', () => {
  test('lays out as JSON.stringify with two spaces does, from compact and from spaced text', () => {
    const random = seededRandom(6)
    for (let round = 0; round < 300; round++) {
      const value = randomJSON(random)
      const pretty = JSON.stringify(value, undefined, 2)
      expect(prettyJSON(Buffer.from(JSON.stringify(value))).toString()).toBe(pretty)
      expect(prettyJSON(Buffer.from(JSON.stringify(value, undefined, '\t'))).toString()).toBe(pretty)
    }
  })

  test('numbers and escapes stay as they are written', () => {
    expect(prettyJSON(Buffer.from('[9007199254740993,1.0,"\\u003c"]')).toString()).toBe(
      '[\n  9007199254740993,\n  1.0,\n  "\\u003c"\n]',
    )
  })

  test('a text that indentation would blow up stays compact', () => {
    const bytes = Buffer.from(`${'['.repeat(1_000)}${'1,'.repeat(200_000)}1${']'.repeat(1_000)}`)
    expect(prettyJSON(bytes)).toBe(bytes)
  })
})

describe('deepCopy and deepEqual', () => {
  test('a copy equals its original and shares nothing with it', () => {
    const random = seededRandom(8)
    for (let round = 0; round < 300; round++) {
      const value = { list: [randomJSON(random)], big: 2n ** 60n }
      const copy = deepCopy(value)
      expect(copy).toEqual(value)
      expect(deepEqual(copy, value)).toBe(true)
      copy.list.push('more')
      expect(value.list).toHaveLength(1)
      expect(deepEqual(copy, value)).toBe(false)
    }
  })

  test('a key __proto__ is copied and compared as data', () => {
    const value = JSON.parse('{"__proto__":{"x":1}}') as Record<string, unknown>
    const copy = deepCopy(value)
    expect(Object.keys(copy)).toEqual(['__proto__'])
    expect(deepEqual(copy, value)).toBe(true)
    expect(deepEqual(JSON.parse('{"__proto__":{}}'), {})).toBe(false)
    expect(deepEqual({}, JSON.parse('{"__proto__":{}}'))).toBe(false)
  })

  test.each([
    [{ a: 1, b: 2 }, { b: 2, a: 1 }, true],
    [{ a: undefined }, {}, true],
    [{ a: undefined }, { b: undefined }, true],
    [{ a: null }, {}, false],
    [[1, 2], [2, 1], false],
    [[], {}, false],
    [9007199254740992n, 9007199254740992, true],
    [9007199254740993n, 9007199254740992, false],
    ['1', 1, false],
    [{ a: 1 }, { b: 1 }, false],
    [null, {}, false],
  ])('%o and %o mean the same: %s', (a, b, same) => {
    expect(deepEqual(a, b)).toBe(same)
    expect(deepEqual(b, a)).toBe(same)
  })

  test('nesting is bounded by an error, not by the stack', () => {
    expect(() => deepCopy(nested(1_500))).not.toThrow()
    expect(() => deepCopy(nested(5_000))).toThrow(DepthError)
    expect(() => deepEqual(nested(5_000), nested(5_000))).toThrow(DepthError)
  })
})

test.each([
  [nested(3), 3, false],
  [nested(4), 3, true],
  [{ a: [{}], b: 1 }, 3, false],
  [{ a: [{}], b: 1 }, 2, true],
  ['text', 0, false],
  [nested(100_000), 1_000, true],
])('nesting is measured (%#)', (value, limit, deeper) => {
  expect(nestsDeeperThan(value, limit)).toBe(deeper)
})

test('own properties can have any name', () => {
  const object: Record<string, number> = {}
  expect(ownProperty(object, '__proto__')).toBeUndefined()
  expect(ownProperty(object, 'constructor')).toBeUndefined()
  setOwnProperty(object, '__proto__', 1)
  setOwnProperty(object, 'plain', 2)
  expect(Object.entries(object)).toEqual([
    ['__proto__', 1],
    ['plain', 2],
  ])
  expect(ownProperty(object, '__proto__')).toBe(1)
})
