import { describe, expect, test } from 'vitest'
import { fieldErrorText } from '../../../lib/meta/field/index.js'
import { compileSchema, type JSONSchema, UnmarshalTypeError } from '../../../lib/runtime/schema/index.js'

const flunder: JSONSchema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      default: {},
      properties: {
        reference: { type: 'string' },
        referenceType: { type: 'string', enum: ['Flunder', 'Fischer'] },
        replicas: { type: 'integer', format: 'int32', minimum: 1, maximum: 10, default: 1 },
        paused: { type: 'boolean' },
        port: { 'x-kubernetes-int-or-string': true },
        selector: { type: 'object', additionalProperties: { type: 'string' } },
        names: { type: 'array', items: { type: 'string', maxLength: 3 }, 'x-kubernetes-list-type': 'set' },
        template: {
          type: 'object',
          'x-kubernetes-preserve-unknown-fields': true,
          properties: { known: { type: 'object', properties: { a: { type: 'string' } } } },
        },
        ports: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
          items: {
            type: 'object',
            required: ['name'],
            properties: {
              name: { type: 'string' },
              protocol: { type: 'string', default: 'TCP' },
              weight: { type: 'number' },
            },
          },
        },
        embedded: { type: 'object', 'x-kubernetes-embedded-resource': true },
        renewed: { type: 'string', format: 'date-time', 'x-go-type': 'MicroTime' },
      },
    },
    status: { type: 'object', default: {} },
    disallowed: { type: 'array', items: { type: 'string' } },
  },
}

const schema = compileSchema(flunder, { kind: 'Flunder' })
const texts = (value: unknown): string[] => schema.validate(value).map(fieldErrorText)

describe('prune', () => {
  test('removes what the schema does not know, in the order of the document', () => {
    const object = {
      spec: { reference: 'x', colour: 'red', ports: [{ name: 'a', nope: 1 }] },
      extra: 1,
      metadata: { name: 'a', nmae: 'b', ownerReferences: [{ uid: 'u', nope: 1 }], labels: { any: 'thing' } },
      status: { phase: 'x' },
    }
    expect(schema.prune(object)).toEqual([
      'spec.colour',
      'spec.ports[0].nope',
      'extra',
      'metadata.nmae',
      'metadata.ownerReferences[0].nope',
      'status.phase',
    ])
    expect(object).toEqual({
      spec: { reference: 'x', ports: [{ name: 'a' }] },
      metadata: { name: 'a', ownerReferences: [{ uid: 'u' }], labels: { any: 'thing' } },
      status: {},
    })
  })

  test('keeps unknown fields where it must, but not below a known field', () => {
    const object = { spec: { template: { x: { y: [{ z: 1 }] }, known: { a: '', b: 1 } } } }
    expect(schema.prune(object)).toEqual(['spec.template.known.b'])
    expect(object).toEqual({ spec: { template: { x: { y: [{ z: 1 }] }, known: { a: '' } } } })
  })

  test('an embedded resource keeps its type and metadata', () => {
    const object = { spec: { embedded: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', bad: 1 }, spec: {} } } }
    expect(schema.prune(object)).toEqual(['spec.embedded.metadata.bad', 'spec.embedded.spec'])
    expect(object.spec.embedded).toEqual({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } })
  })

  test('a key __proto__ or constructor is unknown like any other', () => {
    const object = JSON.parse('{"spec":{"__proto__":{"a":1},"constructor":1}}') as { spec: object }
    expect(schema.prune(object)).toEqual(['spec.__proto__', 'spec.constructor'])
    expect(Object.keys(object.spec)).toEqual([])
  })

  test('at most 100 paths are told, all fields are removed', () => {
    const object = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`x${index}`, index]))
    expect(schema.prune(object)).toHaveLength(100)
    expect(object).toEqual({})
  })
})

