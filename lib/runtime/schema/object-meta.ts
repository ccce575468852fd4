import type { JSONSchema } from './types.js'

const text = (description: string): JSONSchema => ({ type: 'string', description })

const time = (description: string): JSONSchema => ({ type: 'string', format: 'date-time', description })

/** A member that is a pointer in Go: its zero value is a statement and stays. See {@link omitEmpty}. */
const POINTER = { 'x-go-pointer': true } as const

const stringMap = (description: string): JSONSchema => ({
  type: 'object',
  description,
  additionalProperties: { type: 'string' },
})

/** Schema of one entry of `metadata.ownerReferences`. */
const ownerReferenceSchema: JSONSchema = {
  type: 'object',
  description: 'Names an object that this one belongs to and is deleted with.',
  required: ['apiVersion', 'kind', 'name', 'uid'],
  'x-kubernetes-map-type': 'atomic',
  properties: {
    apiVersion: text('API version of the owner.'),
    kind: text('Kind of the owner.'),
    name: text('Name of the owner.'),
    uid: text('UID of the owner.'),
    controller: { type: 'boolean', description: 'Whether the owner is the managing controller.', ...POINTER },
    blockOwnerDeletion: {
      type: 'boolean',
      description: 'Whether a foreground deletion of the owner waits for this object.',
      ...POINTER,
    },
  },
}

/** Schema of one entry of `metadata.managedFields` (KEP-555). */
const managedFieldsEntrySchema: JSONSchema = {
  type: 'object',
  description: 'The fields that one manager set with one operation.',
  properties: {
    apiVersion: text('API version that the fields are named in.'),
    fieldsType: text('Format of the field set: FieldsV1.'),
    fieldsV1: {
      type: 'object',
      description: 'The field set, as a trie of f:, k:, v: and i: keys.',
      'x-kubernetes-preserve-unknown-fields': true,
    },
    manager: text('Name of the manager.'),
    operation: text('What the manager did: Apply or Update.'),
    subresource: text('Subresource that the fields were set through, empty for the object itself.'),
    time: time('When the set last changed.'),
  },
}

/**
 * Schema of `metadata`, with Kubernetes' names, list types and merge keys. Whether the values make sense
 * (names, label syntax, finalizers) is not said here: that is validation of object metadata.
 *
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/object-meta/
 */
export const objectMetaSchema: JSONSchema = {
  type: 'object',
  description: 'Metadata that every object has.',
  properties: {
    annotations: stringMap('Free data for tools; not for selection.'),
    creationTimestamp: time('When the server created the object. Read-only.'),
    deletionGracePeriodSeconds: {
      type: 'integer',
      format: 'int64',
      description: 'Seconds left to end gracefully, set with deletionTimestamp. Read-only.',
      ...POINTER,
    },
    deletionTimestamp: time('When the object will be gone or, with finalizers, was asked to go. Read-only.'),
    finalizers: {
      type: 'array',
      description: 'Must be empty before the object is removed; each entry is taken out by whoever set it.',
      items: { type: 'string' },
      'x-kubernetes-list-type': 'set',
      'x-kubernetes-patch-strategy': 'merge',
    },
    generateName: text('Prefix of a name that the server makes unique, used if name is empty.'),
    generation: { type: 'integer', format: 'int64', description: 'Counts changes of the desired state. Read-only.' },
    labels: stringMap('Keys and values for selecting objects.'),
    managedFields: {
      type: 'array',
      description: 'Which manager set which fields.',
      items: managedFieldsEntrySchema,
      'x-kubernetes-list-type': 'atomic',
    },
    name: text('Unique within the namespace and resource. Cannot be changed.'),
    namespace: text('The space that the name is unique in; empty for cluster-scoped objects. Cannot be changed.'),
    ownerReferences: {
      type: 'array',
      description: 'Objects that this one depends on.',
      items: ownerReferenceSchema,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['uid'],
      'x-kubernetes-patch-strategy': 'merge',
      'x-kubernetes-patch-merge-key': 'uid',
    },
    resourceVersion: text('Opaque version of the object, for optimistic concurrency and watches. Read-only.'),
    selfLink: text('Deprecated, no longer set.'),
    uid: text('Unique in time and space. Read-only.'),
  },
}
