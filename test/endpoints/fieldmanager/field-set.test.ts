import { describe, expect, test } from 'vitest'
import type { FieldSet } from '../../../lib/endpoints/fieldmanager/field-set.js'
import { decodeFieldsV1, encodeFieldsV1, MAX_PATH_ELEMENTS } from '../../../lib/endpoints/fieldmanager/fields-v1.js'
import { pathText } from '../../../lib/endpoints/fieldmanager/path-element.js'

const set = (fieldsV1: object): FieldSet => decodeFieldsV1(fieldsV1)
const shown = (fields: FieldSet): unknown => encodeFieldsV1(fields)

const left = { 'f:a': {}, 'f:b': { '.': {}, 'f:c': {}, 'f:d': {} } }
const right = { 'f:b': { 'f:c': {} }, 'f:e': {} }

test.each([
  [
    'union',
    (a: FieldSet, b: FieldSet) => a.union(b),
    { 'f:a': {}, 'f:b': { '.': {}, 'f:c': {}, 'f:d': {} }, 'f:e': {} },
  ],
  ['intersection', (a: FieldSet, b: FieldSet) => a.intersection(b), { 'f:b': { 'f:c': {} } }],
  ['difference', (a: FieldSet, b: FieldSet) => a.difference(b), { 'f:a': {}, 'f:b': { '.': {}, 'f:d': {} } }],
  [
    'recursive difference',
    (a: FieldSet, b: FieldSet) => a.recursiveDifference(b),
    { 'f:a': {}, 'f:b': { '.': {}, 'f:d': {} } },
  ],
] as const)('the %s of two sets', (_, operation, result) => {
  expect(shown(operation(set(left), set(right)))).toEqual(result)
})

test('a difference leaves what lies below a path, a recursive one takes it', () => {
  const whole = set({ 'f:b': { '.': {}, 'f:c': {} } })
  const parent = set({ 'f:b': {} })
  expect(shown(whole.difference(parent))).toEqual({ 'f:b': { 'f:c': {} } })
  expect(shown(whole.recursiveDifference(parent))).toEqual({})
})

test('sets are equal whatever the order in which they were written', () => {
  expect(
    set({ 'f:b': {}, 'f:a': { 'f:y': {}, 'f:x': {} } }).equals(set({ 'f:a': { 'f:x': {}, 'f:y': {} }, 'f:b': {} })),
  ).toBe(true)
  expect(set({ 'f:a': { '.': {}, 'f:x': {} } }).equals(set({ 'f:a': { 'f:x': {} } }))).toBe(false)
})

describe('fieldsV1', () => {
  test('is written in one order: the path itself, then fields, keys, values and indices, each sorted', () => {
    const mixed = {
      'i:10': {},
      'i:9': {},
      'v:"b"': {},
      'v:10': {},
      'v:9': {},
      'k:{"b":2}': {},
      'k:{"a":10}': {},
      'k:{"a":9}': {},
      'f:z': {},
    }
    const text = JSON.stringify(shown(set({ 'f:l': { ...mixed, '.': {} } })))
    expect(Object.keys(JSON.parse(text)['f:l'])).toEqual([
      '.',
      'f:z',
      'k:{"a":9}',
      'k:{"a":10}',
      'k:{"b":2}',
      'v:9',
      'v:10',
      'v:"b"',
      'i:9',
      'i:10',
    ])
  })

  test('two spellings of one step are one step', () => {
    const twice = {
      'k:{"b":1, "a":"x"}': { 'f:p': {} },
      'k:{"a":"x","b":1.0}': { 'f:q': {} },
      'v:"\\u0061"': {},
      'v:"a"': {},
      'i:+1': {},
      'i:1': {},
    }
    expect(shown(set(twice))).toEqual({ 'k:{"a":"x","b":1}': { 'f:p': {}, 'f:q': {} }, 'v:"a"': {}, 'i:1': {} })
  })

  test('names that JavaScript gives a meaning are names like others', () => {
    const fields = JSON.parse('{"f:__proto__":{"f:polluted":{}},"f:constructor":{}}') as object
    expect(JSON.stringify(shown(set(fields)))).toBe('{"f:__proto__":{"f:polluted":{}},"f:constructor":{}}')
    expect(({} as Record<string, unknown>)['f:polluted']).toBeUndefined()
  })

  test('integers beyond 2^53 keep their digits', () => {
    expect(shown(set({ 'v:9007199254740993': {} }))).toEqual({ 'v:9007199254740993': {} })
  })

  test.each([
    ['a step of no known kind', { 'x:y': {} }, /unknown path element: "x:y"/],
    ['a step without a kind', { name: {} }, /unknown path element/],
    ['keys that are no object', { 'k:[]': {} }, /keys of a list item are an object/],
    ['a value that is no JSON', { 'v:{': {} }, /v:/],
    ['a value with something behind it', { 'v:1 2': {} }, /v:/],
    ['an index that is no number', { 'i:x': {} }, /not an index/],
    ['a branch that is no object', { 'f:a': [] }, /a field set is an object/],
    ['nesting in a value', { [`v:${'['.repeat(300)}${']'.repeat(300)}`]: {} }, /depth/],
    ['no object', [], /a field set is an object/],
  ])('%s is refused', (_, fields, why) => {
    expect(() => decodeFieldsV1(fields)).toThrow(why)
  })

  test('no more steps are read than an object may have', () => {
    const many = Object.fromEntries(Array.from({ length: MAX_PATH_ELEMENTS + 1 }, (_, index) => [`f:${index}`, {}]))
    expect(() => decodeFieldsV1(many)).toThrow(`more than ${MAX_PATH_ELEMENTS} path elements`)
  })
})

test.each([
  [['f:spec', 'f:a.b'], '.spec.a.b'],
  [['f:l', 'k:{"name":"a\\"b","port":80}', 'f:x'], '.l[name="a\\"b",port=80].x'],
  [['f:l', 'v:"x"'], '.l[="x"]'],
  [['f:l', 'v:true'], '.l[=true]'],
  [['f:l', 'i:3'], '.l[3]'],
])('the path %j is shown as %s', (path, text) => {
  expect(pathText(path)).toBe(text)
})

test('paths come with the ones that end on a level first', () => {
  const paths = [...set({ 'f:a': { 'f:x': {} }, 'f:b': {}, 'f:c': { '.': {}, 'f:y': {} } }).paths()].map(pathText)
  expect(paths).toEqual(['.b', '.c', '.a.x', '.c.y'])
})
