import { describe, expect, it } from 'vitest'
import { duplicateKeys } from '../../../lib/runtime/yaml/index.js'

describe('keys that stand twice', () => {
  it.each([
    ['none', 'a: 1\nb: {c: 1}\nc: [{c: 1}, {c: 2}]', []],
    ['in a line each', 'a: 1\nb: 2\na: 3\n', ['line 3: key "a" already set in map']],
    ['in a row', 'a: 1\na: 2\na: 3\n', ['line 2: key "a" already set in map', 'line 3: key "a" already set in map']],
    [
      'in JSON',
      '{"a":{"b":1,"b":2},"a":3}',
      ['line 1: key "b" already set in map', 'line 1: key "a" already set in map'],
    ],
    ['by the line of the value', 'a: 1\na:\n  b: 1\n', ['line 3: key "a" already set in map']],
    ['in items of lists', '- a: 1\n- a: 1\n  a: 2\n', ['line 3: key "a" already set in map']],
    ['that are numbers', '1: a\n1: b\n"1": c', ['line 2: key 1 already set in map']],
    ['with quotes', '"a\\"b": 1\n"a\\"b": 2', ['line 2: key "a\\"b" already set in map']],
  ])('%s', (_, text, found) => {
    expect(duplicateKeys(text)).toEqual(found)
  })

  it('are told up to a hundred', () => {
    expect(duplicateKeys('a: 1\n'.repeat(200))).toHaveLength(100)
  })
})
