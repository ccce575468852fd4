import { describe, expect, test } from 'vitest'
import { fieldErrorText } from '../../../lib/meta/field/index.js'
import { compileSchema, type JSONSchema, SchemaError } from '../../../lib/runtime/schema/index.js'
import { randomJSON, seededRandom } from '../json/random-json.js'

const spec = (schema: JSONSchema): JSONSchema => ({ type: 'object', properties: { spec: schema } })
const string: JSONSchema = { type: 'string' }

describe('compileSchema refuses', () => {
  test.each<[JSONSchema, string[]]>([
    [{ type: 'string' }, ['schema.type: Invalid value: "string": must be object at the root']],
    [spec({}), ['schema.properties[spec].type: Required value: must not be empty for specified object fields']],
    [
      spec({ type: 'array', items: {} }),
      ['schema.properties[spec].items.type: Required value: must not be empty for specified array items'],
    ],
    [spec({ type: 'array' }), ['schema.properties[spec].items: Required value: must be specified']],
    [spec({ $ref: '#/x', type: 'string' }), ['schema.properties[spec].$ref: Forbidden: $ref is not supported']],
    [
      spec({ type: 'object', additionalProperties: false }),
      ['schema.properties[spec].additionalProperties: Forbidden: additionalProperties cannot be set to false'],
    ],
    [
      spec({ type: 'object', properties: { a: string }, additionalProperties: string }),
      [
        'schema.properties[spec].additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive',
      ],
    ],
    [
      spec({ type: 'object', anyOf: [{ properties: { a: { minLength: 1 } } }] }),
      [
        'schema.properties[spec].properties[a]: Required value: because it is defined in ' +
          'schema.properties[spec].anyOf[0].properties[a]',
      ],
    ],
    [
      spec({ type: 'string', allOf: [{ type: 'string', description: 'x' }] }),
      [
        'schema.properties[spec].allOf[0].type: Forbidden: must be empty to be structural',
        'schema.properties[spec].allOf[0].description: Forbidden: must be empty to be structural',
      ],
    ],
    [
      spec({ type: 'array', items: { type: 'object' }, 'x-kubernetes-list-type': 'map' }),
      [
        'schema.properties[spec].x-kubernetes-list-map-keys: Required value: ' +
          'must not be empty if x-kubernetes-list-type is map',
      ],
    ],
    [
      spec({
        type: 'array',
        items: { type: 'object', properties: { a: string } },
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['a', 'b'],
      }),
      [
        'schema.properties[spec].items.properties[a].default: Required value: ' +
          'this property must have a default value or be a required property',
        'schema.properties[spec].x-kubernetes-list-map-keys[1]: Invalid value: "b": ' +
          'entries must all be names of item properties',
      ],
    ],
    [
      spec({ type: 'string', pattern: '(?=x)' }),
      [
        'schema.properties[spec].pattern: Invalid value: "(?=x)": must be a valid regular expression: ' +
          'look-around and other Perl extensions are not supported: use RE2 syntax',
      ],
    ],
    [
      spec({ type: 'integer', minimum: 1, default: 0 }),
      [
        'schema.properties[spec].default: Invalid value: 0: ' +
          'Invalid value: 0:  in body should be greater than or equal to 1',
      ],
    ],
    [
      spec({ type: 'object', properties: { a: string }, default: { b: 1 } }),
      ['schema.properties[spec].default: Invalid value: map[string]interface {}{"b":1}: unknown field "b"'],
    ],
  ])('%j', (schema, errors) => {
    let thrown: unknown
    try {
      compileSchema(schema)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(SchemaError)
    expect((thrown as SchemaError).errors.map(fieldErrorText)).toEqual(errors)
  })

  test('endless nesting', () => {
    let deep: JSONSchema = { type: 'string' }
    for (let level = 0; level < 5_000; level++) deep = { type: 'array', items: deep }
    expect(() => compileSchema(deep, { resource: false })).toThrow(/schemas may be nested 200 levels deep/)
  })
})

describe('validate', () => {
  test.each<[JSONSchema, unknown, string[]]>([
    [{ type: 'string', format: 'uuid' }, 'x', ['v in body must be of type uuid: "x"']],
    [{ type: 'string', format: 'uuid' }, '6ba7b810-9dad-11d1-80b4-00c04fd430c8', []],
    [{ type: 'string', format: 'ipv4' }, '10.0.0.256', ['v in body must be of type ipv4: "10.0.0.256"']],
    [{ type: 'string', format: 'ipv6' }, '::1', []],
    [{ type: 'string', format: 'cidr' }, '10.0.0.0/33', ['v in body must be of type cidr: "10.0.0.0/33"']],
    [
      { type: 'string', format: 'date-time' },
      '2026-02-29T00:00:00Z',
      ['v in body must be of type date-time: "2026-02-29T00:00:00Z"'],
    ],
    [{ type: 'string', format: 'date-time' }, '2024-02-29T23:59:59.123+02:00', []],
    [{ type: 'string', format: 'date' }, '2026-13-01', ['v in body must be of type date: "2026-13-01"']],
    [{ type: 'string', format: 'duration' }, '1h30m', []],
    [{ type: 'string', format: 'duration' }, '1 hour', ['v in body must be of type duration: "1 hour"']],
    [{ type: 'string', format: 'email' }, 'a@b.example', []],
    [{ type: 'string', format: 'email' }, 'a@', ['v in body must be of type email: "a@"']],
    [{ type: 'string', format: 'hostname' }, 'a_b', ['v in body must be of type hostname: "a_b"']],
    [{ type: 'string', format: 'uri' }, 'http://x/y', []],
    [{ type: 'string', format: 'byte' }, 'a', ['v in body must be of type byte: "a"']],
    [{ type: 'string', format: 'mac' }, '00:11:22:33:44:55', []],
    [{ type: 'string', format: 'unheard-of' }, 'x', []],
    [{ type: 'integer', format: 'int32' }, 2 ** 31, ['v in body must be of type int32: 2147483648']],
    [{ type: 'integer', format: 'int64' }, 2n ** 62n, []],
    [{ type: 'integer', maximum: 5 }, 2n ** 62n, ['v in body should be less than or equal to 5']],
    [{ type: 'integer' }, 1.5, ['v in body must be of type integer: "number"']],
    [{ type: 'number', minimum: 0, exclusiveMinimum: true }, 0, ['v in body should be greater than 0']],
    [{ type: 'number', maximum: 1, exclusiveMaximum: true }, 1, ['v in body should be less than 1']],
    [{ type: 'number', multipleOf: 0.1 }, 0.3, []],
    [{ type: 'integer', multipleOf: 3 }, 10, ['v in body should be a multiple of 3']],
    [{ type: 'string', minLength: 2 }, '😀', ['v in body should be at least 2 chars long']],
    [{ type: 'string', minLength: 2 }, '😀a', []],
    [{ type: 'string', pattern: '^a+$' }, 'ab', [`v in body should match '^a+$'`]],
    [
      { type: 'object', minProperties: 1, additionalProperties: string },
      {},
      ['v in body should have at least 1 properties'],
    ],
    [{ type: 'array', items: string, minItems: 1 }, [], ['v in body should have at least 1 items']],
    [{ type: 'array', items: string, maxItems: 1 }, ['a', 'b'], ['must have at most 1 item']],
    [
      { type: 'object', maxProperties: 1, additionalProperties: string },
      { a: '', b: '' },
      ['must have at most 1 item'],
    ],
    [{ type: 'string', nullable: true }, null, []],
    [{ type: 'integer', enum: [1, 2] }, 3, ['supported values: "1", "2"']],
    [
      { type: 'object', properties: { a: string, b: string }, oneOf: [{ required: ['a'] }, { required: ['b'] }] },
      { a: '', b: '' },
      ['"v" must validate one and only one schema (oneOf). Found 2 valid alternatives'],
    ],
    [
      { type: 'object', properties: { a: string, b: string }, oneOf: [{ required: ['a'] }, { required: ['b'] }] },
      {},
      ['"v" must validate one and only one schema (oneOf). Found none valid'],
    ],
    [
      { type: 'object', properties: { a: string }, anyOf: [{ required: ['a'] }, { minProperties: 1 }] },
      {},
      ['"v" must validate at least one schema (anyOf)'],
    ],
    [
      { type: 'string', allOf: [{ minLength: 2 }, { pattern: 'b' }] },
      'a',
      ['v in body should be at least 2 chars long', `v in body should match 'b'`],
    ],
    [{ type: 'string', not: { enum: ['bad'] } }, 'bad', ['"v" must not validate the schema (not)']],
    [
      { type: 'array', items: { type: 'object', additionalProperties: string }, 'x-kubernetes-list-type': 'set' },
      [
        { a: '1', b: '2' },
        { b: '2', a: '1' },
      ],
      [''],
    ],
  ])('%o: %o', (schema, value, details) => {
    const compiled = compileSchema({ type: 'object', properties: { v: schema } }, { resource: false })
    expect(compiled.validate({ v: value }).map((error) => error.detail)).toEqual(details)
  })
})

test('all patterns of one object share one budget of work', () => {
  const random = seededRandom(5)
  const noise = (): string => Array.from({ length: 3_000 }, () => (random() < 0.5 ? 'a' : 'b')).join('')
  const schema = compileSchema({
    type: 'object',
    properties: { v: { type: 'array', items: { type: 'string', pattern: 'a.{500}c|^b' } } },
  })
  const details = schema.validate({ v: Array.from({ length: 50 }, noise) }).map((error) => error.detail)
  expect(details.at(-1)).toContain("takes too long to match against 'a.{500}c|^b'")
})

describe('on random documents', () => {
  const schema = compileSchema({
    type: 'object',
    properties: {
      a: { type: 'string', default: 'x' },
      b: {
        type: 'object',
        default: {},
        properties: { a: { type: 'integer', default: 1 }, spec: { type: 'array', items: string } },
      },
      spec: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, properties: { b: { type: 'object' } } },
      items: {
        type: 'array',
        items: { type: 'object', properties: { a: { type: 'boolean', default: true }, b: string } },
      },
      'dot.ted': { type: 'object', additionalProperties: { type: 'object', properties: { a: string } } },
    },
  })
  const documents = function* (seed: number): Generator<Record<string, unknown>> {
    const random = seededRandom(seed)
    for (let round = 0; round < 500; round++)
      yield { b: randomJSON(random), spec: randomJSON(random), ...(randomJSON(random, 5) as object) }
  }

  test('pruning and defaulting a second time change nothing', () => {
    for (const document of documents(31)) {
      schema.prune(document)
      schema.applyDefaults(document)
      const once = structuredClone(document)
      expect(schema.prune(document)).toEqual([])
      schema.applyDefaults(document)
      expect(document).toEqual(once)
    }
  })

  test('omitting a second time changes nothing, and a default is not resurrected with another value', () => {
    for (const document of documents(32)) {
      schema.prune(document)
      schema.applyDefaults(document)
      const defaulted = structuredClone(document)
      schema.omitEmpty(document)
      const once = structuredClone(document)
      schema.omitEmpty(document)
      expect(document).toEqual(once)
      schema.applyDefaults(document)
      schema.applyDefaults(defaulted)
      expect((document.b as { a?: unknown } | null)?.a).toEqual((defaulted.b as { a?: unknown } | null)?.a)
    }
  })

  test('validation gives an answer for whatever comes', () => {
    for (const document of documents(33)) {
      for (const error of schema.validate(document)) expect(fieldErrorText(error)).toMatch(/: /)
    }
  })
})
