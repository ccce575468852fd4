import { describe, expect, test } from 'vitest'
import { ApplyConflictError, FieldManager, guardManagedFields } from '../../../lib/endpoints/fieldmanager/index.js'
import type { KubeObject, ManagedFieldsEntry } from '../../../lib/meta/types.js'
import { kindVersion } from '../../../lib/runtime/kind.js'
import { compileSchema } from '../../../lib/runtime/schema/index.js'
import { Scheme } from '../../../lib/runtime/scheme.js'
import { crew, crewSpec, TrackedCrew, v1, v2 } from './crews.js'

const failure = (act: () => unknown): Error & { status?: { code?: number; message?: string; details?: unknown } } => {
  try {
    act()
  } catch (err) {
    return err as Error
  }
  throw new Error('nothing was thrown')
}

const assign = (target: object, name: string, value: unknown): void => {
  Object.assign(target, { [name]: value })
}

const entry = (fieldsV1: Record<string, unknown>, more: ManagedFieldsEntry = {}): ManagedFieldsEntry => ({
  manager: 'given',
  operation: 'Update',
  apiVersion: v1.apiVersion,
  fieldsType: 'FieldsV1',
  fieldsV1,
  ...more,
})

describe('a create', () => {
  test('belongs to who made it, except for what the server says', () => {
    const tracked = new TrackedCrew().update('ann', (object) => {
      object.metadata = { name: 'a', generateName: 'a-', namespace: 'n', labels: { l: '1' }, finalizers: ['f'] }
      object.spec = { captain: 'c' }
    })
    expect(tracked.object?.metadata.managedFields).toEqual([
      {
        manager: 'ann',
        operation: 'Update',
        apiVersion: 'sea.example.com/v1',
        time: '2020-01-01T00:00:00Z',
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:metadata': {
            'f:finalizers': { '.': {}, 'v:"f"': {} },
            'f:generateName': {},
            'f:labels': { '.': {}, 'f:l': {} },
          },
          'f:spec': { '.': {}, 'f:captain': {} },
        },
      },
    ])
  })

  test('of a built-in type owns nothing that is always there', () => {
    const schema = compileSchema({
      type: 'object',
      properties: { spec: { ...crewSpec, default: {} }, status: { type: 'object', default: {} } },
    })
    const kind = kindVersion({ gvk: { group: 'sea.example.com', version: 'v1', kind: 'Boat' }, schema, typed: true })
    const boat: KubeObject = { metadata: { name: 'a' }, spec: { captain: 'c' }, status: {} }
    new FieldManager({ kind, scheme: new Scheme().addKnownKind(kind), subresource: '' }, {}).update(
      undefined,
      boat,
      'ann',
    )
    expect(boat.metadata.managedFields?.[0]?.fieldsV1).toEqual({ 'f:spec': { 'f:captain': {} } })
  })

  test('takes over what managers that came along are said to own', () => {
    const tracked = new TrackedCrew().update('ann', (object) => {
      object.spec = { captain: 'c', size: 1 }
      object.metadata.managedFields = [entry({ 'f:spec': { 'f:size': {} } }, { operation: 'Apply' })]
    })
    expect(Object.keys(tracked.owners)).toEqual(['ann/Update'])
  })

  test('by nobody in particular belongs to "unknown"', () => {
    expect(new TrackedCrew().update('', (object) => assign(object, 'spec', {})).owners).toEqual({
      'unknown/Update': { 'f:spec': {} },
    })
  })
})

