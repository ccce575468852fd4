import { describe, expect, test } from 'vitest'
import { compare } from '../../../lib/endpoints/fieldmanager/compare.js'
import { fieldTypeOf } from '../../../lib/endpoints/fieldmanager/field-type.js'
import { decodeFieldsV1, encodeFieldsV1 } from '../../../lib/endpoints/fieldmanager/fields-v1.js'
import { merge } from '../../../lib/endpoints/fieldmanager/merge.js'
import { reconcile } from '../../../lib/endpoints/fieldmanager/reconcile.js'
import { removeItems } from '../../../lib/endpoints/fieldmanager/remove-items.js'
import { toFieldSet } from '../../../lib/endpoints/fieldmanager/to-field-set.js'
import { validateTyped } from '../../../lib/endpoints/fieldmanager/validate-typed.js'
import { compileSchema } from '../../../lib/runtime/schema/index.js'
import { crewSpec } from './crews.js'

const type = fieldTypeOf(compileSchema(crewSpec, { resource: false }))

describe('what a configuration says', () => {
  test.each([
    ['scalars', { captain: 'a', size: 1 }, { 'f:captain': {}, 'f:size': {} }],
    ['a struct is not named, its fields are', { home: { harbour: 'h' } }, { 'f:home': { 'f:harbour': {} } }],
    ['an empty struct is', { home: {} }, { 'f:home': {} }],
    ['null is', { home: null, captain: null }, { 'f:captain': {}, 'f:home': {} }],
    ['entries of a map', { tags: { a: '1' } }, { 'f:tags': { 'f:a': {} } }],
    [
      'entries that hold something are named too',
      { watches: { a: { from: 1 } } },
      { 'f:watches': { 'f:a': { '.': {}, 'f:from': {} } } },
    ],
    ['members of a set', { skills: ['b', 'a'] }, { 'f:skills': { 'v:"a"': {}, 'v:"b"': {} } }],
    ['an atomic list is one piece', { route: ['a', 'b'] }, { 'f:route': {} }],
    ['an atomic map is one piece', { flag: { colour: 'red' } }, { 'f:flag': {} }],
    [
      'items by their key, and the key',
      { members: [{ name: 'm', rank: 'r' }] },
      { 'f:members': { 'k:{"name":"m"}': { '.': {}, 'f:name': {}, 'f:rank': {} } } },
    ],
    [
      'a key that is left out is its default',
      { lines: [{ port: 1 }] },
      { 'f:lines': { 'k:{"port":1,"protocol":"TCP"}': { '.': {}, 'f:port': {} } } },
    ],
    [
      'free form goes down to scalars and lists',
      { notes: { a: { b: [1] } } },
      { 'f:notes': { 'f:a': { '.': {}, 'f:b': {} } } },
    ],
    ['an empty set says nothing', { skills: [] }, {}],
  ])('%s', (_, value, fields) => {
    expect(encodeFieldsV1(toFieldSet(type, value))).toEqual(fields)
  })
})

