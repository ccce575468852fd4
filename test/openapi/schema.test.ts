import { describe, expect, test } from 'vitest'
import { inlineRefs } from '../../lib/openapi/index.js'
import { schemaV2 } from '../../lib/openapi/schema-v2.js'
import { schemaV3 } from '../../lib/openapi/schema-v3.js'
import { maxSchemaDepth, refsOf } from '../../lib/openapi/schema-walk.js'
import type { JSONSchema } from '../../lib/runtime/schema/types.js'

function nested(depth: number): JSONSchema {
  let schema: JSONSchema = { type: 'string' }
  for (let i = 0; i < depth; i++) schema = { type: 'object', properties: { in: schema } }
  return schema
}

describe('a schema in OpenAPI v2', () => {
  const cases: [rule: string, schema: JSONSchema, shown: JSONSchema][] = [
    ['has no default', { type: 'string', default: 'a' }, { type: 'string' }],
    ['has no oneOf, anyOf or not', { type: 'string', anyOf: [{}], oneOf: [{}], not: {} }, { type: 'string' }],
    ['takes any value where null is allowed', { type: 'object', nullable: true, properties: { a: {} } }, {}],
    [
      'does not require a field that may be null',
      {
        type: 'object',
        required: ['a', 'b'],
        properties: { a: { type: 'string', nullable: true }, b: { type: 'string' } },
      },
      { type: 'object', required: ['b'], properties: { a: {}, b: { type: 'string' } } },
    ],
    [
      'names no fields where unknown ones are kept',
      { type: 'object', properties: { a: {} }, 'x-kubernetes-preserve-unknown-fields': true },
      { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    ],
    [
      'has no type where integers and strings are taken',
      { type: 'string', 'x-kubernetes-int-or-string': true },
      { 'x-kubernetes-int-or-string': true },
    ],
    ['has no type for an array without items, which kubectl cannot parse', { type: 'array' }, {}],
    ['has no empty properties', { type: 'object', properties: {}, required: [] }, { type: 'object' }],
    ['loses additionalProperties: false', { type: 'object', additionalProperties: false }, { type: 'object' }],
    [
      'keeps a description beside a reference, but no type',
      { $ref: 'a/b', description: 'that', type: 'object', default: {} },
      { $ref: '#/definitions/a~1b', description: 'that' },
    ],
  ]
  test.each(cases)('%s', (_rule, schema, shown) => {
    expect(schemaV2(schema)).toEqual(shown)
  })

  test('of an embedded resource has the fields that every object has', () => {
    const shown = schemaV2({ type: 'object', 'x-kubernetes-embedded-resource': true, properties: { spec: {} } })
    expect(Object.keys(shown.properties ?? {})).toEqual(['spec', 'apiVersion', 'kind', 'metadata'])
  })
})

describe('a schema in OpenAPI v3', () => {
  test('keeps what v2 cannot say', () => {
    const schema: JSONSchema = { type: 'string', nullable: true, default: 'a', anyOf: [{ maxLength: 3 }] }
    expect(schemaV3(schema)).toEqual(schema)
  })

  test('wraps a reference only if something stands beside it', () => {
    expect(schemaV3({ items: { $ref: 'a' } })).toEqual({ items: { $ref: '#/components/schemas/a' } })
    expect(schemaV3({ $ref: 'a', description: 'that' })).toEqual({
      description: 'that',
      allOf: [{ $ref: '#/components/schemas/a' }],
    })
  })
})

test('a field named __proto__ stays a field', () => {
  const properties = JSON.parse('{"__proto__": {"type": "string", "default": "a"}}') as Record<string, JSONSchema>
  for (const shown of [schemaV2({ properties }), schemaV3({ properties })]) {
    expect(Object.keys(shown.properties ?? {})).toEqual(['__proto__'])
    expect(Object.getPrototypeOf(shown.properties)).toBe(Object.prototype)
  }
})

test('references are found wherever a schema may stand', () => {
  const schema: JSONSchema = {
    properties: { a: { $ref: 'A' } },
    additionalProperties: { $ref: 'B' },
    items: { $ref: 'C' },
    not: { $ref: 'D' },
    allOf: [{ $ref: 'E' }],
    anyOf: [{ $ref: 'F' }],
    oneOf: [{ $ref: 'G' }],
  }
  expect([...refsOf(schema)].sort()).toEqual(['A', 'B', 'C', 'D', 'E', 'F', 'G'])
})

test('a schema nested too deep is refused before it can end the stack', () => {
  expect(() => refsOf(nested(maxSchemaDepth))).not.toThrow()
  expect(() => refsOf(nested(maxSchemaDepth + 1))).toThrow(/nest deeper than 200 levels/)
})

describe('inlining references', () => {
  test('puts definitions in their place, with what stands beside the reference', () => {
    const definitions = {
      Spec: { type: 'object', properties: { size: { $ref: 'Size' } } },
      Size: { type: 'integer' },
    } as const
    expect(inlineRefs({ properties: { spec: { $ref: 'Spec', default: {} } } }, definitions)).toEqual({
      properties: { spec: { type: 'object', default: {}, properties: { size: { type: 'integer' } } } },
    })
  })

  test('refuses a definition that contains itself, and one that is missing', () => {
    expect(() => inlineRefs({ $ref: 'A' }, { A: { items: { $ref: 'A' } } })).toThrow('A contains itself')
    expect(() => inlineRefs({ $ref: 'toString' }, {})).toThrow('toString is referred to, but not defined')
  })
})
