import { describe, expect, test } from 'vitest'
import { DepthError } from '../../../lib/runtime/json/index.js'
import { decodeYAML, YAMLError } from '../../../lib/runtime/yaml/index.js'

const decode = (text: string) => decodeYAML(Buffer.from(text))
const value = (text: string) => decode(text).value

describe('decodeYAML', () => {
  test('reads the forms of YAML that objects are written in', () => {
    const text = `apiVersion: wardle.example.com/v1alpha1
kind: Flunder # a comment
metadata:
  name: b
  labels: {app: "1", l: &v "anchored", m: *v}
  annotations:
    multi: |
      one
      two
    folded: >-
      one
      two
    yes: "true"
    ? odd
    : key
spec: {}
status: ~
list:
- a
-
  - b
`
    expect(decode(text)).toEqual({
      value: {
        apiVersion: 'wardle.example.com/v1alpha1',
        kind: 'Flunder',
        metadata: {
          name: 'b',
          labels: { app: '1', l: 'anchored', m: 'anchored' },
          annotations: { multi: 'one\ntwo\n', folded: 'one two', true: 'true', odd: 'key' },
        },
        spec: {},
        status: null,
        list: ['a', ['b']],
      },
      duplicates: [],
    })
  })

  test.each([
    ['yes', true],
    ['On', true],
    ['TRUE', true],
    ['y', true],
    ['yEs', 'yEs'],
    ['off', false],
    ['N', false],
    ['null', null],
    ['~', null],
    ['0777', 511],
    ['0o17', 15],
    ['0x1F', 31],
    ['0b101', 5],
    ['-0x10', -16],
    ['+12', 12],
    ['1_000', 1000],
    ['09', 9],
    ['1.5', 1.5],
    ['.5', 0.5],
    ['1.', 1],
    ['1e3', 1000],
    ['9007199254740993', 9007199254740993n],
    ['18446744073709551615', 18446744073709551615n],
    ['1e400', '1e400'],
    ['190:20:30', '190:20:30'],
    ['2026-01-01', '2026-01-01'],
    ['2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z'],
    ['12', 12],
    ['"12"', '12'],
    ["'yes'", 'yes'],
    ['!!str 12', '12'],
    ['!!int "12"', 12],
    ['!!float 12', 12],
    ['!!binary aGVsbG8=', 'hello'],
    ['!custom 12', '12'],
    ['1.2.3', '1.2.3'],
    ['-', [null]],
  ])('%s means %o', (text, expected) => {
    expect(value(`- ${text}`)).toEqual([expected])
  })

  test.each([
    ['{1: a, true: b, 1.5: c, "x": d}', { 1: 'a', true: 'b', 1.5: 'c', x: 'd' }],
    ['a: 1\n---\nb: [', { a: 1 }],
    ['---\na: 1\n...\nrubbish: [', { a: 1 }],
    ['', null],
    ['# only a comment\n', null],
    ['{"a": [1, 2]}', { a: [1, 2] }],
    ['{a: [1, yes]}', { a: [1, true] }],
    ['%YAML 1.1\n---\na: on', { a: true }],
  ])('%j is %j', (text, expected) => {
    expect(value(text)).toEqual(expected)
  })

  test('merge keys fill in what is not there, the first source first', () => {
    const text = `base: &base {a: 1, b: 1}
other: &other {b: 2, c: 2}
merged:
  <<: [*base, *other]
  a: own
`
    expect(value(text)).toMatchObject({ merged: { a: 'own', b: 1, c: 2 } })
    expect(value('x: &x {a: 1}\nz:\n  a: 2\n  <<: *x\n')).toMatchObject({ z: { a: 2 } })
  })

  test('aliases are copies, and name what their anchor meant where they stand', () => {
    const decoded = value('a: &x {v: 1}\nb: *x\nc: &x {v: 2}\nd: *x\n') as Record<string, { v: number }>
    expect(decoded).toEqual({ a: { v: 1 }, b: { v: 1 }, c: { v: 2 }, d: { v: 2 } })
    expect(decoded.a).not.toBe(decoded.b)
  })

  test('duplicates are told with their paths, the last one wins', () => {
    expect(decode('metadata:\n  name: d\n  name: e\nlist:\n- {a: 1, "a": 2}\n1: x\n"1": z\n')).toEqual({
      value: { metadata: { name: 'e' }, list: [{ a: 2 }], 1: 'z' },
      duplicates: ['metadata.name', 'list[0].a', '1'],
    })
  })

  test('a key __proto__ is data', () => {
    const decoded = value('__proto__: {polluted: yes}\nm:\n  <<: {__proto__: {polluted: yes}}\n') as object
    expect(Object.keys(decoded)).toEqual(['__proto__', 'm'])
    expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype)
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })

  test.each([
    ['apiVersion: v1\n  kind: Flunder\n bad: [', /^yaml: line 1: Nested mappings/],
    ['metadata:\n\tname: a\n', /^yaml: line 2: /],
    ['a: *nothing', /^yaml: line 1: unknown anchor 'nothing' referenced$/],
    ['a: &a [*a]', /anchor 'a' value contains itself/],
    ['a: .inf', /\.inf cannot be expressed in JSON/],
    ['? {a: 1}\n: b', /unsupported map key of type object/],
    ['~: b', /unsupported map key of type null/],
    ['<<: 5', /map merge requires map or sequence of maps as the value/],
    ['!!int abc', /cannot decode `abc` as a !!int/],
    ['!!binary "*"', /invalid base64/],
    ['a: "unclosed', /^yaml: line 1: /],
  ])('%j is refused', (text, message) => {
    expect(() => value(text)).toThrow(YAMLError)
    expect(() => value(text)).toThrow(message)
  })

  test('bytes that are no UTF-8, and too many bytes, are refused', () => {
    expect(() => decodeYAML(Buffer.from([0x61, 0xff]))).toThrow('yaml: invalid UTF-8')
    expect(() => decodeYAML(Buffer.from('a: bcd'), { maxBytes: 5 })).toThrow(
      'yaml: document of 6 bytes is too large: limit is 5',
    )
  })

  test('aliases that multiply are refused before they fill the memory', () => {
    const levels = Array.from({ length: 20 }, (_, level) => {
      const item = level === 0 ? 'lol' : `*l${level - 1}`
      return `l${level}: &l${level} [${Array.from({ length: 9 }, () => item).join(', ')}]`
    })
    expect(() => value(levels.join('\n'))).toThrow(/excessive aliasing/)
    const long = `a: &a "${'x'.repeat(10_000)}"\nb: [${Array.from({ length: 200 }, () => '*a').join(', ')}]`
    expect(() => value(long)).toThrow(/excessive aliasing/)
  })

  test.each([
    ['flow lists', '['.repeat(200_000)],
    ['flow maps', '{a: '.repeat(200_000)],
    ['block lists', '- '.repeat(200_000)],
    ['explicit keys', '? '.repeat(200_000)],
    ['brackets behind a key', `a: ${'['.repeat(200_000)}`],
    [
      'aliases',
      `a0: &a0 []\n${Array.from({ length: 1_000 }, (_, level) => `a${level + 1}: &a${level + 1} [*a${level}]`).join('\n')}`,
    ],
  ])('%s nested too deeply are refused without a stack overflow', (_name, text) => {
    expect(() => value(text)).toThrow(DepthError)
  })

  test('nesting up to the limit is read', () => {
    expect(() => value(`a: ${'['.repeat(255)}${']'.repeat(255)}`)).not.toThrow()
    expect(() => value(`${'- '.repeat(256)}a`)).not.toThrow()
  })
})