describe('an update', () => {
  const made = (): TrackedCrew =>
    new TrackedCrew().update('ann', (object) => assign(object, 'spec', { captain: 'c', size: 1 }))

  test('takes what it changes, and leaves the rest', () => {
    const { owners } = made().update('ben', (object) =>
      assign(object, 'spec', { captain: 'd', size: 1, tags: { t: '1' } }),
    )
    expect(owners).toEqual({
      'ann/Update': { 'f:spec': { '.': {}, 'f:size': {} } },
      'ben/Update': { 'f:spec': { 'f:captain': {}, 'f:tags': { '.': {}, 'f:t': {} } } },
    })
  })

  test('takes from everybody what it removes', () => {
    expect(made().update('ben', (object) => assign(object, 'spec', { size: 1 })).owners).toEqual({
      'ann/Update': { 'f:spec': { '.': {}, 'f:size': {} } },
    })
  })

  test('that changes nothing leaves every time as it was', () => {
    const tracked = made()
    const before = tracked.object?.metadata.managedFields
    tracked.clock.seconds = 60
    tracked.update('ben', (object) => void delete object.metadata.managedFields)
    expect(tracked.object?.metadata.managedFields).toEqual(before)
  })

  test('through another version names the fields of that version', () => {
    const tracked = made().update(
      'ben',
      // The internal form; v2 calls this field skipper.
      (object) => assign(object, 'spec', { captain: 'd', size: 1 }),
      v2,
    )
    expect(tracked.owners).toEqual({
      'ann/Update': { 'f:spec': { '.': {}, 'f:size': {} } },
      'ben/Update': { 'f:spec': { 'f:skipper': {} } },
    })
  })

  test('drops managers of versions that are served no more', () => {
    const tracked = made()
    tracked.object!.metadata.managedFields!.push(
      entry({ 'f:spec': { 'f:size': {} } }, { apiVersion: 'sea.example.com/v0' }),
    )
    tracked.update('ben', (object) => assign(object, 'spec', { captain: 'd', size: 1 }))
    expect(Object.keys(tracked.owners)).toEqual(['ann/Update', 'ben/Update'])
  })

  test('of a subresource is told apart, and may not give managers', () => {
    const tracked = made().update(
      'ann',
      (object) => {
        object.status = { ready: 1 }
        object.spec = { captain: 'ignored' }
        object.metadata.managedFields = [entry({ 'f:spec': {} })]
      },
      v1,
      'status',
    )
    expect(
      tracked.object?.metadata.managedFields?.map(({ manager, subresource, fieldsV1 }) => [
        manager,
        subresource,
        fieldsV1,
      ]),
    ).toEqual([
      ['ann', undefined, { 'f:spec': { '.': {}, 'f:captain': {}, 'f:size': {} } }],
      ['ann', 'status', { 'f:status': { '.': {}, 'f:ready': {} } }],
    ])
  })

  test('owns nothing that its endpoint ignores', () => {
    const storage = { resetFields: () => ['status'] }
    const tracked = made().update('ben', (object) => assign(object, 'status', { ready: 1 }), v1, '', storage)
    expect(Object.keys(tracked.owners)).toEqual(['ann/Update'])
  })

  test('with a list that cannot be told apart leaves the managers as they were', () => {
    const tracked = made()
    const before = tracked.object?.metadata.managedFields
    tracked.update('ben', (object) => assign(object, 'spec', { members: [{ rank: 'r' }] }))
    expect(tracked.object?.metadata.managedFields).toEqual(before)
  })
})

