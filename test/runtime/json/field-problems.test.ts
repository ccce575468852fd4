import { describe, expect, it } from 'vitest'
import { decodeJSON, fieldProblems } from '../../../lib/runtime/json/index.js'
import { randomJSON, seededRandom } from './random-json.js'

const found = (text: string, unknown: readonly string[] = [], opaque = '') =>
  fieldProblems(text, new Set(unknown), (path) => path === opaque).map(({ kind, path }) => `${kind} ${path}`)

describe('the problems of fields', () => {
  it.each([
    ['{"b":1,"a":{"c":1,"c":2},"a":3}', ['b'], ['unknown b', 'duplicate a.c', 'duplicate a']],
    ['{"a":1,"a":2,"b":3}', ['b'], ['duplicate a', 'unknown b']],
    ['{"b":1,"b":2,"b":3}', ['b'], ['unknown b']],
    ['{"a":1,"a":2,"a":3}', [], ['duplicate a']],
    [
      '{"b":{"x":1,"x":2},"a":[{"x":1,"x":2},[{"y":1,"y":1}]]}',
      ['b'],
      ['unknown b', 'duplicate a[0].x', 'duplicate a[1][0].y'],
    ],
    [' { "a" : "\\"{" ,\n"\\u0061" : [ ] , "" : -1e5 } ', [''], ['duplicate a', 'unknown ']],
    ['{"__proto__":1,"__proto__":2}', [], ['duplicate __proto__']],
    ['[]', [], []],
    ['"x"', [], []],
  ])('of %s come in the order of the text, each once', (text, unknown, problems) => {
    expect(found(text, unknown)).toEqual(problems)
  })

  it('are not looked for where nothing is known', () => {
    expect(found('{"a":{"b":1,"b":2},"c":1,"c":2}', [], 'a')).toEqual(['duplicate c'])
  })

  it('come to an end', () => {
    const text = `{${Array.from({ length: 300 }, (_, i) => `"k${i}":1,"k${i}":2`).join(',')}}`
    expect(found(text)).toHaveLength(100)
  })

  it('below keys as long as a book are not told', () => {
    const key = 'k'.repeat(5000)
    expect(found(`{"${key}":{"a":1,"a":2},"b":1,"b":2}`)).toEqual(['duplicate b'])
  })

  it('are, of keys that stand twice, those that a scan finds', () => {
    const random = seededRandom(2885)
    for (let round = 0; round < 300; round++) {
      const text = `{"a":${JSON.stringify(randomJSON(random))},"b":{"c":1,"c":${JSON.stringify(randomJSON(random))}},"a":2}`
      expect(found(text)).toEqual(decodeJSON(Buffer.from(text)).duplicates.map((path) => `duplicate ${path}`))
    }
  })
})
