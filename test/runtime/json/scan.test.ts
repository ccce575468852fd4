import { describe, expect, test } from 'vitest'
import { scanJSON } from '../../../lib/runtime/json/index.js'
import { randomJSON, seededRandom } from './random-json.js'

const scan = (text: string) => scanJSON(Buffer.from(text))

describe('scanJSON', () => {
  test.each([
    ['{"spec":{"x":1,"x":2}}', ['spec.x']],
    ['{"a":1,"a":2,"a":3}', ['a']],
    ['{"spec":{"items":[{"b":1},{"a":1,"a":[]}]}}', ['spec.items[1].a']],
    ['[[],[{"a":{},"a":{}}]]', ['[1][0].a']],
    ['{"a":{"b":1},"c":{"b":1}}', []],
    ['{"a":["a","a"],"b":"a"}', []],
    ['{"a":1,"\\u0061":2}', ['a']],
    ['{"\\u0061":1,"a":2,"b":1}', ['a']],
    ['{"é":1,"\\u00e9":2}', ['é']],
    ['{"q\\"":1,"q\\"":2}', ['q"']],
    ['{"a{":1,"b}":"]}","a{":2}', ['a{']],
    ['{"ab":1,"ba":2,"BB":3,"Aa":4,"C#":5}', []],
  ])('%s repeats %j', (text, duplicates) => {
    expect(scan(text).duplicates).toEqual(duplicates)
  })

  test('keys are told apart in objects with many keys too, and outer objects remember theirs', () => {
    const members = Array.from({ length: 40 }, (_, index) => `"k${index}":{"x":${index}}`)
    expect(scan(`{${members.join(',')}}`).duplicates).toEqual([])
    expect(scan(`{${[...members, '"k3":{"y":1,"y":2}', '"k39":0'].join(',')}}`).duplicates).toEqual([
      'k3',
      'k3.y',
      'k39',
    ])
  })

  test('no duplicates are seen in what JSON.stringify wrote, whatever the keys', () => {
    const random = seededRandom(3)
    for (let round = 0; round < 500; round++) {
      const result = scan(JSON.stringify(randomJSON(random, 6), undefined, round % 3))
      expect(result).toMatchObject({ duplicates: [], tooDeepAt: -1, loneSurrogates: false, invalidUTF8: false })
    }
  })

  test('at most 100 duplicates are named, and endless keys are cut', () => {
    const pairs = Array.from({ length: 300 }, (_, index) => `"k${index}":1,"k${index}":2`)
    expect(scan(`{${pairs.join(',')}}`).duplicates).toHaveLength(100)
    const long = 'x'.repeat(100_000)
    expect(scan(`{"${long}":1,"${long}":2}`).duplicates[0]).toHaveLength(1_025)
  })

  test.each([
    ['[9007199254740991,-9007199254740991]', false],
    ['[9007199254740992]', true],
    ['[123456789012345]', false],
    ['[0.1234567890123456789]', false],
    ['[1e400]', true],
    ['[1e300]', false],
    ['["9007199254740993"]', false],
    [`[${'9'.repeat(1000)}]`, true],
  ])('%s holds a number that a double does not: %s', (text, unsafe) => {
    expect(scan(text).unsafeNumbers).toBe(unsafe)
  })

  test.each([
    ['["\\ud83d\\ude00"]', false],
    ['["\\ud83d"]', true],
    ['["\\ud83d\\u0061"]', true],
    ['["\\ude00"]', true],
    ['["\\uDBFF\\uDFFF"]', false],
    ['["\\\\ud83d"]', false],
    ['{"\\ud83d":1}', true],
  ])('%s holds half a surrogate pair: %s', (text, lone) => {
    expect(scan(text).loneSurrogates).toBe(lone)
  })

  test('bytes that are no UTF-8 are noticed', () => {
    expect(scanJSON(Buffer.from([0x22, 0xc3, 0x28, 0x22])).invalidUTF8).toBe(true)
    expect(scan('"é"').invalidUTF8).toBe(false)
  })

  test('the bracket that goes too deep is named by its offset', () => {
    expect(scanJSON(Buffer.from('[[[]]]'), { maxDepth: 2 }).tooDeepAt).toBe(2)
    expect(scanJSON(Buffer.from('[{"a":{}}]'), { maxDepth: 3 }).tooDeepAt).toBe(-1)
  })

  test.each(['', '}', ']]]', '{"', '{"a\\', '"\\u', '{"a":"\\ud8', '-', '{,,}', '[}', '{]"a"'])(
    'malformed %j gives some answer',
    (text) => {
      expect(scan(text).tooDeepAt).toBe(-1)
    },
  )
})
