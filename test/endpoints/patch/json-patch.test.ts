import { describe, expect, it } from 'vitest'
import { applyJSONPatch } from '../../../lib/endpoints/patch/json-patch.js'
import { operationsOf, type PatchOperation, unknownMembers } from '../../../lib/endpoints/patch/json-patch-operation.js'
import { PatchError, PatchLimitError } from '../../../lib/endpoints/patch/patch-error.js'
import { encodeJSON } from '../../../lib/runtime/json/index.js'

const patched = (document: unknown, ...operations: PatchOperation[]): unknown => applyJSONPatch(document, operations)

function nested(levels: number): unknown {
  let value: unknown = 0
  for (let level = 0; level < levels; level++) value = [value]
  return value
}

describe('an operation of a JSON patch', () => {
  it('finds its place by unescaped keys, ~1 before ~0', () => {
    expect(patched({ 'a/b': 1, '~1': 2 }, { op: 'replace', path: '/~01', value: 3 })).toEqual({ 'a/b': 1, '~1': 3 })
    expect(patched({ 'a/b': 1 }, { op: 'remove', path: '/a~1b' })).toEqual({})
  })

  it('counts negative indices from the end', () => {
    expect(patched([1, 2, 3], { op: 'remove', path: '/-1' })).toEqual([1, 2])
    expect(patched([1, 2], { op: 'add', path: '/-1', value: 3 })).toEqual([1, 2, 3])
    expect(() => patched([1, 2], { op: 'remove', path: '/-3' })).toThrow('out of bounds')
  })

  it.each(['0x1', '1.0', '1_0', '1e0', ' 1', 'length', '__proto__', '9'.repeat(400)])(
    'takes %j for no index of a list',
    (key) => {
      expect(() => patched([1, 2], { op: 'replace', path: `/${key}`, value: 0 })).toThrow(PatchError)
    },
  )

  it.each(['1', '01', '+1', '-1', '-01'])('takes %j for the index 1 of two items, as Go reads numbers', (key) => {
    expect(patched([1, 2], { op: 'replace', path: `/${key}`, value: 0 })).toEqual([1, 0])
  })

  it('adds what it was to replace, and null for what it was to copy, as Kubernetes does', () => {
    expect(patched({}, { op: 'replace', path: '/a', value: 1 })).toEqual({ a: 1 })
    expect(patched({}, { op: 'copy', from: '/b', path: '/a' })).toEqual({ a: null })
    expect(() => patched({}, { op: 'move', from: '/b', path: '/a' })).toThrow('no member "b"')
  })

  it('passes over what stands before the first slash of a path', () => {
    expect(patched({ a: { b: 1 } }, { op: 'replace', path: 'x/a/b', value: 2 })).toEqual({ a: { b: 2 } })
    expect(() => patched({ a: 1 }, { op: 'replace', path: 'a', value: 2 })).toThrow('path "a" has no slash')
  })

  it('finds null where a member is missing, but not below one that is missing', () => {
    expect(patched({ a: {} }, { op: 'test', path: '/a/b', value: null })).toEqual({ a: {} })
    expect(() => patched({ a: {} }, { op: 'test', path: '/a/b/c', value: null })).toThrow('no member "b"')
    expect(() => patched({ a: 0 }, { op: 'test', path: '/a', value: null })).toThrow('testing value "/a" failed')
  })

  it('may test and replace the document, and nothing else', () => {
    expect(patched({ a: 1 }, { op: 'replace', path: '', value: { b: 2 } })).toEqual({ b: 2 })
    expect(patched({ a: 1 }, { op: 'replace', path: '', value: 'no document' })).toEqual({ a: 1 })
    expect(patched({ a: 1 }, { op: 'test', path: '', value: { a: 1 } })).toEqual({ a: 1 })
    for (const operation of [
      { op: 'remove', path: '' },
      { op: 'add', path: '', value: {} },
      { op: 'copy', from: '', path: '/b' },
      { op: 'copy', from: '/a', path: '' },
      { op: 'move', from: '/a', path: '' },
    ])
      expect(() => patched({ a: 1 }, operation)).toThrow('the whole document can only be tested or replaced')
  })

  it('may not move a value into itself, not even where another one takes its place', () => {
    const document = { l: [{ a: {} }, { a: {} }] }
    expect(() => patched(document, { op: 'move', from: '/l/0', path: '/l/0/a/x' })).toThrow('into itself')
    expect(document).toEqual({ l: [{ a: {} }, { a: {} }] })
    expect(patched(document, { op: 'move', from: '/l/0', path: '/l/0' })).toEqual(document)
  })

  it('needs its path and its from; a value that it does not say is null', () => {
    expect(() => patched({}, { op: 'add', value: 1 })).toThrow('"add" operation without a path')
    expect(() => patched({}, { op: 'copy', path: '/a' })).toThrow('"copy" operation without a from')
    expect(patched({}, { op: 'add', path: '/a' })).toEqual({ a: null })
    expect(() => patched({}, { path: '/a' })).toThrow('unexpected kind of operation: ""')
  })

  it('copies values: neither the patch nor its source changes with the copy', () => {
    const operations = operationsOf([
      { op: 'add', path: '/b', value: { x: [] } },
      { op: 'copy', from: '/b', path: '/c' },
      { op: 'add', path: '/c/x/-', value: 1 },
    ])
    const expected = { b: { x: [] }, c: { x: [1] } }
    expect(applyJSONPatch({}, operations)).toEqual(expected)
    expect(applyJSONPatch({}, operations)).toEqual(expected)
  })

  it('keeps integers beyond 2^53, and compares them exactly', () => {
    const big = 9007199254740993n
    const document = patched({ n: big }, { op: 'copy', from: '/n', path: '/m' }, { op: 'test', path: '/m', value: big })
    expect(encodeJSON(document).toString()).toBe('{"n":9007199254740993,"m":9007199254740993}')
    expect(() => patched({ n: big }, { op: 'test', path: '/n', value: 9007199254740992n })).toThrow(PatchError)
  })

  it('treats __proto__ and constructor as keys like every other', () => {
    const document = patched(
      {},
      { op: 'add', path: '/__proto__', value: { polluted: true } },
      { op: 'add', path: '/__proto__/more', value: 1 },
      { op: 'copy', from: '/__proto__', path: '/constructor' },
    ) as object
    expect(JSON.stringify(document)).toBe(
      '{"__proto__":{"polluted":true,"more":1},"constructor":{"polluted":true,"more":1}}',
    )
    expect(Object.getPrototypeOf(document)).toBe(Object.prototype)
    expect('polluted' in {}).toBe(false)
    expect(() => patched({}, { op: 'add', path: '/constructor/x', value: 1 })).toThrow('no member "constructor"')
    expect(() => patched({}, { op: 'add', path: '/__proto__/x', value: 1 })).toThrow('no member "__proto__"')
    expect(patched(document, { op: 'remove', path: '/__proto__' })).not.toHaveProperty('polluted')
  })
})