describe('what became of fields', () => {
  const cases: readonly (readonly [string, unknown, unknown, object])[] = [
    ['nothing', { captain: 'a' }, { captain: 'a' }, {}],
    ['another value', { captain: 'a' }, { captain: 'b' }, { modified: { 'f:captain': {} } }],
    [
      'a new struct is new with all that is in it',
      {},
      { home: { harbour: 'h' } },
      { added: { 'f:home': { '.': {}, 'f:harbour': {} } } },
    ],
    [
      'a field more in a struct',
      { home: { berth: 1 } },
      { home: { berth: 1, harbour: 'h' } },
      { added: { 'f:home': { 'f:harbour': {} } } },
    ],
    ['a map that goes takes its entries', { tags: { a: '1' } }, {}, { removed: { 'f:tags': { '.': {}, 'f:a': {} } } }],
    ['an atomic list changes as a whole', { route: ['a'] }, { route: ['a', 'b'] }, { modified: { 'f:route': {} } }],
    ['the order of a set is nothing', { skills: ['a', 'b'] }, { skills: ['b', 'a'] }, {}],
    [
      'a member comes and one goes',
      { skills: ['a', 'b'] },
      { skills: ['b', 'c'] },
      { added: { 'f:skills': { 'v:"c"': {} } }, removed: { 'f:skills': { 'v:"a"': {} } } },
    ],
    [
      'an item moves and changes',
      { members: [{ name: 'a' }, { name: 'b', rank: '1' }] },
      { members: [{ name: 'b', rank: '2' }, { name: 'a' }] },
      { modified: { 'f:members': { 'k:{"name":"b"}': { 'f:rank': {} } } } },
    ],
    [
      'a default is the same key',
      { lines: [{ port: 1 }] },
      { lines: [{ port: 1, protocol: 'TCP' }] },
      { added: { 'f:lines': { 'k:{"port":1,"protocol":"TCP"}': { 'f:protocol': {} } } } },
    ],
    ['empty to null', { tags: {} }, { tags: null }, { modified: { 'f:tags': {} } }],
    [
      'duplicates come',
      { skills: ['a'] },
      { skills: ['a', 'a'] },
      { added: { 'f:skills': { 'v:"a"': {} } }, removed: { 'f:skills': { 'v:"a"': {} } } },
    ],
    ['duplicates go', { skills: ['a', 'a'] }, { skills: [] }, { removed: { 'f:skills': { 'v:"a"': {} } } }],
    [
      'an object where a scalar was',
      { notes: { a: 1 } },
      { notes: { a: { b: 1 } } },
      { added: { 'f:notes': { 'f:a': { 'f:b': {} } } }, modified: { 'f:notes': { 'f:a': {} } } },
    ],
  ]
  test.each(cases)('%s', (_, old, now, expected) => {
    const { added, modified, removed } = compare(type, old, now)
    const shown = { added: encodeFieldsV1(added), modified: encodeFieldsV1(modified), removed: encodeFieldsV1(removed) }
    expect(shown).toEqual({ added: {}, modified: {}, removed: {}, ...expected })
  })
})

describe('a configuration over what is there', () => {
  test.each([
    [
      'fields of both',
      { captain: 'a', size: 1 },
      { size: 2, home: { berth: 1 } },
      { captain: 'a', size: 2, home: { berth: 1 } },
    ],
    ['an atomic list is replaced', { route: ['a', 'b'] }, { route: ['c'] }, { route: ['c'] }],
    [
      'an atomic map is replaced',
      { flag: { colour: 'red' } },
      { flag: { shape: 'round' } },
      { flag: { shape: 'round' } },
    ],
    [
      'a set: what is there stays in place',
      { skills: ['x', 'b', 'y'] },
      { skills: ['a', 'b', 'c'] },
      { skills: ['x', 'a', 'b', 'y', 'c'] },
    ],
    [
      'shared members come in the applied order',
      { skills: ['b', 'x', 'a'] },
      { skills: ['a', 'b'] },
      { skills: ['x', 'a', 'b'] },
    ],
    [
      'items merge by key',
      { members: [{ name: 'a', rank: '1' }] },
      { members: [{ name: 'b' }, { name: 'a', ports: [1] }] },
      { members: [{ name: 'b' }, { name: 'a', rank: '1', ports: [1] }] },
    ],
    [
      'duplicates make room for the applied one',
      { skills: ['a', 'a', 'b'] },
      { skills: ['a'] },
      { skills: ['a', 'b'] },
    ],
    ['duplicates that are not applied stay', { skills: ['a', 'a'] }, { skills: ['b'] }, { skills: ['a', 'a', 'b'] }],
    ['an empty map takes nothing away', { tags: { a: '1' } }, { tags: {} }, { tags: { a: '1' } }],
    ['null replaces a scalar', { captain: 'a' }, { captain: null }, { captain: null }],
  ])('%s', (_, live, applied, merged) => {
    expect(merge(type, live, applied)).toEqual(merged)
  })

  test('keys of strangers stay data', () => {
    const merged = merge(type, {}, { tags: JSON.parse('{"__proto__":"x"}') }) as { tags: object }
    const again = merge(type, merged, { tags: { a: '1' } }) as { tags: object }
    expect(JSON.stringify(again.tags)).toBe('{"__proto__":"x","a":"1"}')
  })
})

