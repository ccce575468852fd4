import { describe, expect, it } from 'vitest'
import { PATCH_TYPES, parsePatch, patchTypesOf } from '../../../lib/endpoints/handlers/patch-types.js'
import { StatusError } from '../../../lib/meta/status.js'
import type { KubeObject } from '../../../lib/meta/types.js'
import { DEFAULT_MEMBER_LIMITS, type MemberLimits } from '../../../lib/runtime/json/index.js'
import { type KindVersion, kindVersion } from '../../../lib/runtime/kind.js'
import { compileSchema } from '../../../lib/runtime/schema/index.js'

const gvk = { group: 'example.com', version: 'v1', kind: 'Widget' }
const schema = compileSchema({
  type: 'object',
  properties: { spec: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
})
const typed = kindVersion({ gvk, schema, typed: true })
const custom = kindVersion({ gvk, schema })

const JSON_PATCH = 'application/json-patch+json'
const MERGE = 'application/merge-patch+json'
const STRATEGIC = 'application/strategic-merge-patch+json'

const widget = (): KubeObject => ({
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: { name: 'a', finalizers: ['example.com/a'] },
})

const parsed = (type: string, body: unknown, kind: KindVersion = typed, memberLimits: MemberLimits = {}) =>
  parsePatch(type, Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)), { kind, memberLimits })

/** The code and message that a client gets. */
function refusal(make: () => unknown): [number, string] {
  try {
    make()
  } catch (err) {
    if (err instanceof StatusError) return [err.code, err.message]
    throw err
  }
  throw new Error('nothing was refused')
}

describe('a patch with more members than allowed', () => {
  it.each([
    [JSON_PATCH, [{ op: 'add', path: '/spec', value: { list: Array(100).fill(1) } }]],
    [MERGE, { spec: { list: Array(100).fill(1) } }],
    [STRATEGIC, { spec: { list: Array(100).fill(1) } }],
  ])('is refused before it is parsed: %s', (type, body) => {
    expect(refusal(() => parsed(type, body, typed, { maxMembers: 100 }))).toEqual([
      413,
      'Request entity too large: limit is 100 fields and list items',
    ])
    expect(() => parsed(type, body, typed, { maxMembers: 110 })).not.toThrow()
  })
})

describe('the types of patches', () => {
  it('are offered in the order of Kubernetes', () => {
    expect(PATCH_TYPES).toEqual([JSON_PATCH, MERGE, STRATEGIC, 'application/apply-patch+yaml'])
  })

  it('are fewer for kinds that behave as custom resources', () => {
    expect(patchTypesOf(typed)).toEqual(PATCH_TYPES)
    expect(refusal(() => parsed(STRATEGIC, {}, custom))).toEqual([
      415,
      'the body of the request was in an unknown format - accepted media types include: ' +
        'application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml',
    ])
    expect(refusal(() => parsed('application/json', {}))[0]).toBe(415)
  })
})

describe('a JSON patch', () => {
  it('tells what strict validation has against it', () => {
    const { strict } = parsed(JSON_PATCH, '[{"op":"test","path":"/kind","value":"Widget","foo":1},{"op":"a","op":"b"}]')
    expect(strict).toEqual(['json patch unknown field "[0].foo"', 'json patch duplicate field "[1].op"'])
  })

  it('is refused unless it is a list of operations', () => {
    const decoding = 'error decoding patch: json: cannot unmarshal'
    expect(refusal(() => parsed(JSON_PATCH, {}))).toEqual([
      400,
      `${decoding} object into Go value of type []jsonPatchOp`,
    ])
    expect(refusal(() => parsed(JSON_PATCH, [{ op: 1 }]))).toEqual([
      400,
      `${decoding} number into Go struct field jsonPatchOp.op of type string`,
    ])
    expect(refusal(() => parsed(JSON_PATCH, '[{'))[0]).toBe(400)
  })

  it('may have ten thousand operations, not a million', () => {
    const test = { op: 'test', path: '/kind', value: 'Widget' }
    expect(parsed(JSON_PATCH, new Array(10_000).fill(test)).apply(widget())).toEqual(widget())
    const body = Buffer.from(JSON.stringify(new Array(10_000).fill(test)))
    const bounded = { kind: typed, memberLimits: DEFAULT_MEMBER_LIMITS }
    expect(parsePatch(JSON_PATCH, body, bounded).apply(widget())).toEqual(widget())
    expect(refusal(() => parsed(JSON_PATCH, `[${'{},'.repeat(999_999)}{}]`))).toEqual([
      413,
      'Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 1000000',
    ])
  })

  it('is told which bound it passed', () => {
    const value: unknown = JSON.parse(`${'['.repeat(600)}${']'.repeat(600)}`)
    const stacked = [
      { op: 'add', path: '/spec', value },
      { op: 'add', path: `/spec${'/0'.repeat(599)}/-`, value },
    ]
    expect(refusal(() => parsed(JSON_PATCH, stacked).apply(widget()))).toEqual([
      413,
      'Request entity too large: exceeded max depth: objects and lists may be nested 1000 levels deep',
    ])
  })
})

describe('a merge patch', () => {
  it('tells duplicate fields, and must be an object', () => {
    expect(parsed(MERGE, '{"spec":{"a":1,"a":2}}').strict).toEqual(['duplicate field "spec.a"'])
    expect(refusal(() => parsed(MERGE, 'null'))).toEqual([400, 'Invalid JSON Patch'])
    expect(refusal(() => parsed(MERGE, '[]'))).toEqual([
      400,
      'error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}',
    ])
  })

  it('may be applied again: no result shares with it', () => {
    const patch = parsed(MERGE, { spec: { list: [1] } })
    const first = patch.apply(widget()) as { spec: { list: number[] } }
    first.spec.list.push(2)
    expect(patch.apply(widget())).toMatchObject({ spec: { list: [1] } })
  })
})

describe('a strategic merge patch', () => {
  it('merges finalizers, and cannot change what kind an object is', () => {
    const patch = parsed(STRATEGIC, { kind: 'Other', apiVersion: null, metadata: { finalizers: ['example.com/b'] } })
    expect(patch.apply(widget())).toEqual({
      ...widget(),
      metadata: { name: 'a', finalizers: ['example.com/b', 'example.com/a'] },
    })
  })

  it('may be nothing, but must not be something else than an object', () => {
    expect(parsed(STRATEGIC, 'null').apply(widget())).toEqual(widget())
    expect(refusal(() => parsed(STRATEGIC, '[]'))).toEqual([
      400,
      'json: cannot unmarshal array into Go value of type map[string]interface {}',
    ])
  })

  it('is answered 400 where it is malformed, 500 where it does not fit', () => {
    const apply = (metadata: unknown) => refusal(() => parsed(STRATEGIC, { metadata }).apply(widget()))
    expect(apply({ '$deleteFromPrimitiveList/finalizers': 1 })[0]).toBe(400)
    expect(apply({ finalizers: [1] })).toEqual([500, 'list element types are not identical: string and number'])
  })
})

describe('a body nested 100,000 levels deep', () => {
  it.each([
    [JSON_PATCH, `[{"op":"add","path":"/spec","value":${'['.repeat(100_000)}${']'.repeat(100_000)}}]`],
    [MERGE, `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`],
    [STRATEGIC, `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`],
  ])('is refused as %s', (type, body) => {
    const [code, message] = refusal(() => parsed(type, body))
    expect([code, message.endsWith('exceeded max depth: objects and lists may be nested 1000 levels deep')]).toEqual([
      400,
      true,
    ])
  })
})
