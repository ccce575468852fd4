import { expect, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { defineResource, field, fieldPath, type KubeObject } from '../../lib/index.js'
import { served } from './harness.js'

const spec = z.object({ size: z.int().min(1), color: z.string().default('grey') })

const tiles = defineResource({
  group: 'example.com',
  version: 'v1',
  kind: 'Tile',
  plural: 'tiles',
  scope: 'Cluster',
  schema: z.object({ spec, status: z.object({ laid: z.boolean() }).optional() }),
  statusSubresource: true,
  selectableFields: { 'spec.color': (tile) => tile.spec.color },
  printerColumns: [{ name: 'Size', type: 'integer', value: (tile) => tile.spec.size.toFixed() }],
  validate: (tile) => {
    expectTypeOf(tile.spec.size).toEqualTypeOf<number>()
    return tile.spec.size > 9 ? [field.invalid(fieldPath('spec', 'size'), tile.spec.size, 'is too much')] : []
  },
})
const { api } = served({ resources: [tiles] })

test('the schema of a library tells hooks and clients the type of objects, defaults filled in', async () => {
  await api.ready()
  const client = api.client(tiles)
  const made = await client.create({ metadata: { name: 'a' }, spec: { size: 2, color: 'red' } })
  expectTypeOf(made.spec).toEqualTypeOf<{ size: number; color: string }>()
  expectTypeOf(made.status).toEqualTypeOf<{ laid: boolean } | undefined>()
  expectTypeOf(made.metadata).toEqualTypeOf<KubeObject['metadata']>()
  expect(made.spec.size).toBe(2)
  const big = { metadata: { name: 'b' }, spec: { size: 10, color: 'red' } }
  await expect(client.create(big)).rejects.toThrow('spec.size: Invalid value: 10: is too much')
})

test('a structural schema, or a type that is named, tells it as before', () => {
  interface Plate extends KubeObject {
    spec: { depth: number }
  }
  const named = defineResource<Plate>({
    group: 'example.com',
    version: 'v1',
    kind: 'Plate',
    plural: 'plates',
    scope: 'Cluster',
    schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    validate: (plate) => (plate.spec.depth > 1 ? [] : undefined),
  })
  expectTypeOf(named.objectType).toEqualTypeOf<Plate | undefined>()
  const plain = defineResource({
    group: 'example.com',
    version: 'v1',
    kind: 'Plate',
    plural: 'plates',
    scope: 'Cluster',
    schema: { type: 'object' },
    validate: (plate) => (plate.spec === undefined ? [] : undefined),
  })
  expectTypeOf(plain.objectType).toEqualTypeOf<KubeObject | undefined>()
  expect([named.plural, plain.plural]).toEqual(['plates', 'plates'])
})