describe('the cost of a JSON patch', () => {
  it('is bounded in depth, whether operations stack what they add or move it', () => {
    const add = (path: string): PatchOperation => ({ op: 'add', path, value: nested(900) })
    expect(() => patched([], add('/-'), add(`${'/0'.repeat(900)}/-`))).toThrow(PatchLimitError)
    const moves: PatchOperation[] = [add('/a'), add('/b'), { op: 'move', from: '/a', path: `/b${'/0'.repeat(899)}/-` }]
    expect(() => patched({}, ...moves)).toThrow('nested 1000 levels deep')
    expect(() => patched({}, ...moves, { op: 'copy', from: '/b', path: '/c' })).toThrow(PatchLimitError)
  })

  it('is bounded in what copies add', () => {
    const doubling = Array.from({ length: 40 }, (): PatchOperation => ({ op: 'copy', from: '/l', path: '/l/-' }))
    expect(() => patched({ l: ['0123456789'] }, ...doubling)).toThrow(
      'the copies of one patch exceed 3145728 characters',
    )
  })

  it('is bounded in the items that shift', () => {
    const document = { l: Array.from({ length: 100_000 }, () => 0) }
    const first = Array.from({ length: 1000 }, (): PatchOperation => ({ op: 'add', path: '/l/0', value: 1 }))
    const last = first.map((operation): PatchOperation => ({ ...operation, path: '/l/-' }))
    expect(() => patched(structuredClone(document), ...first)).toThrow('shifts more than 50000000 list items')
    expect((patched(structuredClone(document), ...last) as typeof document).l).toHaveLength(101_000)
  })

  it('is bounded in the length of paths, and messages do not carry long ones', () => {
    expect(() => patched({}, { op: 'add', path: `/${'a'.repeat(65_536)}`, value: 1 })).toThrow('65536 characters')
    const message = (() => {
      try {
        return String(patched({}, { op: 'remove', path: `/${'a'.repeat(60_000)}` }))
      } catch (err) {
        return (err as Error).message
      }
    })()
    expect(message.length).toBeLessThan(300)
  })
})

describe('the form of a JSON patch', () => {
  it('is checked in the words of a Go decoder', () => {
    expect(() => operationsOf([1])).toThrow('json: cannot unmarshal number into Go value of type jsonPatchOp')
    expect(() => operationsOf([{ op: true }])).toThrow(
      'json: cannot unmarshal bool into Go struct field jsonPatchOp.op of type string',
    )
    expect(() => operationsOf([{ op: 'add', path: [] }])).toThrow(
      'json: cannot unmarshal array into Go struct field jsonPatchOp.path of type string',
    )
    expect(operationsOf([{ op: null }])).toHaveLength(1)
  })

  it('names members that no operation has, at most a hundred, none at length', () => {
    const operations = operationsOf([
      { op: 'test', path: '', value: { deep: 1 } },
      { foo: 1, Op: 2 },
    ])
    expect(unknownMembers(operations)).toEqual(['[1].foo', '[1].Op'])
    expect(unknownMembers(operationsOf(Array.from({ length: 1000 }, () => ({ x: 1 }))))).toHaveLength(100)
    expect(unknownMembers(operationsOf([{ ['k'.repeat(9999)]: 1 }]))[0]).toHaveLength(260)
  })
})