describe('coerce', () => {
  test.each([
    [[], 'json: cannot unmarshal array into Go value of type Flunder', ''],
    ['flunder', 'json: cannot unmarshal string into Go value of type Flunder', ''],
    [{ spec: 'x' }, 'json: cannot unmarshal string into Go struct field Flunder.spec of type struct', 'spec'],
    [
      { spec: { reference: 5 } },
      'json: cannot unmarshal number into Go struct field Flunder.spec.reference of type string',
      'spec.reference',
    ],
    [
      { metadata: { labels: { a: 1 } } },
      'json: cannot unmarshal number into Go struct field Flunder.metadata.labels.a of type string',
      'metadata.labels.a',
    ],
    [
      { metadata: { ownerReferences: {} } },
      'json: cannot unmarshal object into Go struct field Flunder.metadata.ownerReferences of type []struct',
      'metadata.ownerReferences',
    ],
    [
      { spec: { replicas: 2 ** 31 } },
      'json: cannot unmarshal number 2147483648 into Go struct field Flunder.spec.replicas of type int32',
      'spec.replicas',
    ],
    [
      { spec: { replicas: 1.5 } },
      'json: cannot unmarshal number 1.5 into Go struct field Flunder.spec.replicas of type int32',
      'spec.replicas',
    ],
    [
      { disallowed: ['a', true] },
      'json: cannot unmarshal bool into Go struct field Flunder.disallowed[1] of type string',
      'disallowed[1]',
    ],
    [
      { metadata: { creationTimestamp: 'yesterday' } },
      'parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse "yesterday" as a time',
      'metadata.creationTimestamp',
    ],
  ])('%j cannot be decoded', (value, message, field) => {
    let error: unknown
    try {
      schema.coerce(value)
    } catch (thrown) {
      error = thrown
    }
    expect(error).toBeInstanceOf(UnmarshalTypeError)
    expect(error).toMatchObject({ message, field })
  })

  test('null is an absent field, and the zero value inside a list or map', () => {
    expect(schema.coerce(null)).toEqual({})
    expect(
      schema.coerce({
        metadata: null,
        disallowed: [null, 'a'],
        spec: { reference: null, selector: { a: null }, ports: [null], template: { any: null } },
      }),
    ).toEqual({ disallowed: ['', 'a'], spec: { selector: { a: '' }, ports: [{}], template: { any: null } } })
  })

  test('times become UTC in whole seconds, micro times keep six digits', () => {
    expect(
      schema.coerce({
        metadata: { creationTimestamp: '2026-01-01T01:00:00.9+02:00' },
        spec: { renewed: '2026-01-01T00:00:00.12Z' },
      }),
    ).toEqual({
      metadata: { creationTimestamp: '2025-12-31T23:00:00Z' },
      spec: { renewed: '2026-01-01T00:00:00.120000Z' },
    })
  })

  test('a big integer fits into 64 bits but not into 32', () => {
    const big = { metadata: { generation: 9007199254740993n } }
    expect(schema.coerce(big)).toEqual({ metadata: { generation: 9007199254740993n } })
    expect(() => schema.coerce({ spec: { replicas: 9007199254740993n } })).toThrow(/of type int32/)
    expect(() => schema.coerce({ metadata: { generation: 2 ** 64 } })).toThrow(/of type int64/)
  })

  test('metadata alone can be decoded, for kinds that leave the rest to validation', () => {
    expect(() => schema.coerceMetadata({ metadata: { name: 1 }, spec: 5 })).toThrow(/Flunder.metadata.name/)
    expect(schema.coerceMetadata({ metadata: { labels: null }, spec: 5 })).toEqual({ metadata: {}, spec: 5 })
  })
})

describe('applyDefaults', () => {
  test('fills in what is missing, inside lists and inside defaults too', () => {
    const object = { spec: { ports: [{ name: 'a' }, { name: 'b', protocol: 'UDP' }] } }
    schema.applyDefaults(object)
    expect(object).toEqual({
      spec: {
        replicas: 1,
        ports: [
          { name: 'a', protocol: 'TCP' },
          { name: 'b', protocol: 'UDP' },
        ],
      },
      status: {},
    })
    const empty = {}
    schema.applyDefaults(empty)
    expect(empty).toEqual({ spec: { replicas: 1 }, status: {} })
  })

  test('null where null is not allowed gives way to the default', () => {
    const object = { spec: { replicas: null } }
    schema.applyDefaults(object)
    expect(object.spec.replicas).toBe(1)
  })

  test('two objects never share a default', () => {
    const [a, b]: { spec?: Record<string, unknown> }[] = [{}, {}]
    schema.applyDefaults(a)
    schema.applyDefaults(b)
    ;(a as { spec: Record<string, unknown> }).spec.reference = 'x'
    expect(b?.spec).toEqual({ replicas: 1 })
  })
})

