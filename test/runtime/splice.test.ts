import { describe, expect, test } from 'vitest'
import {
  cutResourceVersion,
  isStoredAs,
  labelsAt,
  metadataStartOf,
  spliceResourceVersion,
} from '../../lib/runtime/splice.js'
import { widgets } from './widgets.js'

const { v1 } = widgets()
const at = metadataStartOf(v1)
const stored = (metadata: string, rest = '') => Buffer.from(`${v1.prefix.toString()}"metadata":{${metadata}}${rest}}`)

describe.each([
  ['nothing', ''],
  ['a name', '"name":"a"'],
  ['a resourceVersion of its own', '"resourceVersion":"3"'],
  ['what looks like the end', '"name":"}"'],
])('metadata with %s', (_, metadata) => {
  test.each(['1', '42', '9007199254740991'])('gets resourceVersion %s and loses it again', (resourceVersion) => {
    const value = stored(metadata, ',"spec":{"resourceVersion":"x"}')
    const spliced = spliceResourceVersion(value, at, resourceVersion)
    const text = `"metadata":{"resourceVersion":"${resourceVersion}"${metadata === '' ? '' : ','}${metadata}}`
    expect(spliced.toString()).toContain(text)
    expect(() => JSON.parse(spliced.toString())).not.toThrow()
    expect(spliced.length).toBe(value.length + text.length - `"metadata":{${metadata}}`.length)
    expect(cutResourceVersion(spliced, at, resourceVersion)).toEqual(value)
  })
})

test('what has no revision stays as it is', () => {
  const value = stored('"name":"a"')
  expect(spliceResourceVersion(value, at, '')).toBe(value)
})

test('the bytes stand in memory that the caller chooses', () => {
  const own = spliceResourceVersion(stored('"name":"a"'), at, '7', undefined, Buffer.allocUnsafeSlow)
  expect(own.buffer.byteLength).toBe(own.length)
})

test.each([
  ['as we write it', stored('"name":"a"'), true],
  ['with metadata behind something else', Buffer.from(`${v1.prefix.toString()}"spec":{},"metadata":{}}`), false],
  ['in another order', Buffer.from('{"metadata":{},"kind":"Widget","apiVersion":"example.com/v1"}'), false],
  ['cut off in its prefix', stored('').subarray(0, at - 3), false],
  ['nothing', Buffer.alloc(0), false],
])('a value is spliced only where its beginning is as we write it: %s', (_, value, is) => {
  expect(isStoredAs(value, v1)).toBe(is)
})

test.each([
  ['none', '"name":"a"', undefined],
  ['first', '"labels":{"a":"b"},"name":"a"', { a: 'b' }],
  ['last', '"name":"labels","annotations":{"labels":{"x":"y"}},"labels":{"a":"b"}', { a: 'b' }],
  ['with signs that JSON escapes', '"labels":{"a":"\\"}{\\u00fc"}', { a: '"}{ü' }],
  ['after lists and numbers', '"finalizers":["labels",{"labels":1}],"generation":1,"labels":{}', {}],
])('labels are found where they stand: %s', (_, metadata, labels) => {
  expect(labelsAt(stored(metadata), at)).toEqual(labels)
  expect(labelsAt(spliceResourceVersion(stored(metadata), at, '12'), at)).toEqual(labels)
})
