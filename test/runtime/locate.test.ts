import { describe, expect, test } from 'vitest'
import { locateMember, locateObject } from '../../lib/runtime/locate.js'

const locate = (text: string) => locateObject(Buffer.from(text))

/** What stands behind the place that was found. */
function behindMetadata(text: string): string | undefined {
  const layout = locate(text)
  return layout && Buffer.from(text).subarray(layout.metadataStart).toString()
}

test('the parts are found in the order of a sorted encoder', () => {
  const text = '{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"a"},"spec":{}}'
  expect(locate(text)).toMatchObject({ apiVersion: 'example.com/v1', kind: 'Widget', metadataEmpty: false })
  expect(behindMetadata(text)).toBe('"name":"a"},"spec":{}}')
})

test('whitespace may stand everywhere', () => {
  const text = ' {\n "kind" : "Widget" ,\t"metadata" : { } , "apiVersion":"v1" }\n'
  expect(locate(text)).toMatchObject({ apiVersion: 'v1', kind: 'Widget', metadataEmpty: true })
})

test.each([
  ['nested in an object before it', '{"spec":{"metadata":{"name":"inner"}},"metadata":{"name":"outer"}}'],
  ['nested in a list before it', '{"a":[{"metadata":{"name":"inner"}}],"metadata":{"name":"outer"}}'],
  ['inside a text', '{"a":"\\"metadata\\":{\\"name\\":1","metadata":{"name":"outer"}}'],
  ['the value of another key', '{"kind":"metadata","metadata":{"name":"outer"}}'],
  ['behind braces inside a text', '{"a":"}}]","metadata":{"name":"outer"}}'],
  ['behind an escaped backslash at the end of a text', '{"a":"\\\\","metadata":{"name":"outer"}}'],
  ['behind numbers and words', '{"a":-1.5e3,"b":true,"c":null,"metadata":{"name":"outer"}}'],
  ['said twice, of which the last counts', '{"metadata":{"name":"first"},"metadata":{"name":"outer"}}'],
])('metadata is not mistaken: %s', (_, text) => {
  expect(behindMetadata(text)).toBe('"name":"outer"}}')
})

describe('what is no such object is not located', () => {
  test.each([
    ['nothing', ''],
    ['protobuf', 'k8s\0\n\x10'],
    ['a list', '[{"metadata":{}}]'],
    ['metadata that is a text', '{"metadata":"{}"}'],
    ['metadata that is null', '{"metadata":null}'],
    ['no metadata', '{"kind":"Widget"}'],
    ['metadata under an escaped name', '{"meta\\u0064ata":{}}'],
    ['an object that never ends', '{"kind":"Widget","metadata":{"name":"a"}'],
    ['metadata that never ends', '{"kind":"Widget","metadata":{"name":"a"'],
    ['a text that never ends', '{"metadata":{},"a":"b'],
    ['no comma between members', '{"a":1 "metadata":{}}'],
    ['something other than a comma between members', '{"a":"1";"metadata":{}}'],
    ['something behind the object', '{"metadata":{}} {"metadata":{}}'],
    ['no colon', '{"metadata"{}}'],
  ])('%s', (_, text) => {
    expect(locate(text)).toBeUndefined()
  })
})

test('every truncation of an object is refused', () => {
  const text =
    '{"apiVersion":"v1","kind":"Widget","metadata":{"name":"a","labels":{"x":"y"}},"spec":{"l":[1,{"a":"b"}]}}'
  for (let end = 0; end < text.length; end++) expect(locate(text.slice(0, end)), text.slice(0, end)).toBeUndefined()
  expect(locate(text)).toBeDefined()
})

describe('one member of an object', () => {
  const find = (text: string) => {
    const bytes = Buffer.from(text)
    const found = locateMember(bytes, 1, 'labels')
    return found && bytes.subarray(found.start, found.end).toString()
  }

  test.each([
    ['{"labels":{"a":"b"}}', '{"a":"b"}'],
    ['{ "name" : "a" , "labels" : [ ] , "x" : 1 }', '[ ]'],
    ['{"labels":null,"labels":1}', 'null'],
    ['{"a":{"labels":1},"b":"labels"}', undefined],
    ['{"labelsx":1,"label":2,"l\\u0061bels":3}', undefined],
    ['{}', undefined],
    [' {}', undefined],
  ])('is found in %s: %s', (text, value) => {
    expect(find(text.trim())).toBe(value)
  })

  test.each(['{', '{"a', '{"a"}', '{"a" 1}', '{"a":"b}', '{"a":{"b":1}', '{"a":1,', '{"a":"1";"labels":2}', '{a:1}'])(
    'is not looked for beyond what is no object: %s',
    (text) => {
      expect(() => find(text)).toThrow(SyntaxError)
    },
  )
})