describe('managers that a client gives', () => {
  const made = (): TrackedCrew => new TrackedCrew().update('ann', (object) => assign(object, 'spec', { captain: 'c' }))
  const give = (managedFields: unknown): TrackedCrew =>
    made().update('ben', (object) => assign(object.metadata, 'managedFields', managedFields as ManagedFieldsEntry[]))

  test.each([
    ['an empty list', []],
    ['one empty entry', [{}]],
  ])('%s makes the server forget them until the next apply', (_, given) => {
    const tracked = give(given)
    expect(tracked.object?.metadata).not.toHaveProperty('managedFields')
    tracked.update('ben', (object) => assign(object, 'spec', { captain: 'd' }))
    expect(tracked.object?.metadata).not.toHaveProperty('managedFields')
    tracked.apply('cid', crew({ size: 1 }))
    expect(tracked.owners).toEqual({
      'cid/Apply': { 'f:spec': { 'f:size': {} } },
      'before-first-apply/Update': { 'f:spec': { '.': {}, 'f:captain': {} } },
    })
  })

  test('take the place of those that are stored', () => {
    expect(give([entry({ 'f:spec': { 'f:captain': {} } }, { operation: 'Apply' })]).owners).toEqual({
      'given/Apply': { 'f:spec': { 'f:captain': {} } },
    })
  })

  test.each([
    ['of no known operation', [entry({}, { operation: 'Patch' })]],
    ['without a version', [entry({}, { apiVersion: '' })]],
    ['without a type', [entry({}, { fieldsType: '' })]],
    ['of another type', [entry({}, { fieldsType: 'FieldsV2' })]],
    ['with steps of no known kind', [entry({ 'x:y': {} })]],
    ['that are no objects', ['x']],
    ['in great number', Array.from({ length: 1_001 }, () => entry({}))],
    ['that are no list', { a: 1 }],
  ])('%s are passed over', (_, given) => {
    expect(give(given).owners).toEqual({ 'ann/Update': { 'f:spec': { '.': {}, 'f:captain': {} } } })
  })

  test('that a plugin left unreadable are put back with a warning', () => {
    const before = [entry({})]
    const object: KubeObject = { metadata: { managedFields: [entry({ 'x:y': {} })] } }
    const warnings: string[] = []
    guardManagedFields((text) => void warnings.push(text), object, before)
    expect(object.metadata.managedFields).toBe(before)
    expect(warnings).toEqual([
      expect.stringContaining('.metadata.managedFields was in an invalid state after admission'),
    ])
  })
})

