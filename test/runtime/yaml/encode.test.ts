import { describe, expect, test } from 'vitest'
import { DepthError } from '../../../lib/runtime/json/index.js'
import { decodeYAML, encodeYAML, YAMLError } from '../../../lib/runtime/yaml/index.js'
import { randomJSON, seededRandom } from '../json/random-json.js'

describe('encodeYAML', () => {
  test('lays out an object as Kubernetes does', () => {
    const object = {
      kind: 'Flunder',
      apiVersion: 'wardle.example.com/v1alpha1',
      metadata: {
        name: 'dry',
        generateName: '12',
        generation: 7,
        creationTimestamp: '2026-01-01T00:00:00Z',
        managedFields: [
          {
            manager: 'conformance',
            apiVersion: 'wardle.example.com/v1alpha1',
            fieldsV1: { 'f:metadata': { 'f:generateName': {} } },
          },
        ],
      },
      status: {},
      spec: { matrix: [[1, 2], [], [{ a: 1, b: 2 }]], empty: [], nothing: null, text: 'one\ntwo\n' },
    }
    expect(encodeYAML(object)).toBe(`apiVersion: wardle.example.com/v1alpha1
kind: Flunder
metadata:
  creationTimestamp: "2026-01-01T00:00:00Z"
  generateName: "12"
  generation: 7
  managedFields:
  - apiVersion: wardle.example.com/v1alpha1
    fieldsV1:
      f:metadata:
        f:generateName: {}
    manager: conformance
  name: dry
spec:
  empty: []
  matrix:
  - - 1
    - 2
  - []
  - - a: 1
      b: 2
  nothing: null
  text: |
    one
    two
status: {}
`)
  })

  test.each([
    ['plain', 'plain'],
    ['two words', 'two words'],
    ['', '""'],
    ['12', '"12"'],
    ['1e3', '"1e3"'],
    ['0x1f', '"0x1f"'],
    ['true', '"true"'],
    ['No', '"No"'],
    ['n', '"n"'],
    ['null', '"null"'],
    ['~', '"~"'],
    ['190:20:30', '"190:20:30"'],
    ['2026-01-01', '"2026-01-01"'],
    ['<<', '"<<"'],
    ['.inf', '".inf"'],
    ['a: b', `'a: b'`],
    ['a:', `'a:'`],
    ['a:b', 'a:b'],
    ['a #b', `'a #b'`],
    ['a#b', 'a#b'],
    ['#a', `'#a'`],
    ['- a', `'- a'`],
    ['-a', '-a'],
    ['--- a', `'--- a'`],
    ['[a', `'[a'`],
    ['{}', `'{}'`],
    ['*a', `'*a'`],
    ['@a', `'@a'`],
    ["it's", "it's"],
    ["'it's", `'''it''s'`],
    [' a', `' a'`],
    ['a ', `'a '`],
    ['a\tb', '"a\\tb"'],
    ['a\rb', '"a\\rb"'],
    ['\u0000', '"\\0"'],
    ['😀', '"\\U0001F600"'],
    ['ünï', 'ünï'],
    ['UHqNx5H3K7A=', 'UHqNx5H3K7A='],
    ['flunders "none" not found', 'flunders "none" not found'],
    ['a\nb', '|-\n    a\n    b'],
    ['a\n\nb\n\n', '|+\n    a\n\n    b\n'],
    [' a\nb\n', '|2\n     a\n    b'],
    ['a \nb', '"a \\nb"'],
    ['a\n b', '|-\n    a\n     b'],
  ])('the string %j stands as %s', (text, yaml) => {
    expect(encodeYAML({ a: { k: text } })).toBe(`a:\n  k: ${yaml}\n`)
    expect(decodeYAML(Buffer.from(encodeYAML({ a: { k: text } }))).value).toEqual({ a: { k: text } })
  })

  test.each([
    [0.5, '0.5'],
    [0.00001, '1e-05'],
    [1e21, '1e+21'],
    [9007199254740993n, '9007199254740993'],
    [-0, '0'],
  ])('the number %s stands as %s', (number, yaml) => {
    expect(encodeYAML([number])).toBe(`- ${yaml}\n`)
  })

  test('keys are sorted: digits by number, letters last', () => {
    expect(encodeYAML({ b: 1, a10: 1, a2: 1, B: 1, 'a-b': 1, _x: 1, a: 1 })).toBe(
      '_x: 1\nB: 1\na: 1\na-b: 1\na2: 1\na10: 1\nb: 1\n',
    )
  })

  test('long and odd keys come back', () => {
    const object = {
      ['k'.repeat(200)]: [1, { a: 2 }],
      'a: b': { 'x\ny': 1 },
      '': 1,
      '12': { ['l'.repeat(150)]: { b: 1 } },
    }
    expect(decodeYAML(Buffer.from(encodeYAML(object))).value).toEqual(object)
  })

  test('random documents come back, whatever is in them', () => {
    const random = seededRandom(21)
    for (let round = 0; round < 400; round++) {
      const value = { v: randomJSON(random, 5) }
      // Through YAML itself: a document that begins with a bracket would take the way of JSON.
      expect(decodeYAML(Buffer.from(`# document\n${encodeYAML(value)}`)).value).toEqual(value)
    }
  })

  test('what is no JSON value, too deep or too large is refused', () => {
    expect(() => encodeYAML({ a: () => 1 })).toThrow(YAMLError)
    expect(() => encodeYAML([Number.NaN])).toThrow(YAMLError)
    let deep: unknown = 'x'.repeat(10)
    for (let level = 0; level < 3_000; level++) deep = [deep]
    expect(() => encodeYAML(deep)).toThrow(DepthError)
    let wide: unknown = Array.from({ length: 400_000 }, () => 1)
    for (let level = 0; level < 900; level++) wide = { a: wide }
    expect(() => encodeYAML(wide)).toThrow(/output is larger/)
  })
})