describe('omitEmpty', () => {
  test('drops empty optional fields, shows structs held by value', () => {
    const object = {
      metadata: { name: 'a', labels: {}, finalizers: [], generation: 0, deletionGracePeriodSeconds: 0 },
      disallowed: [],
    }
    schema.omitEmpty(object)
    expect(object).toEqual({ metadata: { name: 'a', deletionGracePeriodSeconds: 0 }, spec: {}, status: {} })
  })

  test('keeps what says something: required fields, zeros with another default, members of lists and maps', () => {
    const object = {
      spec: {
        reference: '',
        paused: false,
        replicas: 0,
        selector: { a: '' },
        names: ['', 'a'],
        ports: [{ name: '', protocol: '', weight: 0 }],
        template: {},
      },
      status: {},
    }
    schema.omitEmpty(object)
    expect(object).toEqual({
      spec: {
        replicas: 0,
        selector: { a: '' },
        names: ['', 'a'],
        ports: [{ name: '', protocol: '' }],
        template: {},
      },
      status: {},
    })
  })
})

describe('validate', () => {
  test.each([
    [
      { spec: { replicas: -9007199254740993n } },
      [
        'spec.replicas: Invalid value: -9007199254740993: spec.replicas in body must be of type int32: -9007199254740993',
        'spec.replicas: Invalid value: -9007199254740993: spec.replicas in body should be greater than or equal to 1',
      ],
    ],
    [
      { spec: { replicas: 0 } },
      ['spec.replicas: Invalid value: 0: spec.replicas in body should be greater than or equal to 1'],
    ],
    [
      { spec: { replicas: 11 } },
      ['spec.replicas: Invalid value: 11: spec.replicas in body should be less than or equal to 10'],
    ],
    [
      { spec: { replicas: 'x' } },
      ['spec.replicas: Invalid value: "string": spec.replicas in body must be of type integer: "string"'],
    ],
    [
      { spec: { replicas: null } },
      ['spec.replicas: Invalid value: "null": spec.replicas in body must be of type integer: "null"'],
    ],
    [
      { spec: { referenceType: 'x' } },
      ['spec.referenceType: Unsupported value: "x": supported values: "Flunder", "Fischer"'],
    ],
    [{ spec: { names: ['abcd', 'abc', 'äöü', '😀😀😀'] } }, ['spec.names[0]: Too long: may not be more than 3 bytes']],
    [{ spec: { names: ['a', 'b', 'a'] } }, ['spec.names[2]: Duplicate value: "a"']],
    [{ spec: { ports: [{}] } }, ['spec.ports[0].name: Required value']],
    [
      { spec: { ports: [{ name: 'a' }, { name: 'a' }] } },
      ['spec.ports[1]: Duplicate value: map[string]interface {}{"name":"a"}'],
    ],
    [{ spec: { port: 'http' } }, []],
    [{ spec: { port: 80 } }, []],
    [
      { spec: { port: true } },
      ['spec.port: Invalid value: "boolean": spec.port in body must be of type integer,string: "boolean"'],
    ],
    [
      { spec: { renewed: 'x' } },
      ['spec.renewed: Invalid value: "x": spec.renewed in body must be of type date-time: "x"'],
    ],
    [{ spec: { selector: { a: 'b' }, template: { x: 1 } }, status: {} }, []],
    [[], ['<nil>: Invalid value: "array":  in body must be of type object: "array"']],
  ])('%o', (value, errors) => {
    expect(texts(value)).toEqual(errors)
  })

  test('metadata is not judged by the schema, unless it restricts names', () => {
    expect(texts({ metadata: { finalizers: ['a', 'a'], ownerReferences: [{}] } })).toEqual([])
    const named = compileSchema({
      type: 'object',
      properties: { metadata: { type: 'object', properties: { name: { type: 'string', maxLength: 3 } } } },
    })
    expect(named.validate({ metadata: { name: 'four' } }).map(fieldErrorText)).toEqual([
      'metadata.name: Too long: may not be more than 3 bytes',
    ])
  })

  test('a list of a hundred thousand faults gives a hundred errors', () => {
    expect(texts({ spec: { names: Array.from({ length: 100_000 }, () => 1) } })).toHaveLength(100)
  })
})

test('schemaAt leads to merge hints', () => {
  expect(schema.schemaAt(['metadata', 'ownerReferences'])).toMatchObject({
    'x-kubernetes-list-map-keys': ['uid'],
    'x-kubernetes-patch-merge-key': 'uid',
  })
  expect(schema.schemaAt(['spec', 'ports', 0, 'name'])).toEqual({ type: 'string' })
  expect(schema.schemaAt(['spec', 'selector', 'anything'])).toEqual({ type: 'string' })
  expect(schema.schemaAt(['spec', 'nothing', 'below'])).toBeUndefined()
  expect(schema.schemaAt(['__proto__'])).toBeUndefined()
})
