import { describe, expect, test } from 'vitest'
import { MembersError } from '../../lib/runtime/json/index.js'
import { decodeProtobufObject, ProtobufError, type ProtobufMessage } from '../../lib/runtime/protobuf/index.js'

const inner: ProtobufMessage = {
  fields: { 1: { name: 'text', type: 'string' }, 2: { name: 'more', type: 'string', repeated: true } },
}
const message: ProtobufMessage = {
  fields: {
    1: { name: 'one', type: inner },
    2: { name: 'many', type: inner, repeated: true },
    3: { name: 'truth', type: 'bool' },
    4: { name: 'labels', type: 'textMap' },
    5: { name: 'extra', type: 'string', mapOfLists: true },
  },
}

const varint = (value: number): number[] => (value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(value >>> 7)])
const part = (field: number, content: readonly number[] | string): number[] => {
  const bytes = typeof content === 'string' ? [...Buffer.from(content)] : content
  return [...varint(field * 8 + 2), ...varint(bytes.length), ...bytes]
}
const wrapped = (raw: readonly number[], ...rest: readonly number[]): Buffer =>
  Buffer.from([
    ...Buffer.from('k8s\0'),
    ...part(1, [...part(1, 'example.com/v1'), ...part(2, 'Thing')]),
    ...part(2, raw),
    ...rest,
  ])

const decode = (body: Buffer, maxMembers?: number) =>
  decodeProtobufObject(body, ({ kind }) => (kind === 'Thing' ? message : undefined), maxMembers)
const fields = (...raw: number[][]) => {
  const { apiVersion, kind, ...rest } = decode(wrapped(raw.flat()))
  expect([apiVersion, kind]).toEqual(['example.com/v1', 'Thing'])
  return rest
}

describe('an object in protobuf', () => {
  test('becomes what it is in JSON', () => {
    expect(
      fields(
        part(1, [...part(1, 'ä'), ...part(2, 'a'), ...part(2, '')]),
        part(2, part(1, 'x')),
        part(2, []),
        [3 * 8, 1],
        part(4, [...part(1, 'k'), ...part(2, 'v')]),
        part(5, [...part(1, 'scopes'), ...part(2, [...part(1, 'a'), ...part(1, 'b')])]),
        part(5, [...part(1, 'none'), ...part(2, [])]),
      ),
    ).toEqual({
      one: { text: 'ä', more: ['a', ''] },
      many: [{ text: 'x' }, {}],
      truth: true,
      labels: { k: 'v' },
      extra: { scopes: ['a', 'b'], none: [] },
    })
  })

  test('passes over fields that are not described, of every wire type', () => {
    const unknown = [
      part(99, 'x'),
      [...varint(98 * 8), 5],
      [...varint(97 * 8 + 1), 1, 2, 3, 4, 5, 6, 7, 8],
      [...varint(96 * 8 + 5), 1, 2, 3, 4],
    ]
    expect(fields(...unknown, [3 * 8, 0])).toEqual({ truth: false })
  })

  test('counts all parts of a message that is written in several, and the last of a text', () => {
    expect(fields(part(1, part(1, 'a')), part(1, [...part(2, 'b'), ...part(1, 'c')]))).toEqual({
      one: { text: 'c', more: ['b'] },
    })
  })

  test('may have __proto__ for a key', () => {
    const decoded = fields(part(4, [...part(1, '__proto__'), ...part(2, 'v')]), part(5, part(1, '__proto__')))
    expect(JSON.stringify(decoded)).toBe('{"labels":{"__proto__":"v"},"extra":{"__proto__":[]}}')
    expect(({} as { v?: unknown }).v).toBeUndefined()
  })

  test('of a kind that is not known says which it is, and no more', () => {
    const body = Buffer.from([
      ...Buffer.from('k8s\0'),
      ...part(1, [...part(1, 'v1'), ...part(2, 'Other')]),
      ...part(2, part(1, 'x')),
    ])
    expect(decode(body)).toEqual({ apiVersion: 'v1', kind: 'Other' })
  })

  test('without any type says none', () => {
    expect(decode(Buffer.from('k8s\0'))).toEqual({})
  })

  test('is read as kubectl writes it', () => {
    const asked =
      '6b3873000a320a17617574686f72697a6174696f6e2e6b38732e696f2f7631121753656c665375626a6563744163636573735265766965771243' +
      '0a100a0012001a0022002a0032003800420012250a230a0364657612036765741a0022002a09706f64732e6170707332036c6f673a03666f6f' +
      '1a0808001200' +
      '1a0020001a002200'
    const attributes = ['namespace', 'verb', 'group', 'version', 'resource', 'subresource', 'name']
    const text = (name: string) => ({ name, type: 'string' }) as const
    const numbered = Object.fromEntries(attributes.map((name, i) => [i + 1, text(name)]))
    const review: ProtobufMessage = {
      fields: {
        2: { name: 'spec', type: { fields: { 1: { name: 'resourceAttributes', type: { fields: numbered } } } } },
      },
    }
    expect(decodeProtobufObject(Buffer.from(asked, 'hex'), () => review)).toEqual({
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: {
        resourceAttributes: {
          namespace: 'dev',
          verb: 'get',
          group: '',
          version: '',
          resource: 'pods.apps',
          subresource: 'log',
          name: 'foo',
        },
      },
    })
  })
})

