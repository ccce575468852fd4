import { isUtf8 } from 'node:buffer'
import { describe, expect, test, vi } from 'vitest'
import { StoredObject, UnreadableValueError } from '../../lib/runtime/index.js'
import { widget, widgets } from './widgets.js'

const custom = widgets()
const typed = widgets(true)

const stored = (text: string | Buffer, kinds = custom, revision = 7) =>
  new StoredObject('/registry/example.com/widgets/default/a', Buffer.from(text), revision, kinds.codec)

const own = (kinds = custom, rest: object = {}) => stored(kinds.codec.encode(widget('a', rest)), kinds)
const parsed = (bytes: Buffer) => JSON.parse(bytes.toString())

/** How often JSON.parse was called by `work`. */
function parses(work: () => unknown): number {
  const spy = vi.spyOn(JSON, 'parse')
  try {
    work()
    return spy.mock.calls.length
  } finally {
    spy.mockRestore()
  }
}

describe('an object in the version it is stored in', () => {
  test('is its stored bytes with the resourceVersion in front of the other metadata', () => {
    expect(own().encodedAs(custom.v1).toString()).toBe(
      '{"kind":"Widget","apiVersion":"example.com/v1","metadata":{"resourceVersion":"7","name":"a","namespace":"default","uid":"uid-a"},"spec":{"size":"3x4"}}',
    )
  })

  test('is never parsed, another version is', () => {
    expect(parses(() => own().encodedAs(custom.v1))).toBe(0)
    expect(parses(() => own().encodedAs(custom.v2))).toBe(1)
  })

  test('gets no comma behind the resourceVersion when there is no other metadata', () => {
    const object = stored('{"kind":"Widget","apiVersion":"example.com/v1","metadata":{}}')
    expect(object.encodedAs(custom.v1).toString()).toContain('"metadata":{"resourceVersion":"7"}')
  })

  test('says no resourceVersion before it is stored', () => {
    const object = stored(custom.codec.encode(widget('a')), custom, 0)
    expect(object.encodedAs(custom.v1).toString()).not.toContain('resourceVersion')
    expect(object.object.metadata).not.toHaveProperty('resourceVersion')
    expect(object.resourceVersion).toBe('')
  })
})

test('another version comes through the internal form, is made once, and says the resourceVersion', () => {
  const object = own()
  const first = object.encodedAs(custom.v2)
  expect(parsed(first)).toMatchObject({
    apiVersion: 'example.com/v2',
    metadata: { name: 'a', resourceVersion: '7' },
    spec: { width: 3, height: 4 },
  })
  expect(parses(() => expect(object.encodedAs(custom.v2)).toBe(first))).toBe(0)
})

test('an item of a list says its kind when it is a custom resource, and keeps it to itself when it is built in', () => {
  const pieces = (kinds: typeof custom) => Buffer.concat(own(kinds).itemEncodedAs(kinds.v1))
  expect(parsed(pieces(custom))).toHaveProperty('kind', 'Widget')
  expect(parsed(pieces(typed))).not.toHaveProperty('kind')
  expect(parsed(pieces(typed))).not.toHaveProperty('apiVersion')
  expect(parsed(pieces(typed)).metadata.resourceVersion).toBe('7')
})

test('a deletion shows the last state at the revision of the deletion', () => {
  const last = own()
  expect(last.atRevision(9).resourceVersion).toBe('9')
  expect(last.atRevision(9).object.metadata.resourceVersion).toBe('9')
  expect(last.resourceVersion).toBe('7')
  expect(last.atRevision(7)).toBe(last)
})

