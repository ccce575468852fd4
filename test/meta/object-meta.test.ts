import { describe, expect, it } from 'vitest'
import { fieldErrorText } from '../../lib/meta/field/index.js'
import type { ObjectMeta, OwnerReference } from '../../lib/meta/types.js'
import {
  dedupOwnerReferences,
  dnsSubdomainName,
  pathSegmentName,
  validateObjectMeta,
  validateObjectMetaUpdate,
} from '../../lib/meta/validation/index.js'

const NAMESPACED = { namespaced: true, validateName: pathSegmentName }
const CLUSTER = { namespaced: false, validateName: dnsSubdomainName }

function onCreate(meta: unknown, rules = NAMESPACED): string[] {
  return validateObjectMeta({ name: 'a', namespace: 'n', ...(meta as ObjectMeta) }, rules).map(fieldErrorText)
}

function onUpdate(meta: unknown, old: unknown = {}): string[] {
  const base = { name: 'a', namespace: 'n', uid: 'u', resourceVersion: '1' }
  return validateObjectMetaUpdate({ ...base, ...(meta as ObjectMeta) }, { ...base, ...(old as ObjectMeta) }).map(
    fieldErrorText,
  )
}

function owner(uid: string, more: Partial<OwnerReference> = {}): OwnerReference {
  return { apiVersion: 'v1', kind: 'Pod', name: `o-${uid}`, uid, ...more }
}

describe('metadata', () => {
  it('that is in order passes', () => {
    expect(onCreate({})).toEqual([])
    expect(
      onCreate({
        generateName: 'a-',
        generation: 0,
        labels: { app: 'web', 'example.com/tier': '', x: 'y' },
        annotations: { 'Example.COM/Key': 'free text: ü\n' },
        finalizers: ['example.com/a', 'foregroundDeletion'],
        ownerReferences: [owner('1', { controller: true }), owner('2')],
        managedFields: [{ manager: 'm', operation: 'Update', fieldsType: 'FieldsV1' }],
      }),
    ).toEqual([])
  })

  it.each([
    [{ name: '' }, 'metadata.name: Required value: name or generateName is required'],
    [{ name: 'a/b' }, `metadata.name: Invalid value: "a/b": may not contain '/'`],
    [{ generateName: 'a%' }, `metadata.generateName: Invalid value: "a%": may not contain '%'`],
    [{ namespace: '' }, 'metadata.namespace: Required value'],
    [{ namespace: 'a.b' }, 'metadata.namespace: Invalid value: "a.b": must not contain dots'],
    [{ generation: -1 }, 'metadata.generation: Invalid value: -1: must be greater than or equal to 0'],
    [{ labels: { '/c': 'x' } }, 'metadata.labels: Invalid value: "/c": prefix part must be non-empty'],
    [
      { labels: { a: 'v'.repeat(64) } },
      `metadata.labels: Invalid value: "${'v'.repeat(64)}": must be no more than 63 characters`,
    ],
    [{ annotations: { '/c': 'x' } }, 'metadata.annotations: Invalid value: "/c": prefix part must be non-empty'],
    [{ annotations: { a: 'x'.repeat(262_144) } }, 'metadata.annotations: Too long: may not be more than 262144 bytes'],
    [{ finalizers: ['/c'] }, 'metadata.finalizers: Invalid value: "/c": prefix part must be non-empty'],
    [
      { finalizers: ['orphan', 'foregroundDeletion'] },
      'metadata.finalizers: Invalid value: []string{"orphan", "foregroundDeletion"}: finalizer orphan and foregroundDeletion cannot be both set',
    ],
    [
      { ownerReferences: [owner('1', { apiVersion: 'apps/' })] },
      'metadata.ownerReferences.apiVersion: Invalid value: "apps/": version must not be empty',
    ],
    [
      { ownerReferences: [owner('1', { kind: '' })] },
      'metadata.ownerReferences.kind: Invalid value: "": kind must not be empty',
    ],
    [
      { ownerReferences: [owner('1', { name: '' })] },
      'metadata.ownerReferences.name: Invalid value: "": name must not be empty',
    ],
    [{ ownerReferences: [owner('')] }, 'metadata.ownerReferences.uid: Invalid value: "": uid must not be empty'],
    [
      { ownerReferences: [owner('1', { kind: 'Event' })] },
      'metadata.ownerReferences: Invalid value: v1.OwnerReference{APIVersion:"v1", Kind:"Event", Name:"o-1", UID:"1", Controller:(*bool)(nil), BlockOwnerDeletion:(*bool)(nil)}: /v1, Kind=Event is disallowed from being an owner',
    ],
    [
      { managedFields: [{ operation: 'Update', fieldsType: 'V2' }] },
      'metadata.managedFields[0].fieldsType: Invalid value: "V2": must be `FieldsV1`',
    ],
    [
      { managedFields: [{ operation: 'Patch' }] },
      'metadata.managedFields[0].operation: Invalid value: "Patch": must be `Apply` or `Update`',
    ],
    [
      { managedFields: [{ operation: 'Apply', manager: 'é\u0007' }] },
      'metadata.managedFields[0].manager: Invalid value: "é\\a": invalid character U+0007 (at position 2)',
    ],
  ])('with %j is refused', (meta, message) => {
    expect(onCreate(meta)).toEqual([message])
  })

  it('of a cluster-scoped kind has no namespace', () => {
    expect(onCreate({ namespace: 'n' }, CLUSTER)).toEqual(['metadata.namespace: Forbidden: not allowed on this type'])
    expect(onCreate({ namespace: '' }, CLUSTER)).toEqual([])
  })

  it('may have one controller', () => {
    const refs = [owner('1', { controller: true }), owner('2', { controller: false }), owner('3', { controller: true })]
    expect(onCreate({ ownerReferences: refs })).toEqual([
      expect.stringMatching(
        /^metadata\.ownerReferences: Invalid value: \[]v1\.OwnerReference\{.*\}: Only one reference can have Controller set to true\. Found "true" in references for Pod\/o-1 and Pod\/o-3$/,
      ),
    ])
  })

  it('hears of every controller after the first', () => {
    const references = ['1', '2', '3'].map((uid) => owner(uid, { controller: true }))
    const errors = onCreate({ ownerReferences: references })
    expect(errors.map((error) => error.slice(error.indexOf(' references for ')))).toEqual([
      ' references for Pod/o-1 and Pod/o-2',
      ' references for Pod/o-1 and Pod/o-3',
    ])
  })

  it('with ten thousand controllers is refused with a list that ends', () => {
    const references = Array.from({ length: 10_000 }, (_, i) => owner(`${i}`, { controller: true }))
    expect(onCreate({ ownerReferences: references })).toHaveLength(100)
  })

  it('with ten thousand bad labels is refused with a list that ends', () => {
    const labels = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`/${i}`, 'x']))
    expect(onCreate({ labels }).length).toBeLessThan(200)
  })

  it.each([
    { labels: 7 },
    { labels: { a: { toString: 1, valueOf: 1 } } },
    { annotations: [null] },
    { finalizers: 'x' },
    { finalizers: [{ toString: 1 }] },
    { ownerReferences: {} },
    { ownerReferences: [null] },
    { ownerReferences: [{ apiVersion: { toString: 1, valueOf: 1 }, kind: [] }] },
    { managedFields: 'x' },
    { managedFields: [null, { operation: 'Apply', manager: { toString: 1 } }] },
  ])('of the wrong type (%j) is refused and never throws', (meta) => {
    expect(onCreate(meta).length).toBeGreaterThan(0)
    expect(() =>
      onUpdate({ ...meta, generation: meta }, { deletionTimestamp: '2001-02-03T04:05:06Z', generation: 1 }),
    ).not.toThrow()
  })

  it('treats a label called __proto__ as any other', () => {
    expect(onCreate(JSON.parse('{"labels":{"__proto__":"x y"}}'))).toHaveLength(2)
  })
})