test('removing takes fields, entries and items with what is below them', () => {
  const value = {
    captain: 'a',
    tags: { a: '1', b: '2' },
    members: [{ name: 'm', rank: '1' }, { name: 'n' }],
    skills: ['x', 'y'],
    route: ['r'],
  }
  const remove = decodeFieldsV1({
    'f:captain': {},
    'f:tags': { 'f:a': {} },
    'f:members': { 'k:{"name":"m"}': { 'f:rank': {} }, 'k:{"name":"n"}': {} },
    'f:skills': { 'v:"x"': {} },
  })
  expect(removeItems(type, value, remove)).toEqual({
    tags: { b: '2' },
    members: [{ name: 'm' }],
    skills: ['y'],
    route: ['r'],
  })
  expect(value.tags).toEqual({ a: '1', b: '2' })
})

function problemOf(value: unknown): string {
  try {
    validateTyped(type, value)
    return ''
  } catch (err) {
    return (err as Error).message
  }
}

describe('a configuration that does not fit', () => {
  test.each([
    ['an unknown field', { colour: 'red' }, '.colour: field not declared in schema'],
    [
      'an unknown field below',
      { members: [{ name: 'm', colour: 1 }] },
      '.members[name="m"].colour: field not declared in schema',
    ],
    [
      'a number where text is wanted',
      { captain: 1 },
      '.captain: expected string, got &value.valueUnstructured{Value:1}',
    ],
    ['text where a number is wanted', { size: 'x' }, '.size: expected numeric (int or float), got string'],
    ['a list where an object is wanted', { home: [] }, '.home: expected map, got &{[]interface {}}'],
    ['an object where a list is wanted', { route: {} }, '.route: expected list, got &{map[string]interface {}}'],
    ['a member twice', { skills: ['a', 'a'] }, '.skills: duplicate entries for key [="a"]'],
    ['an item twice', { members: [{ name: 'a' }, { name: 'a' }] }, '.members: duplicate entries for key [name="a"]'],
    [
      'an item twice by its default',
      { lines: [{ port: 1 }, { port: 1, protocol: 'TCP' }] },
      '.lines: duplicate entries for key [port=1,protocol="TCP"]',
    ],
    [
      'an item without its key',
      { members: [{ rank: 'x' }] },
      `.members: element 0: associative list with keys has an element that omits all key fields ["name"] (and doesn't have default values for any key fields)`,
    ],
    [
      'null in a set',
      { skills: [null] },
      ".skills: element 0: associative list without keys has an element that's an explicit null",
    ],
    [
      'two faults',
      { captain: 1, size: 'x' },
      'errors:\n  .captain: expected string, got &value.valueUnstructured{Value:1}\n  .size: expected numeric (int or float), got string',
    ],
  ])('%s is named', (_, value, message) => {
    expect(problemOf(value)).toBe(message)
  })

  test('null fits everywhere', () => {
    expect(() => validateTyped(type, { captain: null, home: null, skills: null, notes: null })).not.toThrow()
  })
})

test('what has become atomic since is owned as one piece', () => {
  const older = decodeFieldsV1({ 'f:route': { 'v:"a"': {} }, 'f:flag': { 'f:colour': {} }, 'f:tags': { 'f:a': {} } })
  expect(encodeFieldsV1(reconcile(type, older))).toEqual({ 'f:flag': {}, 'f:route': {}, 'f:tags': { 'f:a': {} } })
})