describe('a value that somebody else wrote', () => {
  const members = '"metadata":{"labels":{"metadata":"x"},"name":"a"},"spec":{"metadata":{"name":"inner"},"size":"3x4"}'
  const sorted = `{"apiVersion":"example.com/v1","kind":"Widget",${members}}`
  const whole = {
    apiVersion: 'example.com/v1',
    kind: 'Widget',
    metadata: { resourceVersion: '7', name: 'a', labels: { metadata: 'x' } },
    spec: { metadata: { name: 'inner' }, size: '3x4' },
  }

  test('with sorted keys, as kube-apiserver writes custom resources, is served without being parsed', () => {
    const object = stored(sorted)
    expect(parses(() => object.encodedAs(custom.v1))).toBe(0)
    expect(parsed(object.encodedAs(custom.v1))).toEqual(whole)
  })

  test('is put in order for a built-in kind, whose items leave out what stands first', () => {
    const object = stored(sorted, typed)
    expect(object.encodedAs(typed.v1).subarray(0, typed.v1.prefix.length)).toEqual(typed.v1.prefix)
    expect(parsed(Buffer.concat(object.itemEncodedAs(typed.v1)))).not.toHaveProperty('kind')
  })

  test('is converted like any other', () => {
    expect(parsed(stored(sorted).encodedAs(custom.v2))).toMatchObject({
      apiVersion: 'example.com/v2',
      metadata: { name: 'a', resourceVersion: '7' },
      spec: { metadata: { name: 'inner' }, width: 3, height: 4 },
    })
  })

  test('in another known version than the one we store is converted', () => {
    const text = '{"apiVersion":"example.com/v2","kind":"Widget","metadata":{"name":"a"},"spec":{"width":1,"height":2}}'
    expect(parsed(stored(text).encodedAs(custom.v1)).spec).toEqual({ size: '1x2' })
    expect(parsed(stored(text).encodedAs(custom.v2)).spec).toEqual({ width: 1, height: 2 })
  })

  test.each([
    ['a newline behind it, as Go encodes', (text: string) => `${text}\n`],
    ['newlines within', (text: string) => JSON.stringify(JSON.parse(text), null, 2)],
    ['carriage returns and spaces behind it', (text: string) => `${text} \r\n `],
    ['a newline between the members', (text: string) => text.replace(',"spec"', ',\n"spec"')],
  ])('stands on one line, since a watch sends an event a line: %s', (_, spaced) => {
    for (const kinds of [custom, typed]) {
      for (const text of [sorted, `{"kind":"Widget","apiVersion":"example.com/v1",${members}}`]) {
        const bytes = stored(spaced(text), kinds).encodedAs(kinds.v1)
        expect(bytes.toString()).not.toMatch(/[\r\n]/)
        expect(parsed(bytes)).toEqual(whole)
      }
    }
  })

  const layouts = [
    ['as we write it', '{"kind":"Widget","apiVersion":"example.com/v1",'],
    ['with sorted keys', '{"apiVersion":"example.com/v1","kind":"Widget",'],
  ] as const

  describe.each(layouts)('%s', (_, head) => {
    const all = (text: string | Buffer) =>
      [custom, typed].flatMap((kinds) => {
        const bytes = Buffer.concat([Buffer.from(head), Buffer.from(text), Buffer.from('}')])
        return [stored(bytes, kinds), stored(bytes, kinds).settle()].map((object) => ({ object, kinds }))
      })

    test.each([
      ['a resourceVersion', '"metadata":{"name":"a","resourceVersion":"999999999"}', { name: 'a' }],
      ['a resourceVersion alone', '"metadata":{"resourceVersion":"999999999"}', {}],
      ['a resourceVersion that is no text', '"metadata":{"resourceVersion":999,"name":"a"}', { name: 'a' }],
      ['two of them', '"metadata":{"resourceVersion":"1","name":"a","resourceVersion":"2"}', { name: 'a' }],
      ['one spelled with an escape', '"metadata":{"name":"a","resource\\u0056ersion":"1"}', { name: 'a' }],
      ['a field twice', '"metadata":{"name":"a","uid":"1","uid":"2"}', { name: 'a', uid: '2' }],
      ['metadata twice', '"metadata":{"name":"a"},"metadata":{"name":"b"}', { name: 'b' }],
      ['metadata once more, in other words', '"metadata":{"name":"a"},"\\u006detadata":{"name":"b"}', { name: 'b' }],
    ])('is shown with each key once and the resourceVersion it has: %s', (_, members, metadata) => {
      for (const { object, kinds } of all(members)) {
        const bytes = object.encodedAs(kinds.v1)
        expect(parsed(bytes).metadata).toEqual({ ...metadata, resourceVersion: '7' })
        expect(bytes.toString().split('"resourceVersion"')).toHaveLength(2)
        expect(bytes.toString().split('etadata"')).toHaveLength(2)
        expect(parsed(Buffer.concat(object.itemEncodedAs(kinds.v1))).metadata).toEqual(parsed(bytes).metadata)
        expect(parsed(object.atRevision(9).encodedAs(kinds.v1)).metadata.resourceVersion).toBe('9')
        expect(object.object.metadata.resourceVersion).toBe('7')
        expect(object.labels).toEqual({})
        expect(object.value.includes(members)).toBe(true)
      }
    })

    test('is shown in UTF-8, whatever it is in', () => {
      const bytes = Buffer.from('"metadata":{"name":"a"},"spec":{"note":"\xff"}', 'latin1')
      for (const { object, kinds } of all(bytes)) {
        expect(parsed(object.encodedAs(kinds.v1)).spec).toEqual({ note: '\ufffd' })
        expect(isUtf8(object.encodedAs(kinds.v1))).toBe(true)
      }
    })

    test.each([
      '{"a":nope}',
      '{"a":NaN}',
      '{"a":1 "b":2}',
      '{a:1}',
      '{"a":01}',
      '{"a":1,}',
      '{"a":"\\q"}',
      '{"a":}',
      '{"a":[}',
      '[1,2',
      '{"a":"\x01"}',
      '{}},{"metadata":{}',
      '['.repeat(12_000) + ']'.repeat(12_000),
    ])('cannot be read when a member is no JSON, or nests too deeply: %.30s', (spec) => {
      for (const { object, kinds } of all(`"metadata":{"name":"a"},"spec":${spec}`)) {
        const reads = [
          () => object.encodedAs(kinds.v1),
          () => object.itemEncodedAs(kinds.v1),
          () => object.itemSizeAs(kinds.v1),
          () => object.encodedAs(kinds.v2),
          () => object.labels,
          () => object.object,
          () => object.atRevision(9).encodedAs(kinds.v1),
        ]
        for (const read of [...reads, ...reads]) expect(read).toThrow(UnreadableValueError)
      }
    })
  })

  test('may have no metadata but an empty object', () => {
    const object = stored('{"apiVersion":"example.com/v1","metadata":{ },"kind":"Widget"}')
    expect(parsed(object.encodedAs(custom.v1)).metadata).toEqual({ resourceVersion: '7' })
  })
})

