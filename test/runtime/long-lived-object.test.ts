import { describe, expect, test, vi } from 'vitest'
import { derivedForms } from '../../lib/runtime/derived-forms.js'
import { StorageCodec, StoredObject, UnreadableValueError } from '../../lib/runtime/index.js'
import { widget, widgets } from './widgets.js'

const kinds = widgets()
/** Stored in the internal version, so that nothing has to be converted. */
const plain = new StorageCodec(kinds.scheme, kinds.v2)
const KEY = '/registry/example.com/widgets/default/a'

const stored = (value: Buffer | string, codec = kinds.codec, revision = 7) =>
  new StoredObject(KEY, Buffer.from(value), revision, codec)

const rest = { metadata: { name: 'a', labels: { app: 'x', '': 'y' } }, spec: { width: 1, height: 2, note: 'ü\u2028"' } }
const sorted = '{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"labels":{"app":"x"},"name":"a"}}'

describe.each([
  ['as we write it', (codec: StorageCodec) => codec.encode(widget('a', rest))],
  ['with nothing in its metadata', (codec: StorageCodec) => codec.encode(widget('a', { metadata: {} }))],
  ['as others write it', () => Buffer.from(sorted)],
  ['with a newline behind it', (codec: StorageCodec) => Buffer.concat([codec.encode(widget('a')), Buffer.from('\n')])],
  ['with newlines within', () => Buffer.from(JSON.stringify(JSON.parse(sorted), null, 1))],
])('an object that lives long is what it was: %s', (_, encode) => {
  test.each([
    ['in a version that is converted', kinds.codec, 7],
    ['in the internal version', plain, 2 ** 53 - 1],
    ['without a revision', kinds.codec, 0],
  ])('%s', (_name, codec, revision) => {
    const value = encode(codec)
    const [young, old] = [stored(value, codec, revision), stored(value, codec, revision).settle()]
    expect(old.value).toEqual(young.value)
    expect(old.encodedAs(kinds.v1)).toEqual(young.encodedAs(kinds.v1))
    expect(old.encodedAs(kinds.v2)).toEqual(young.encodedAs(kinds.v2))
    expect(old.labels).toEqual(young.labels)
    expect(old.object).toEqual(young.object)
    expect(old.atRevision(9).encodedAs(kinds.v1)).toEqual(young.atRevision(9).encodedAs(kinds.v1))
    expect(old.settle()).toBe(old)
    expect(old.value).toEqual(young.value)
  })
})

describe('an object that lives long', () => {
  test('keeps one encoding, in memory of its own', () => {
    const message = Buffer.alloc(100_000, 0x20)
    for (const value of [kinds.codec.encode(widget('a')), Buffer.from(sorted)]) {
      value.copy(message, 5_000)
      const object = new StoredObject(KEY, message.subarray(5_000, 5_000 + value.length), 7, kinds.codec).settle()
      const bytes = object.encodedAs(kinds.v1)
      if (value.toString() !== sorted) expect(bytes.buffer.byteLength).toBe(bytes.length)
      else expect(object.value.buffer.byteLength).toBe(value.length)
      message.fill(0)
      expect(JSON.parse(object.encodedAs(kinds.v1).toString()).metadata).toMatchObject({
        resourceVersion: '7',
        name: 'a',
      })
    }
  })

  test('finds its labels without being parsed, and only those of its own metadata', () => {
    const spec = { metadata: { labels: { app: 'inner' } } }
    const object = stored(plain.encode(widget('a', { ...rest, spec })), plain).settle()
    const none = stored(
      plain.encode(widget('a', { spec, metadata: { name: 'labels', annotations: { labels: '{}' } } })),
      plain,
    )
    const decode = vi.spyOn(plain, 'decode')
    expect(object.labels).toEqual({ app: 'x', '': 'y' })
    expect(none.settle().labels).toEqual({})
    expect(decode).not.toHaveBeenCalled()
    decode.mockRestore()
  })

  test('shows labels of any name as data', () => {
    const value = plain.encode(widget('a', { metadata: { name: 'a', labels: JSON.parse('{"__proto__":"x"}') } }))
    const { labels } = stored(value, plain).settle()
    expect(Object.keys(labels)).toEqual(['__proto__'])
    expect(Object.hasOwn(labels, '__proto__')).toBe(true)
  })

  test.each([
    ['labels that never end', '{"labels":{"app":"x}}}'],
    ['labels that are no JSON', '{"labels":{app:x}}}'],
    ['labels with a comma too many', '{"labels":{"app":"x",}}}'],
  ])('says that it cannot be read when it has %s', (_, metadata) => {
    const head = plain.encode(widget('a')).toString().split('{"name"')[0]!
    const object = stored(head + metadata, plain).settle()
    expect(() => object.labels).toThrow(UnreadableValueError)
  })

  test('is whole for who parses it, even where there is room for nothing else', () => {
    const room = 48 * 1024 * 1024
    const filler = (bytes: number) => derivedForms.keep({ forget: () => {} }, bytes)
    const object = stored(kinds.codec.encode(widget('a', rest)), kinds.codec).settle()
    // Nothing but what follows is kept.
    filler(room + 1)
    filler(0)
    expect(derivedForms.bytes).toBe(0)
    expect(object.object.metadata.name).toBe('a')
    const parsed = derivedForms.bytes
    object.encodedAs(kinds.v2)
    filler(room - derivedForms.bytes + 1)
    expect(derivedForms.bytes).toBe(room + 1 - parsed)
    // It is parsed again, and what goes for that is its own other form.
    expect(object.object).toMatchObject({ metadata: { name: 'a', resourceVersion: '7' } })
    expect(derivedForms.bytes).toBeLessThanOrEqual(room)
    expect(object.encodedAs(kinds.v2).includes('"width":1')).toBe(true)
    filler(room + 1)
    filler(0)
  })

  test('forgets what can be made again, and makes it again', () => {
    const object = stored(kinds.codec.encode(widget('a', rest)), kinds.codec).settle()
    const [first, form] = [object.object, object.encodedAs(kinds.v2)]
    expect(object.object).toBe(first)
    object.forget()
    expect(object.object).not.toBe(first)
    expect(object.object).toEqual(first)
    expect(object.encodedAs(kinds.v2)).not.toBe(form)
    expect(object.encodedAs(kinds.v2)).toEqual(form)
  })
})
