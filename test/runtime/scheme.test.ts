import { describe, expect, test } from 'vitest'
import { widget, widgets } from './widgets.js'

const { scheme, v1, v2 } = widgets()

test('the same kind and version cannot be added twice', () => {
  expect(() => scheme.addKnownKind(v1)).toThrow('kind Widget is already registered in example.com/v1')
})

test('a kind is found by its full name, and by what an object says of itself', () => {
  expect(scheme.kind(v2.gvk)).toBe(v2)
  expect(scheme.kindOf({ apiVersion: 'example.com/v1', kind: 'Widget' })).toBe(v1)
  expect(scheme.versionsOf({ ...v1.gvk, version: 'any' })).toEqual([v1, v2])
})

test.each([
  ['another version', { apiVersion: 'example.com/v3', kind: 'Widget' }],
  ['another group', { apiVersion: 'v1', kind: 'Widget' }],
  ['no type at all', {}],
  ['a type that is no text', { apiVersion: 1, kind: ['Widget'] }],
  ['the name of an inherited member', { apiVersion: '__proto__', kind: 'constructor' }],
])('an object of %s is of no known kind', (_, object) => {
  expect(scheme.kindOf(object)).toBeUndefined()
})

test('a kind that nobody registered has no versions', () => {
  expect(scheme.versionsOf({ group: 'other.com', version: 'v1', kind: 'Widget' })).toEqual([])
})

describe('conversion', () => {
  const old = { ...widget('a'), spec: { size: '3x4', color: 'red' } }

  test('goes through the internal form, and back again without loss', () => {
    const converted = scheme.convert(old, v1, v2)
    expect(converted.spec).toEqual({ width: 3, height: 4, color: 'red' })
    expect(scheme.convert(converted, v2, v1).spec).toEqual(old.spec)
  })

  test('leaves what it is given as it was', () => {
    const before = structuredClone(old)
    scheme.convert(old, v1, v2)
    expect(old).toEqual(before)
  })

  test('to the same version is no work', () => {
    expect(scheme.convert(old, v1, v1)).toBe(old)
  })
})
