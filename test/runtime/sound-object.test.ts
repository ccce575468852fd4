import { describe, expect, test } from 'vitest'
import { MAX_DEPTH } from '../../lib/runtime/json/index.js'
import { isSoundObject } from '../../lib/runtime/sound-object.js'
import { widget, widgets } from './widgets.js'

const isSound = (text: string | Buffer, stamped = false) => isSoundObject(Buffer.from(text), stamped)
const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)

test('what the server writes is sound', () => {
  const { codec } = widgets()
  const labels = { a: 'ü "\\ \n', metadata: 'x' }
  const metadata = { name: 'a', uid: '1', labels, annotations: labels, generation: 1, finalizers: ['a', 'a'] }
  expect(isSoundObject(codec.encode(widget('a', { metadata, status: { metadata, list: [metadata] } })), false)).toBe(
    true,
  )
  expect(isSoundObject(codec.encode({ metadata: {} }), false)).toBe(true)
})

describe('an object is sound', () => {
  test.each([
    ['with nothing in it', '{}'],
    ['with spaces in it', ' { "metadata" : { "a" : 1 } , "b" :\t[ ] } '],
    ['with a key twice in what lies deeper', '{"spec":{"a":1,"a":2},"metadata":{"labels":{"a":"","a":""}}}'],
    ['with a resourceVersion elsewhere', '{"resourceVersion":"1","spec":{"resourceVersion":"1"}}'],
    ['with the same key in it and in its metadata', '{"name":"a","metadata":{"name":"a","metadata":{}}}'],
    ['with metadata that is none', '{"metadata":[{"resourceVersion":"1"}]}'],
    ['with escapes in values and deeper keys', '{"metadata":{"a":"\\n","labels":{"\\n":""}}}'],
    ['as deep as may be', `{"a":${nested(MAX_DEPTH - 1)},"metadata":{"b":${nested(MAX_DEPTH - 2)}}}`],
    ['with many keys', `{${Array.from({ length: 64 }, (_, i) => `"k${i}":0`)}}`],
  ])('%s', (_, text) => expect(isSound(text)).toBe(true))
})

describe('an object is not sound', () => {
  test.each([
    ['when it is none', '[]'],
    ['when nothing is there', ''],
    ['with something behind it', '{}{}'],
    ['without its end', '{"metadata":{}'],
    ['with a comma too many', '{"a":1,}'],
    ['without a comma', '{"a":1 "b":2}'],
    ['without a colon', '{"a" 1}'],
    ['with a value that is none', '{"spec":{"a":nope}}'],
    ['with a key that is no string', '{a:1}'],
    ['on two lines', '{\n"a":1}'],
    ['on two lines, deeper', '{"a":[1,\r2]}'],
    ['with a key twice', '{"a":1,"b":2,"a":3}'],
    ['with metadata twice', '{"metadata":{},"a":1,"metadata":{}}'],
    ['with a key twice in its metadata', '{"metadata":{"name":"a","uid":"b","name":"c"}}'],
    ['with an escape in a key', '{"\\u006detadata":{}}'],
    ['with an escape in a key of its metadata', '{"metadata":{"resource\\u0056ersion":"1"}}'],
    ['with metadata that does not end', '{"metadata":{"name":"a"'],
    ['deeper than may be', `{"a":${nested(MAX_DEPTH)}}`],
    ['with metadata deeper than may be', `{"metadata":{"a":${nested(MAX_DEPTH - 1)}}}`],
    ['with more keys than are compared', `{${Array.from({ length: 65 }, (_, i) => `"k${i}":0`)}}`],
    ['in Latin-1', Buffer.from('{"a":"ü"}', 'latin1')],
  ])('%s', (_, text) => expect(isSound(text)).toBe(false))
})

test('a resourceVersion stands in the metadata once it was put there, and once only', () => {
  const object = (metadata: string) => `{"metadata":{${metadata}}}`
  expect(isSound(object('"resourceVersion":"1","name":"a"'), true)).toBe(true)
  expect(isSound(object('"resourceVersion":"1","name":"a"'))).toBe(false)
  expect(isSound(object('"resourceVersion":"1","resourceVersion":"2"'), true)).toBe(false)
})
