import { describe, expect, it } from 'vitest'
import {
  DEFAULT_MEMBER_LIMITS,
  decodeJSON,
  excessMembers,
  MAX_MEMBERS,
  MAX_NAMES,
  type MemberLimits,
  MembersError,
} from '../../../lib/runtime/json/index.js'

const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i))
const fields = (count: number) => Object.fromEntries(times(count, (i) => [`field-${i}`, i]))

/** What the scan of the text says, and what the walk over the value does. */
function refusals(value: unknown, limits: MemberLimits): (string | undefined)[] {
  let scanned: string | undefined
  try {
    decodeJSON(Buffer.from(JSON.stringify(value)), limits)
  } catch (err) {
    if (!(err instanceof MembersError)) throw err
    scanned = err.message
  }
  return [scanned, excessMembers(value, limits)?.message]
}

describe('members of a value', () => {
  it.each([
    ['fields', fields(10), 10],
    ['fields of inner objects, and those that hold them', { a: fields(4), b: { c: fields(3) } }, 10],
    ['list items', [1, 'x', null, [], {}, true], 7],
    ['objects in a list', [{ a: 1 }, { a: 2 }, { a: 3 }], 6],
    ['texts that look like structure', { '{,,,[[': '}{[,,,"', ',': [':'] }, 3],
  ])('%s are counted', (_, value, count) => {
    const [scanned] = refusals(value, { maxMembers: count })
    expect(scanned).toBeUndefined()
    expect(refusals(value, { maxMembers: count - 2 })).toEqual(
      Array(2).fill(`limit is ${count - 2} fields and list items`),
    )
  })

  it('are counted by name too, each name once and every list item', () => {
    const records = times(1000, (i) => ({ name: i, kind: 'x' }))
    expect(refusals({ records }, { maxNames: 1100 })).toEqual([undefined, undefined])
    const message = 'limit is 900 different field names and list items'
    expect(refusals({ records }, { maxNames: 900 })).toEqual([message, message])
    expect(refusals(fields(1000), { maxNames: 900 })).toEqual([message, message])
  })

  it('leave managedFields out, which say each path once more, and bound them apart', () => {
    const entry = (count: number) => ({ fieldsV1: { 'f:data': fields(count) } })
    const object = (own: number, managed: number) => ({
      metadata: { managedFields: [entry(managed)], name: 'a' },
      data: fields(own),
    })
    expect(refusals(object(90, 190), { maxMembers: 100 })).toEqual([undefined, undefined])
    const message = 'limit is 100 fields and list items'
    expect(refusals(object(101, 0), { maxMembers: 100 })).toEqual([message, message])
    expect(refusals(object(0, 201), { maxMembers: 100 })).toEqual([message, message])
    expect(refusals({ spec: { metadata: object(60, 60).metadata, data: fields(60) } }, { maxMembers: 100 })).toEqual([
      message,
      message,
    ])
  })

  it('are few enough in the largest objects in use', () => {
    const config = { kind: 'ConfigMap', data: Object.fromEntries(times(7_500, (i) => [`key-${i}`, 'x'.repeat(90)])) }
    const field = (i: number) => [`field${i}`, { type: 'string', description: 'x', format: 'y' }]
    const properties = Object.fromEntries(times(7_500, field))
    const definition = { spec: { versions: [{ schema: { openAPIV3Schema: { properties } } }] } }
    expect(refusals(config, DEFAULT_MEMBER_LIMITS)).toEqual([undefined, undefined])
    expect(refusals(definition, DEFAULT_MEMBER_LIMITS)).toEqual([undefined, undefined])
  })

  it('are too many where each of a million costs time', () => {
    const many = times(MAX_MEMBERS / 2 + 10, (i) => i)
    expect(refusals(many, DEFAULT_MEMBER_LIMITS)[0]).toBe(`limit is ${MAX_NAMES} different field names and list items`)
    const same = times(MAX_NAMES / 2, () => Object.fromEntries(times(26, (i) => [String.fromCharCode(97 + i), i])))
    expect(refusals(same, DEFAULT_MEMBER_LIMITS)[0]).toBe(`limit is ${MAX_MEMBERS} fields and list items`)
  })
})
