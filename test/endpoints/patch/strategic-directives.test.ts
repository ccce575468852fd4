import { describe, expect, it } from 'vitest'
import { StrategicPatchError } from '../../../lib/endpoints/patch/strategic-error.js'
import { lettersOf, merged, named } from './strategic-kind.js'

describe('$patch', () => {
  it('replaces or empties an object', () => {
    expect(merged({ labels: { a: '1' } }, { labels: { $patch: 'replace', b: '2' } })).toEqual({ labels: { b: '2' } })
    expect(merged({ labels: { a: '1' } }, { labels: { $patch: 'delete', b: '2' } })).toEqual({ labels: {} })
  })

  it('speaks of nothing where there is nothing, as in Kubernetes', () => {
    expect(
      merged({}, { labels: { $patch: 'replace', b: '2' }, containers: [{ $patch: 'delete', name: 'a' }] }),
    ).toEqual({
      containers: [],
    })
  })

  it('deletes items by their key, and only those', () => {
    const patch = { containers: [{ $patch: 'delete', name: 'b' }, { $patch: 'delete', name: 'z' }, { name: 'd' }] }
    expect(lettersOf(merged({ containers: named('abc') }, patch))).toBe('dac')
  })

  it('replaces a list from any place in it', () => {
    const patch = { containers: [{ name: 'c' }, { $patch: 'replace' }, { $patch: 'delete', name: 'a' }] }
    expect(merged({ containers: named('ab') }, patch)).toEqual({ containers: [{ name: 'c' }] })
  })

  it.each([
    [{ labels: { $patch: 'frobnicate' } }, 'unknown patch type: "frobnicate"'],
    [{ labels: { $patch: 'merge' } }, 'unknown patch type: "merge"'],
    [{ containers: [{ $patch: 'frobnicate', name: 'a' }] }, 'unknown patch type: "frobnicate"'],
    [{ containers: [{ $patch: 'merge', name: 'a' }] }, 'merging lists cannot yet be specified in the patch'],
    [{ containers: [{ $patch: 'delete' }] }, 'map: {"$patch":"delete"} does not contain declared merge key: name'],
  ])('is refused in %j', (patch, message) => {
    expect(() => merged({ labels: { a: '1' }, containers: named('a') }, patch)).toThrow(message)
  })
})

describe('$deleteFromPrimitiveList', () => {
  it('takes scalars out of any list, and knows nothing of lists that are not there', () => {
    const patch = { '$deleteFromPrimitiveList/sets': ['a', 'z'], '$deleteFromPrimitiveList/declared': ['b'] }
    expect(merged({ sets: ['a', 'b', 'a'], declared: ['b'] }, patch)).toEqual({ sets: ['b'], declared: [] })
    expect(merged({}, patch)).toEqual({})
  })

  it('takes out before the same patch puts in', () => {
    const patch = { sets: ['c'], '$deleteFromPrimitiveList/sets': ['a', 'c'] }
    expect(merged({ sets: ['a', 'b', 'c'] }, patch)).toEqual({ sets: ['c', 'b'] })
  })

  it.each([
    { '$deleteFromPrimitiveList/sets': 'a' },
    { '$deleteFromPrimitiveList/sets': null },
    { $deleteFromPrimitiveList: ['a'] },
    { '$deleteFromPrimitiveList/containers': [{ name: 'a' }] },
  ])('is malformed as %j', (patch) => {
    expect(() => merged({ sets: ['a'], containers: named('a') }, patch)).toThrow(
      new StrategicPatchError('invalid patch format of primitive list', true),
    )
  })
})

describe('$setElementOrder', () => {
  const ordered = (target: string, order: string, patch?: string): string =>
    lettersOf(
      merged(
        { containers: named(target) },
        { '$setElementOrder/containers': named(order), ...(patch !== undefined && { containers: named(patch) }) },
      ),
    )

  it('puts in order what it names', () => {
    expect(ordered('abc', 'cab')).toBe('cab')
    expect(ordered('abc', 'cdab', 'd')).toBe('cdab')
  })

  it('leaves what it does not name before what that stood before', () => {
    expect(ordered('axb', 'ab')).toBe('axb')
    expect(ordered('axb', 'ba')).toBe('xba')
    expect(ordered('xaby', 'acb', 'c')).toBe('xacby')
    expect(ordered('xyz', 'ab', 'ab')).toBe('abxyz')
  })

  it('names what is deleted, or is not there, without harm', () => {
    expect(ordered('ab', 'bzqa')).toBe('ba')
    const patch = {
      '$setElementOrder/containers': named('b'),
      containers: [{ $patch: 'delete', name: 'a' }, { name: 'b' }],
    }
    expect(lettersOf(merged({ containers: named('ab') }, patch))).toBe('b')
  })

  it('orders scalars, lists that are new, and lists that are replaced', () => {
    expect(merged({ sets: ['a', 'b'] }, { '$setElementOrder/sets': ['c', 'b', 'a'], sets: ['c'] })).toEqual({
      sets: ['c', 'b', 'a'],
    })
    expect(merged({}, { '$setElementOrder/sets': ['b', 'a'], sets: ['b', 'a'] })).toEqual({ sets: ['b', 'a'] })
    expect(merged({}, { '$setElementOrder/sets': ['b', 'a'] })).toEqual({})
    expect(merged({ declared: ['a', 'b'] }, { '$setElementOrder/declared': ['c', 'd'], declared: ['c', 'd'] })).toEqual(
      {
        declared: ['c', 'd'],
      },
    )
  })

  it('is refused where the patch has another order, or no list, or no key', () => {
    expect(() => ordered('ab', 'ab', 'ba')).toThrow(`The order in patch list of "spec.containers" doesn't match`)
    expect(() => ordered('ab', 'ab', 'c')).toThrow(StrategicPatchError)
    expect(() => merged({}, { '$setElementOrder/sets': 'a' })).toThrow('expected a list as "$setElementOrder/sets"')
    expect(() => merged({ sets: 'a' }, { '$setElementOrder/sets': ['a'] })).toThrow('expected a list as "sets"')
    expect(() => merged({ containers: named('a') }, { '$setElementOrder/containers': [{ nam: 'a' }] })).toThrow(
      'does not contain declared merge key: name',
    )
    expect(() => merged({}, { $setElementOrder: [] })).toThrow(
      new StrategicPatchError('invalid patch format of setElementOrder list', true),
    )
  })
})

describe('$retainKeys', () => {
  it('removes what it does not name', () => {
    const patch = { strategy: { $retainKeys: ['type'], type: 'Recreate' } }
    expect(merged({ strategy: { type: 'Rolling', rolling: { max: 1 } } }, patch)).toEqual({
      strategy: { type: 'Recreate' },
    })
    expect(merged({}, patch)).toEqual({ strategy: { type: 'Recreate' } })
  })

  it('must name what the patch sets, not what it removes', () => {
    const malformed = new StrategicPatchError('invalid patch format of retainKeys', true)
    const target = { strategy: { type: 'Rolling' } }
    expect(() => merged(target, { strategy: { $retainKeys: [], type: 'Recreate' } })).toThrow(malformed)
    expect(() => merged(target, { strategy: { $retainKeys: 'type' } })).toThrow(malformed)
    expect(merged(target, { strategy: { $retainKeys: [], type: null } })).toEqual({ strategy: {} })
  })
})