describe('a value that is no object of the kind is named by its key', () => {
  const body = '"apiVersion":"example.com/v1","metadata":{"name":"a"}'
  test.each([
    ['protobuf', 'k8s\0\n\x10\n\x02v1', 'it is in the protobuf format of Kubernetes'],
    ['nothing', '', 'unexpected end of JSON input'],
    ['null', 'null', 'it is no object with metadata'],
    ['a list', '[]', 'it is no object with metadata'],
    ['an object without metadata', `{"kind":"Widget","apiVersion":"example.com/v1"}`, 'it is no object with metadata'],
    ['half an object', `{"kind":"Widget",${body.slice(0, -1)}`, 'unexpected end of JSON input'],
    ['an object of another kind', `{"kind":"Gadget",${body}}`, 'it is of example.com/v1, Kind=Gadget'],
    ['an object of another version', `{"kind":"Widget",${body.replace('v1', 'v9')}}`, 'example.com/v9, Kind=Widget'],
    ['an object that says no kind', `{${body}}`, 'Kind=undefined'],
  ])('%s', (_, text, why) => {
    const object = stored(text)
    const read = [() => object.object, () => object.encodedAs(custom.v1), () => object.encodedAs(custom.v2)]
    for (const each of read) {
      expect(each).toThrow(UnreadableValueError)
      expect(each).toThrow(`the value stored at ${object.key} cannot be read: `)
      expect(each).toThrow(why)
    }
  })

  test('an object of the same kind in another group', () => {
    const other = widgets()
    other.scheme.addKnownKind({ ...other.v2, gvk: { ...other.v2.gvk, group: 'other.com' }, apiVersion: 'other.com/v2' })
    const object = stored('{"apiVersion":"other.com/v2","kind":"Widget","metadata":{}}', other)
    expect(() => object.object).toThrow('it is of other.com/v2, Kind=Widget')
  })
})

describe('an object that is not stored', () => {
  test('shows the revision it was made from', () => {
    const object = widget('a')
    object.metadata.resourceVersion = '5'
    expect(custom.codec.transient('/x', object).resourceVersion).toBe('5')
  })

  test.each(['abc', '1.5', '99999999999999999999', ''])('shows none when it says %j', (resourceVersion) => {
    const object = widget('a')
    object.metadata.resourceVersion = resourceVersion
    expect(custom.codec.transient('/x', object).resourceVersion).toBe('')
  })
})
