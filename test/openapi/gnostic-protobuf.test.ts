import { describe, expect, test } from 'vitest'
import { writeExtensions, writeSchema } from '../../lib/openapi/gnostic-schema.js'
import { buildV2, encodeGnostic } from '../../lib/openapi/index.js'
import { ProtobufWriter } from '../../lib/openapi/protobuf-writer.js'
import { wardleSource } from './wardle.js'

/** The fields of a message in their order; those of length-delimited ones are bytes. */
function fields(message: Buffer): [number: number, value: bigint | number | Buffer][] {
  const found: [number, bigint | number | Buffer][] = []
  let at = 0
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at++]!
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
  }
  while (at < message.length) {
    const tag = Number(varint())
    if (tag % 8 === 0) found.push([tag >> 3, varint()])
    else if (tag % 8 === 1) {
      found.push([tag >> 3, message.readDoubleLE(at)])
      at += 8
    } else {
      const size = Number(varint())
      found.push([tag >> 3, message.subarray(at, at + size)])
      at += size
    }
  }
  expect(at).toBe(message.length)
  return found
}

/** What stands at a path of field numbers, the first of each. */
function at(message: Buffer, ...path: number[]): Buffer | bigint | number | undefined {
  return path.reduce<Buffer | bigint | number | undefined>(
    (within, number) => fields(within as Buffer).find(([field]) => field === number)?.[1],
    message,
  )
}

function texts(message: Buffer, ...path: number[]): string[] {
  const last = path.pop()
  const within = path.length > 0 ? (at(message, ...path) as Buffer) : message
  return fields(within).flatMap(([field, value]) => (field === last ? [String(value)] : []))
}

function extensionText(value: unknown): string {
  const writer = new ProtobufWriter()
  writeExtensions(writer, 31, { 'x-test': value })
  return String(at(writer.finish(), 31, 2, 2))
}

describe('the wire form', () => {
  test('numbers, texts and lengths survive at every size', () => {
    const long = 'é'.repeat(70_000)
    const writer = new ProtobufWriter().int64(1, 300).int64(2, -1).int64(3, Number.MAX_SAFE_INTEGER).double(4, 0.5)
    writer.message(5, (one) => one.message(6, (two) => two.string(7, long).string(8, 'end')))
    const message = writer.finish()
    expect(at(message, 1)).toBe(300n)
    expect(at(message, 2)).toBe(2n ** 64n - 1n)
    expect(at(message, 3)).toBe(BigInt(Number.MAX_SAFE_INTEGER))
    expect(at(message, 4)).toBe(0.5)
    expect(String(at(message, 5, 6, 7))).toBe(long)
    expect(String(at(message, 5, 6, 8))).toBe('end')
  })

  test('what is empty, zero or false is left out, and a number beyond 64 bits too', () => {
    const writer = new ProtobufWriter().string(1, '').int64(2, 0).bool(3, false).double(4, 0).int64(5, 1e300)
    expect(writer.int64(6, Number.NaN).finish()).toHaveLength(0)
  })
})

describe('a schema', () => {
  test('has each keyword in the field that gnostic gives it', () => {
    const writer = new ProtobufWriter()
    writeSchema(writer, {
      type: 'object',
      required: ['a', 'b'],
      properties: { a: { type: 'array', items: { $ref: '#/x' } } },
    })
    const message = writer.finish()
    expect(texts(message, 19)).toEqual(['a', 'b'])
    expect(texts(message, 22, 1)).toEqual(['object'])
    expect(texts(message, 25, 1, 1)).toEqual(['a'])
    expect(texts(message, 25, 1, 2, 23, 1, 1)).toEqual(['#/x'])
  })

  test('says additionalProperties: true, and the schema of additional properties', () => {
    const any = new ProtobufWriter()
    writeSchema(any, { additionalProperties: true })
    expect(at(any.finish(), 21, 2)).toBe(1n)
    const some = new ProtobufWriter()
    writeSchema(some, { additionalProperties: { type: 'string' } })
    expect(texts(some.finish(), 21, 1, 22, 1)).toEqual(['string'])
  })
})

describe('a vendor extension', () => {
  test('is YAML text that leaves no room for another reading', () => {
    expect(extensionText([{ group: '', kind: 'no' }])).toBe('[{"group":"","kind":"no"}]\n')
  })

  test('has no character that a YAML reader refuses', () => {
    expect(extensionText('a\u2028\u007f\ufeff')).toBe('"a\\u2028\\u007f\\ufeff"\n')
    expect(extensionText('half \ud800, \\ud800, whole 😀')).toBe('"half \ufffd, \\\\ud800, whole 😀"\n')
  })
})

test('a document has all its paths, definitions and shared parameters', () => {
  const document = buildV2(wardleSource())
  const message = encodeGnostic(document)
  const all = (field: number, name: number) =>
    fields(message).flatMap(([number, value]) =>
      number === field
        ? fields(value as Buffer).flatMap(([n, entry]) => (n === name ? texts(entry as Buffer, 1) : []))
        : [],
    )
  expect(texts(message, 1)).toEqual(['2.0'])
  expect(texts(message, 2, 1)).toEqual(['Wardle'])
  expect(all(8, 2)).toEqual(Object.keys(document.paths))
  expect(all(9, 1)).toEqual(Object.keys(document.definitions))
  expect(all(10, 1)).toEqual(Object.keys(document.parameters ?? {}))
})
