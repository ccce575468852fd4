import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { fieldErrorText } from '../../../lib/meta/field/index.js'
import { compileSchema, fromStandardSchema, isStandardSchema } from '../../../lib/runtime/schema/index.js'

const specOf = (spec: z.ZodType) => fromStandardSchema(z.object({ spec })).schema.properties?.spec

describe('fromStandardSchema', () => {
  test.each([
    [
      z
        .string()
        .min(1)
        .max(5)
        .regex(/^[a-z]+$/)
        .describe('d'),
      { type: 'string', minLength: 1, maxLength: 5, pattern: '^[a-z]+$', description: 'd' },
    ],
    [z.string().regex(/^(?!x)/), { type: 'string' }],
    [z.int().min(1).default(3), { type: 'integer', minimum: 1, default: 3 }],
    [z.int32(), { type: 'integer', format: 'int32' }],
    [z.number().gt(0), { type: 'number', minimum: 0, exclusiveMinimum: true }],
    [z.enum(['A', 'B']), { type: 'string', enum: ['A', 'B'] }],
    [z.literal(5), { type: 'number', enum: [5] }],
    [z.string().nullable(), { type: 'string', nullable: true }],
    [z.array(z.boolean()).max(3), { type: 'array', items: { type: 'boolean' }, maxItems: 3 }],
    [z.record(z.string(), z.number()), { type: 'object', additionalProperties: { type: 'number' } }],
    [z.union([z.string(), z.int()]), { 'x-kubernetes-int-or-string': true }],
    [z.union([z.string(), z.boolean()]), { 'x-kubernetes-preserve-unknown-fields': true }],
    [z.any(), { 'x-kubernetes-preserve-unknown-fields': true }],
    [z.tuple([z.string(), z.string()]), { type: 'array', items: { type: 'string' }, minItems: 2, maxItems: 2 }],
    [z.strictObject({ a: z.string().optional() }), { type: 'object', properties: { a: { type: 'string' } } }],
    [
      z.looseObject({ a: z.string() }),
      {
        type: 'object',
        properties: { a: { type: 'string' } },
        required: ['a'],
        'x-kubernetes-preserve-unknown-fields': true,
      },
    ],
    [
      z.discriminatedUnion('type', [
        z.object({ type: z.literal('a'), x: z.string() }),
        z.object({ type: z.literal('b'), y: z.number() }),
      ]),
      {
        type: 'object',
        properties: { type: { type: 'string', enum: ['a', 'b'] }, x: { type: 'string' }, y: { type: 'number' } },
        required: ['type'],
      },
    ],
    [
      z.intersection(z.object({ x: z.string() }), z.object({ y: z.string() })),
      { type: 'object', properties: { x: { type: 'string' }, y: { type: 'string' } }, required: ['x', 'y'] },
    ],
    [
      z
        .array(z.object({ name: z.string() }))
        .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] }),
      {
        type: 'array',
        items: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] },
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['name'],
      },
    ],
  ])('%#: becomes a structural schema', (spec, schema) => {
    const imported = specOf(spec)
    expect(imported).toEqual(schema)
    expect(() => compileSchema({ type: 'object', properties: { spec: imported ?? {} } })).not.toThrow()
  })

  test('every format of zod compiles', () => {
    const formats = z.object({
      spec: z
        .object({
          a: z.email(),
          b: z.uuid(),
          c: z.iso.datetime(),
          d: z.ipv4(),
          e: z.ipv6(),
          f: z.url(),
          g: z.base64(),
          h: z.cidrv4(),
          i: z.iso.date(),
          j: z.jwt(),
          k: z.nanoid(),
          l: z.e164(),
          m: z.iso.duration(),
        })
        .partial(),
    })
    const compiled = compileSchema(fromStandardSchema(formats).schema)
    expect(
      compiled.validate({ spec: { a: 'a@b.example', b: '6ba7b810-9dad-41d1-80b4-00c04fd430c8', d: '10.0.0.1' } }),
    ).toEqual([])
    expect(compiled.validate({ spec: { a: 'nobody' } }).length).toBeGreaterThan(0)
  })

  test('a recursive schema is open where it repeats itself', () => {
    const tree = z.object({
      name: z.string(),
      get children() {
        return z.array(tree).optional()
      },
    })
    expect(specOf(tree)).toMatchObject({
      type: 'object',
      properties: { name: { type: 'string' }, children: { type: 'array' } },
    })
    expect(() => compileSchema(fromStandardSchema(z.object({ spec: tree })).schema)).not.toThrow()
  })

  test('refinements speak with paths and values, absent fields are required', () => {
    const { validate } = fromStandardSchema(
      z.object({
        spec: z.object({
          ports: z.array(z.object({ port: z.int().refine((port) => port % 2 === 0, 'must be even') })),
          name: z.string(),
        }),
      }),
    )
    expect(validate({ spec: { ports: [{ port: 2 }, { port: 3 }] } }).map(fieldErrorText)).toEqual([
      'spec.ports[1].port: Invalid value: 3: must be even',
      'spec.name: Required value: Invalid input: expected string, received undefined',
    ])
    expect(validate({ spec: { ports: [], name: 'a' } })).toEqual([])
  })

  test('a strict object does not stumble over apiVersion, kind and metadata', () => {
    const { validate } = fromStandardSchema(z.strictObject({ spec: z.object({}) }))
    expect(validate({ apiVersion: 'v1', kind: 'X', metadata: {}, spec: {} })).toEqual([])
  })

  test('a schema that validates asynchronously is refused', () => {
    const { validate } = fromStandardSchema(z.object({ a: z.string().refine(async () => true) }))
    expect(() => validate({ a: 'x' })).toThrow(/asynchronously are not supported/)
  })

  test('what has no JSON Schema is refused', () => {
    expect(() => fromStandardSchema(z.object({ a: z.set(z.string()) }))).toThrow(/Set cannot be represented/)
    expect(() => fromStandardSchema({ '~standard': {} })).toThrow(/offers no JSON Schema/)
  })

  test('a library that knows no OpenAPI is asked for a draft', () => {
    const library = {
      '~standard': {
        vendor: 'other',
        version: 1,
        validate: () => ({}),
        jsonSchema: {
          input: ({ target }: { readonly target: string }) => {
            if (target !== 'draft-2020-12') throw new Error('unsupported')
            return {
              type: 'object',
              properties: {
                spec: { $ref: '#/$defs/a~1b', description: 'here' },
                n: { type: ['integer', 'null'], exclusiveMinimum: 3, minimum: 1 },
                pair: { prefixItems: [{ const: 1 }, { enum: ['a'] }], type: 'array' },
                maybe: { anyOf: [{ type: 'string' }, { type: 'null' }] },
              },
              $defs: { 'a/b': { type: 'object', properties: { x: { type: 'string' } } } },
            }
          },
        },
      },
    }
    expect(isStandardSchema(library)).toBe(true)
    expect(fromStandardSchema(library).schema).toEqual({
      type: 'object',
      properties: {
        spec: { type: 'object', properties: { x: { type: 'string' } }, description: 'here' },
        n: { type: 'integer', nullable: true, minimum: 3, exclusiveMinimum: true },
        pair: { type: 'array', items: { 'x-kubernetes-int-or-string': true } },
        maybe: { type: 'string', nullable: true },
      },
    })
  })
})

test.each([[{}], [null], [undefined], ['x'], [{ '~standard': null }], [{ type: 'object' }]])(
  '%j is no standard schema',
  (value) => {
    expect(isStandardSchema(value)).toBe(false)
  },
)