describe('an apply', () => {
  test('refuses what is no configuration of the endpoint', () => {
    const tracked = new TrackedCrew().apply('ann', crew({ captain: 'c' }))
    const refused = (config: unknown): string => failure(() => tracked.apply('ann', config as KubeObject)).message
    expect(refused({ ...crew({}), apiVersion: v2.apiVersion })).toBe(
      'invalid object type: sea.example.com/v2, Kind=Crew',
    )
    expect(refused({ ...crew({}), apiVersion: 'v1' })).toBe('invalid object type: /v1, Kind=Crew')
    expect(refused({})).toBe('invalid object type: /, Kind=')
    expect(refused(crew({}, { managedFields: [] }))).toBe('metadata.managedFields must be nil')
    expect(refused(crew({ colour: 1 }, { namespace: 'n' }))).toBe(
      'failed to create typed patch object (n/a; sea.example.com/v1, Kind=Crew): .spec.colour: field not declared in schema',
    )
    expect(refused({ ...crew({}), metadata: 'x' })).toMatch(/\.metadata: expected map/)
  })

  test('says who owns what it wants otherwise: appliers by name, updaters with their version and subresource', () => {
    const tracked = new TrackedCrew()
      .apply('one', crew({ captain: 'c', size: 1 }))
      .update('two', (object) => assign(object.metadata, 'labels', { l: '1' }))
      .update('three', (object) => assign(object, 'status', { ready: 1 }), v1, 'status')
    const wanted = { ...crew({ captain: 'd', size: 2 }, { labels: { l: '2' } }), status: { ready: 2 } }
    const refused = failure(() => tracked.apply('four', wanted))
    expect(refused).toBeInstanceOf(ApplyConflictError)
    expect(refused.status).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: [
        'Apply failed with 4 conflicts: conflicts with "one":',
        '- .spec.captain',
        '- .spec.size',
        'conflicts with "three" with subresource "status" using sea.example.com/v1:',
        '- .status.ready',
        'conflicts with "two" using sea.example.com/v1:',
        '- .metadata.labels.l',
      ].join('\n'),
      reason: 'Conflict',
      details: {
        causes: [
          { reason: 'FieldManagerConflict', message: 'conflict with "one"', field: '.spec.captain' },
          { reason: 'FieldManagerConflict', message: 'conflict with "one"', field: '.spec.size' },
          {
            reason: 'FieldManagerConflict',
            message: 'conflict with "three" with subresource "status" using sea.example.com/v1',
            field: '.status.ready',
          },
          {
            reason: 'FieldManagerConflict',
            message: 'conflict with "two" using sea.example.com/v1',
            field: '.metadata.labels.l',
          },
        ],
      },
      code: 409,
    })
  })

  test('in another version meets the fields of the first one', () => {
    const tracked = new TrackedCrew().apply('one', crew({ captain: 'c' }))
    const skipper = (name: string): KubeObject => ({ ...crew({ skipper: name }), apiVersion: v2.apiVersion })
    expect(failure(() => tracked.apply('two', skipper('d'), false, v2)).message).toBe(
      'Apply failed with 1 conflict: conflict with "one": .spec.captain',
    )
    tracked.apply('two', skipper('d'), true, v2)
    expect(tracked.owners).toEqual({ 'two/Apply': { 'f:spec': { 'f:skipper': {} } } })
  })

  test('removes in one version what was applied in another, unless a third version owns it', () => {
    const inV2 = (spec: object): KubeObject => ({ ...crew(spec), apiVersion: v2.apiVersion })
    const tracked = new TrackedCrew()
      .apply('one', crew({ captain: 'c', size: 1, tags: { t: '1' } }))
      .apply('two', inV2({ skipper: 'c' }), false, v2)
      .apply('one', inV2({ tags: { u: '1' } }), false, v2)
    expect(tracked.spec).toEqual({ captain: 'c', tags: { u: '1' } })
    expect(tracked.owners).toEqual({
      'two/Apply': { 'f:spec': { 'f:skipper': {} } },
      'one/Apply': { 'f:spec': { 'f:tags': { 'f:u': {} } } },
    })
  })

  test('takes away an item with what nobody owns in it, and leaves one that another applier has', () => {
    const tracked = new TrackedCrew()
      .apply(
        'one',
        crew({
          members: [
            { name: 'a', rank: '1' },
            { name: 'b', rank: '1' },
          ],
        }),
      )
      .apply('two', crew({ members: [{ name: 'b', ports: [1] }] }))
      .apply('one', crew({ captain: 'c' }))
    expect(tracked.spec).toEqual({ captain: 'c', members: [{ name: 'b', ports: [1] }] })
  })

  test('leaves what an updater set beside it', () => {
    const tracked = new TrackedCrew()
      .apply('one', crew({ home: { harbour: 'h' } }))
      .update('two', (object) => assign(object, 'spec', { home: { harbour: 'h', berth: 1 } }))
      .apply('one', crew({ captain: 'c' }))
    expect(tracked.spec).toEqual({ home: { berth: 1 }, captain: 'c' })
  })

  test('that shares a value without changing anything has no time', () => {
    const tracked = new TrackedCrew().apply('one', crew({ captain: 'c' })).apply('two', crew({ captain: 'c' }))
    expect(tracked.object?.metadata.managedFields?.map(({ manager, time }) => [manager, time])).toEqual([
      ['two', undefined],
      ['one', '2020-01-01T00:00:00Z'],
    ])
  })

  test('of nothing gives up everything', () => {
    const tracked = new TrackedCrew().apply('one', crew({ captain: 'c' })).apply('one', crew(undefined))
    expect(tracked.object).not.toHaveProperty('spec')
    expect(tracked.object?.metadata.managedFields).toBeUndefined()
  })

  test('cannot be made where the stored managers cannot be read', () => {
    const tracked = new TrackedCrew().apply('one', crew({ captain: 'c' }))
    tracked.object!.metadata.managedFields = [entry({ 'x:y': {} })]
    expect(failure(() => tracked.apply('one', crew({}))).message).toMatch(/^failed to decode managed fields: /)
  })

  test('never shares parts with what is stored', () => {
    const tracked = new TrackedCrew().apply('one', crew({ home: { harbour: 'h' }, route: ['a'] }))
    const before = tracked.object!
    for (const size of [undefined, 1]) {
      const object = new TrackedCrew()
      object.object = before
      object.apply('one', crew({ home: { harbour: 'h' }, route: ['a'], ...(size ? { size } : {}) }))
      expect(object.object).not.toBe(before)
      expect(object.spec.home).not.toBe((before.spec as Record<string, unknown>).home)
      expect(object.spec.route).not.toBe((before.spec as Record<string, unknown>).route)
    }
  })
})