describe('bytes that are no such object are refused', () => {
  test.each<[string, Buffer, string]>([
    ['nothing', Buffer.alloc(0), 'provided data does not appear to be a protobuf message'],
    ['JSON', Buffer.from('{}'), 'provided data does not appear to be a protobuf message'],
    ['a length beyond the end', wrapped([1 * 8 + 2, 100]), 'unexpected EOF'],
    ['a length of 2^60', wrapped([1 * 8 + 2, ...Array(8).fill(0xff), 0x0f]), 'unexpected EOF'],
    ['a number without an end', wrapped([3 * 8, ...Array(11).fill(0xff)]), 'integer overflow'],
    ['a number that stops', wrapped([3 * 8, 0xff]), 'unexpected EOF'],
    ['field 0', wrapped([2, 0]), 'illegal tag 0'],
    ['a group', wrapped([9 * 8 + 3]), 'illegal wire type 3'],
    ['a text where a truth belongs', wrapped(part(3, 'x')), 'wrong wireType = 2 for field truth'],
    ['a number where a message belongs', wrapped([8, 1]), 'wrong wireType = 0 for field one'],
    ['a text that is no UTF-8', wrapped(part(1, part(1, [0xff]))), 'a text is not valid UTF-8'],
    ['compressed content', wrapped([], ...part(3, 'gzip')), 'encoded content is not understood'],
    ['fixed bytes beyond the end', wrapped([...varint(90 * 8 + 5), 1]), 'unexpected EOF'],
  ])('%s', (_, body, why) => {
    expect(() => decode(body)).toThrow(ProtobufError)
    expect(() => decode(body)).toThrow(why)
  })

  test('a few bytes that stand for many items', () => {
    const body = wrapped(Array.from({ length: 1000 }, () => part(2, [])).flat())
    expect((decode(body, 1002).many as unknown[]).length).toBe(1000)
    expect(() => decode(body, 1000)).toThrow(MembersError)
  })

  test('cut off anywhere, or with any byte changed, they are read or refused, and nothing else happens', () => {
    const whole = wrapped([
      ...part(1, part(1, 'a')),
      ...part(4, [...part(1, 'k'), ...part(2, 'v')]),
      ...part(5, [...part(1, 's'), ...part(2, part(1, 'a'))]),
    ])
    let refused = 0
    const attempt = (body: Buffer) => {
      try {
        expect(decode(body)).toBeTypeOf('object')
      } catch (err) {
        expect(err).toBeInstanceOf(ProtobufError)
        refused++
      }
    }
    for (let end = 0; end < whole.length; end++) attempt(whole.subarray(0, end))
    for (let at = 0; at < whole.length; at++)
      for (const value of [0, 1, 0x7f, 0x80, 0xff])
        attempt(Buffer.from(whole.map((byte, i) => (i === at ? value : byte))))
    expect(refused).toBeGreaterThan(50)
  })
})
