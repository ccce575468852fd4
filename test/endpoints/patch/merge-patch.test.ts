import { describe, expect, it } from 'vitest'
import { applyMergePatch } from '../../../lib/endpoints/patch/merge-patch.js'
import { seededRandom } from '../../runtime/json/random-json.js'
import { smallDocument, smallObject } from './random-patch.js'

type Flat = Map<string, unknown>

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A document as its leaves by path; an object without members is a leaf. Lists and scalars are leaves. */
function flatten(value: unknown, at: readonly string[] = [], into: Flat = new Map()): Flat {
  if (!isObject(value)) into.set(JSON.stringify(at), value)
  else {
    into.set(JSON.stringify(at), {})
    for (const [key, member] of Object.entries(value)) flatten(member, [...at, key], into)
  }
  return into
}

/** A list as it comes where no object stood: members that are null are left out of all objects in it. */
const pruned = (list: unknown): unknown =>
  JSON.parse(JSON.stringify(list), function (_, value) {
    return value === null && !Array.isArray(this) ? undefined : value
  })

/** RFC 7386 said otherwise: path by path. What a patch sets replaces what stood there and takes all below with it. */
function expectedLeaves(target: unknown, patch: unknown): Flat {
  const leaves = flatten(target)
  for (const [path, value] of flatten(patch)) {
    const below = `${path.slice(0, -1)}${path === '[]' ? '' : ','}`
    const replacesObject = isObject(leaves.get(path))
    if (isObject(value) && replacesObject) continue
    const leaf = Array.isArray(value) && !replacesObject ? pruned(value) : value
    for (const known of [...leaves.keys()]) if (known === path || known.startsWith(below)) leaves.delete(known)
    if (value !== null || path === '[]') leaves.set(path, leaf)
  }
  return leaves
}

describe('a merge patch', () => {
  it.each([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('does with %j and %j what the appendix of RFC 7386 says', (target, patch, result) => {
    expect(applyMergePatch(target, patch)).toStrictEqual(result)
  })

  it.each([
    [{ a: [{ b: 1 }] }, { a: [{ b: null, c: [{ d: null }, null] }] }, { a: [{ c: [{}, null] }] }],
    [{}, { a: [{ b: null }] }, { a: [{}] }],
    [{ a: { b: 1 } }, { a: [{ b: null }] }, { a: [{ b: null }] }],
  ])('to %j with %j takes nulls out of lists that replace no object, as Kubernetes does', (target, patch, result) => {
    expect(applyMergePatch(target, patch)).toStrictEqual(result)
  })

  it('has, leaf by leaf, the result that the rules of RFC 7386 give', () => {
    const random = seededRandom(7386)
    let changed = 0
    for (let round = 0; round < 4000; round++) {
      const target = smallDocument(random, 4)
      const patch = random() < 0.9 ? smallObject(random, 4) : smallDocument(random)
      const result = applyMergePatch(structuredClone(target), structuredClone(patch))
      const expected = expectedLeaves(target, patch)
      expect(flatten(result), JSON.stringify({ target, patch })).toStrictEqual(expected)
      if (JSON.stringify(result) !== JSON.stringify(target)) changed++
    }
    expect(changed).toBeGreaterThan(2000)
  })

  it('treats __proto__ as a key like every other', () => {
    const patch: unknown = JSON.parse('{"a":{"__proto__":{"polluted":true}},"__proto__":{"polluted":true}}')
    const result = applyMergePatch({ a: {} }, patch)
    expect(JSON.stringify(result)).toBe('{"a":{"__proto__":{"polluted":true}},"__proto__":{"polluted":true}}')
    expect('polluted' in {}).toBe(false)
    expect(JSON.stringify(applyMergePatch(result, JSON.parse('{"__proto__":null,"a":null}')))).toBe('{}')
  })

  it('keeps integers beyond 2^53', () => {
    expect(applyMergePatch({ a: 1 }, { a: 9007199254740993n })).toEqual({ a: 9007199254740993n })
  })
})