describe('an update of metadata', () => {
  it('that changes labels, annotations and finalizers passes', () => {
    expect(onUpdate({ labels: { a: 'b' }, annotations: { a: 'b' }, finalizers: ['x'] })).toEqual([])
  })

  it.each([
    [{ resourceVersion: '' }, {}, 'metadata.resourceVersion: Invalid value: "": must be specified for an update'],
    [{ generation: 1 }, { generation: 2 }, 'metadata.generation: Invalid value: 1: must not be decremented'],
    [{ name: 'b' }, {}, 'metadata.name: Invalid value: "b": field is immutable'],
    [{ namespace: 'm' }, {}, 'metadata.namespace: Invalid value: "m": field is immutable'],
    [{ uid: 'v' }, {}, 'metadata.uid: Invalid value: "v": field is immutable'],
    [
      { creationTimestamp: '2001-02-03T04:05:06Z' },
      { creationTimestamp: '2001-02-03T04:05:07Z' },
      'metadata.creationTimestamp: Invalid value: 2001-02-03 04:05:06 +0000 UTC: field is immutable',
    ],
    [
      {},
      { deletionTimestamp: '2001-02-03T04:05:06Z' },
      'metadata.deletionTimestamp: Invalid value: "null": field is immutable',
    ],
    [
      { deletionGracePeriodSeconds: 5 },
      {},
      'metadata.deletionGracePeriodSeconds: Invalid value: 5: field is immutable',
    ],
    [{ labels: { '/c': 'x' } }, {}, 'metadata.labels: Invalid value: "/c": prefix part must be non-empty'],
  ])('to %j from %j is refused', (meta, old, message) => expect(onUpdate(meta, old)).toEqual([message]))

  it('of an object that is being deleted may take finalizers off and not add any', () => {
    const going = { deletionTimestamp: '2001-02-03T04:05:06Z', finalizers: ['example.com/a', 'example.com/b'] }
    expect(onUpdate({ ...going, finalizers: ['example.com/b'] }, going)).toEqual([])
    expect(onUpdate({ ...going, finalizers: ['example.com/a', 'example.com/d', 'example.com/c'] }, going)).toEqual([
      'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"example.com/c", "example.com/d"}',
    ])
  })

  it('may spell the same instant in another zone', () => {
    expect(
      onUpdate({ creationTimestamp: '2001-02-03T05:05:06+01:00' }, { creationTimestamp: '2001-02-03T04:05:06Z' }),
    ).toEqual([])
  })
})

describe('dedupOwnerReferences', () => {
  it('drops what stands twice in every field, and says which', () => {
    const { ownerReferences, warning } = dedupOwnerReferences([
      owner('2'),
      owner('1'),
      owner('2'),
      owner('1'),
      owner('2'),
    ])
    expect(ownerReferences).toEqual([owner('2'), owner('1')])
    expect(warning).toBe(
      '.metadata.ownerReferences contains duplicate entries; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: 2, 1, 2',
    )
  })

  it('says when admission brought them', () => {
    expect(dedupOwnerReferences([owner('1'), owner('1')], true).warning).toContain(
      'after mutating admission happens; API',
    )
  })

  it('keeps references that differ in one field, and whatever is no reference', () => {
    const references = [owner('1'), owner('1', { controller: true }), null as unknown as OwnerReference]
    const { ownerReferences, warning } = dedupOwnerReferences(references)
    expect(ownerReferences).toEqual(references)
    expect(warning).toBeUndefined()
  })
})
