import { describe, expect, it } from 'vitest'
import { MergeHints } from '../../../lib/endpoints/patch/merge-hints.js'
import { applyMergePatch } from '../../../lib/endpoints/patch/merge-patch.js'
import { PatchError } from '../../../lib/endpoints/patch/patch-error.js'
import { StrategicPatchError } from '../../../lib/endpoints/patch/strategic-error.js'
import { applyStrategicMergePatch } from '../../../lib/endpoints/patch/strategic-merge-patch.js'
import { seededRandom } from '../../runtime/json/random-json.js'
import { smallObject } from './random-patch.js'
import { hints, lettersOf, merged, named } from './strategic-kind.js'

type JSONObject = Record<string, unknown>

/** Without members that are null, wherever they are. */
const withoutNulls = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value), function (_, member) {
    return member === null && !Array.isArray(this) ? undefined : member
  })

describe('a strategic merge patch', () => {
  it('merges objects, and removes what it sets to null', () => {
    expect(merged({ labels: { a: '1', b: '2' } }, { labels: { a: null, c: '3' } })).toEqual({
      labels: { b: '2', c: '3' },
    })
    expect(merged({}, { labels: { a: null, c: '3' } })).toEqual({ labels: { c: '3' } })
    expect(merged({ labels: { a: '1' }, sets: ['x'] }, { labels: null, sets: null })).toEqual({})
  })

  it('replaces lists without a strategy, whatever their list type', () => {
    expect(merged({ atomic: named('ab') }, { atomic: named('c') })).toEqual({ atomic: named('c') })
    expect(merged({ declared: ['a'] }, { declared: ['b'] })).toEqual({ declared: ['b'] })
    expect(merged({ free: { l: [1, 2] } }, { free: { l: [3, null] } })).toEqual({ free: { l: [3, null] } })
  })

  it('replaces objects whose strategy says so', () => {
    expect(merged({ whole: { a: '1' } }, { whole: { b: '2' } })).toEqual({ whole: { b: '2' } })
  })

  it('replaces what has another type', () => {
    expect(merged({ sets: 'none', labels: [] }, { sets: ['a'], labels: { a: '1' } })).toEqual({
      sets: ['a'],
      labels: { a: '1' },
    })
  })

  it('merges lists of scalars as sets, its own items in its own order', () => {
    expect(merged({ sets: ['a', 'b'] }, { sets: ['c', 'a'] })).toEqual({ sets: ['c', 'a', 'b'] })
    expect(merged({ sets: ['a', 'b', 'a'] }, { sets: ['b', 'b'] })).toEqual({ sets: ['a', 'b'] })
  })

  it('merges lists of objects by their key, at every depth, what is new before what the patch does not name', () => {
    const target = {
      containers: [
        { name: 'a', image: '1', args: ['x'], env: [{ name: 'E', value: '1' }] },
        { name: 'b', image: '1' },
      ],
    }
    const patch = {
      containers: [{ name: 'a', image: null, args: ['y'], env: [{ name: 'F', value: '2' }] }, { name: 'c' }],
    }
    expect(merged(target, patch)).toEqual({
      containers: [
        {
          name: 'a',
          args: ['y'],
          env: [
            { name: 'F', value: '2' },
            { name: 'E', value: '1' },
          ],
        },
        { name: 'c' },
        { name: 'b', image: '1' },
      ],
    })
  })

  it('takes the one map key of a list that names no merge key', () => {
    const result = merged({ ports: [{ port: 80, name: 'a' }] }, { ports: [{ port: 80, name: 'b' }, { port: 81 }] })
    expect(result).toEqual({ ports: [{ port: 80, name: 'b' }, { port: 81 }] })
  })

  it('tells keys of different types apart', () => {
    const target = { containers: [{ name: 1 }, { name: '1' }, { name: 9007199254740993n }] }
    const result = merged(target, {
      containers: [
        { name: '1', image: 'x' },
        { name: 9007199254740993n, image: 'y' },
      ],
    })
    expect(result.containers).toEqual([{ name: 1 }, { name: '1', image: 'x' }, { name: 9007199254740993n, image: 'y' }])
  })

  it('never changes the patch, nor lets the result share with it', () => {
    const patch = {
      labels: { $patch: 'replace', a: '1' },
      containers: [{ name: 'a', args: ['x'] }],
      atomic: [{ name: 'a' }],
    }
    const before = structuredClone(patch)
    const result = merged({ labels: {}, containers: [], atomic: [] }, patch)
    ;(result.containers as JSONObject[])[0]!.args = 'changed'
    ;(result.atomic as JSONObject[])[0]!.name = 'changed'
    expect(patch).toEqual(before)
  })

  it('treats __proto__ as a key like every other', () => {
    const patch = JSON.parse(
      '{"labels":{"__proto__":"x"},"__proto__":{"polluted":true},"$retainKeys":["labels","__proto__"]}',
    )
    expect(JSON.stringify(merged({ labels: {}, sets: [] }, patch))).toBe(
      '{"labels":{"__proto__":"x"},"__proto__":{"polluted":true}}',
    )
    expect('polluted' in {}).toBe(false)
  })
})