describe('kubectl that moves from client-side to server-side apply', () => {
  const annotation = 'kubectl.kubernetes.io/last-applied-configuration'
  const clientSide = (spec: object): KubeObject =>
    crew(spec, { annotations: { [annotation]: `${JSON.stringify(crew(spec))}\n` } })
  const made = (): TrackedCrew =>
    new TrackedCrew().update(
      'kubectl-client-side-apply',
      (object) => void Object.assign(object, clientSide({ captain: 'c', size: 1 })),
    )

  test('has no conflict with itself, and the annotation follows', () => {
    const tracked = made().apply('kubectl', crew({ captain: 'd' }))
    expect(tracked.spec).toEqual({ captain: 'd', size: 1 })
    expect(JSON.parse(tracked.object!.metadata.annotations![annotation]!)).toEqual(crew({ captain: 'd' }))
  })

  test('has one where somebody else changed the field since', () => {
    const tracked = made().update('ben', (object) => assign(object, 'spec', { captain: 'c', size: 2 }))
    expect(failure(() => tracked.apply('kubectl', crew({ captain: 'd', size: 3 }))).message).toBe(
      'Apply failed with 1 conflict: conflict with "ben" using sea.example.com/v1: .spec.size',
    )
  })

  test.each([
    ['is no JSON', '{'],
    ['is of another version', JSON.stringify({ ...crew({ captain: 'c' }), apiVersion: v2.apiVersion })],
    ['does not fit', JSON.stringify(crew({ colour: 1 }))],
  ])('has one where the annotation %s', (_, text) => {
    const tracked = made().update('ben', (object) => assign(object.metadata, 'annotations', { [annotation]: text }))
    expect(failure(() => tracked.apply('kubectl', crew({ captain: 'd' })))).toBeInstanceOf(ApplyConflictError)
  })

  test('is the only one who is treated so', () => {
    expect(failure(() => made().apply('other', crew({ captain: 'd' })))).toBeInstanceOf(ApplyConflictError)
  })
})

describe('many updaters', () => {
  const grown = (updaters: number): TrackedCrew => {
    const tracked = new TrackedCrew().apply('applier', crew({ captain: 'c' }))
    for (let index = 0; index < updaters; index++) {
      tracked.clock.seconds++
      tracked.update(`u${String(index).padStart(2, '0')}`, (object) => {
        object.metadata.labels = { ...object.metadata.labels, [`l${index}`]: '1' }
      })
    }
    return tracked
  }

  test('are told apart up to ten', () => {
    expect(Object.keys(grown(10).owners)).toHaveLength(11)
  })

  test('beyond ten are put together, the oldest first; appliers stay', () => {
    const { owners, object } = grown(13)
    expect(Object.keys(owners)).toEqual([
      'applier/Apply',
      'ancient-changes/Update',
      'u04/Update',
      'u05/Update',
      'u06/Update',
      'u07/Update',
      'u08/Update',
      'u09/Update',
      'u10/Update',
      'u11/Update',
      'u12/Update',
    ])
    expect(owners['ancient-changes/Update']).toEqual({
      'f:metadata': { 'f:labels': { '.': {}, 'f:l0': {}, 'f:l1': {}, 'f:l2': {}, 'f:l3': {} } },
    })
    expect(object?.metadata.managedFields?.[1]?.time).toBe('2020-01-01T00:00:04Z')
  })
})

test('managers stand in one order: appliers first, then by time, by name, by version', () => {
  const tracked = new TrackedCrew()
    .update('b', (object) => assign(object, 'spec', { captain: 'c' }))
    .update('a', (object) => assign(object.metadata, 'labels', { a: '1' }))
    .update('a', (object) => assign(object.metadata, 'labels', { a: '1', b: '1' }), v2)
  tracked.clock.seconds = 5
  tracked.apply('z', crew({ size: 1 })).update('b', (object) => assign(object.metadata, 'annotations', { a: '1' }))
  expect(tracked.object?.metadata.managedFields?.map(({ manager, apiVersion }) => `${manager} ${apiVersion}`)).toEqual([
    'z sea.example.com/v1',
    'a sea.example.com/v1',
    'a sea.example.com/v2',
    'b sea.example.com/v1',
  ])
})