describe('lists that cannot merge', () => {
  it.each([
    [{ containers: [{ image: 'x' }] }, 'map: {"image":"x"} does not contain declared merge key: name'],
    [{ containers: [{ name: {} }] }, 'has no scalar as declared merge key: name'],
    [{ containers: ['a'] }, 'list element types are not identical: object and string'],
    [{ sets: ['a', 1] }, 'list element types are not identical: string and number'],
    [{ sets: [null] }, 'list element types are not identical: string and null'],
    [{ keyless: named('a') }, 'cannot merge lists without merge key for "spec.keyless"'],
  ])('are an error of the server, as in Kubernetes: %j', (patch, message) => {
    const target = { containers: named('a'), sets: ['a'], keyless: named('a') }
    expect(() => merged(target, patch)).toThrow(new RegExp(message.replace(/[{}.]/g, '\\$&')))
    expect(() => merged(target, patch)).toThrow(StrategicPatchError)
  })

  it('are not supported in lists', () => {
    const lists = () => merged({ matrix: [['a']] }, { matrix: [['b']] })
    expect(lists).toThrow(new PatchError('lists of lists are not supported'))
    expect(lists).not.toThrow(StrategicPatchError)
  })
})

describe('on random documents', () => {
  it('a strategic merge patch does what a merge patch does where no schema says otherwise', () => {
    const random = seededRandom(1902)
    for (let round = 0; round < 2000; round++) {
      const [target, patch] = [smallObject(random, 4), smallObject(random, 4)]
      const expected = applyMergePatch(structuredClone(target), structuredClone(patch))
      const known = random() < 0.5 ? MergeHints.NONE : hints.member('free')
      const result = applyStrategicMergePatch(structuredClone(target), patch, known)
      // The two differ in whose nulls they leave in the lists that they replace.
      expect(withoutNulls(result), JSON.stringify({ target, patch })).toStrictEqual(withoutNulls(expected))
    }
  })

  it.each([
    [{}, { a: [{ b: null, c: [null] }] }, { a: [{ c: [null] }] }],
    [{ a: 'x' }, { a: [{ b: null }] }, { a: [{}] }],
    [{ a: [{ b: 1 }] }, { a: [{ b: null }] }, { a: [{ b: null }] }],
  ])('to %j with %j takes nulls out of lists that replace no list', (target, patch, result) => {
    expect(applyStrategicMergePatch(target, patch, MergeHints.NONE)).toStrictEqual(result)
  })

  it('keyed lists end with every name once, both orders kept, and do not change when patched again', () => {
    const random = seededRandom(42)
    const letters = (from: string) =>
      [...from]
        .filter(() => random() < 0.5)
        .sort(() => random() - 0.5)
        .join('')
    for (let round = 0; round < 1000; round++) {
      const [target, change, gone] = [letters('abcdefgh'), letters('cdefghij'), letters('aklm')]
      const deletions = named(gone).map((marked) => ({ ...marked, $patch: 'delete' }))
      const patch = { containers: [...named(change), ...deletions] }
      const once = merged({ containers: named(target) }, patch)
      const result = lettersOf(once)
      const left = [...target].filter((letter) => !gone.includes(letter))
      const what = `${target} + ${change} - ${gone}`
      expect([...result].sort(), what).toEqual([...new Set([...left, ...change])].sort())
      expect([...result].filter((letter) => change.includes(letter)).join(''), what).toBe(change)
      expect(
        [...result].filter((letter) => !change.includes(letter)),
        what,
      ).toEqual(left.filter((letter) => !change.includes(letter)))
      expect(merged(once, patch), what).toEqual(once)
    }
  })
})
