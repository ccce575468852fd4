import type { JSONSchema } from '../runtime/schema/types.js'
import { discoveryTypes, versionInfo } from './discovery-definitions.js'
import { metaName, rawExtensionName, versionInfoName } from './meta-names.js'
import {
  boolean,
  type Fields,
  integer,
  kind,
  listOf,
  object,
  ref,
  requiredString,
  string,
  stringMap,
  strings,
  struct,
} from './schema-parts.js'

const ownerReference: JSONSchema = {
  ...object(
    'An owning object, in the same namespace as the dependent or cluster-scoped.',
    {
      apiVersion: requiredString('API version of the owner.'),
      blockOwnerDeletion: boolean('Whether a foreground deletion of the owner waits until this reference is removed.'),
      controller: boolean('Whether this reference points to the managing controller.'),
      kind: requiredString('Kind of the owner.'),
      name: requiredString('Name of the owner.'),
      uid: requiredString('UID of the owner.'),
    },
    ['apiVersion', 'kind', 'name', 'uid'],
  ),
  'x-kubernetes-map-type': 'atomic',
}

const managedFieldsEntry = object('The fields of an object that one manager has set, and by which operation.', {
  apiVersion: string('The version of the resource that this field set applies to, "group/version".'),
  fieldsType: string('The format of the fields; only "FieldsV1" exists.'),
  fieldsV1: ref(metaName('FieldsV1'), 'The set of fields in the format "FieldsV1".'),
  manager: string('The name of the manager.'),
  operation: string('What made the manager the owner of the fields: "Apply" or "Update".'),
  subresource: string('The subresource through which the object was changed, empty for the resource itself.'),
  time: ref(metaName('Time'), 'When the entry was added or its fields last changed.'),
})

const objectMeta = object('The metadata that every persisted object has.', {
  annotations: stringMap('Arbitrary metadata of external tools; it cannot be queried.'),
  creationTimestamp: ref(metaName('Time'), 'When the object was created, by the clock of the server. Read-only.'),
  deletionGracePeriodSeconds: integer(
    'int64',
    'Seconds for the object to end gracefully before it is removed. Read-only.',
  ),
  deletionTimestamp: ref(
    metaName('Time'),
    'When the object will be removed, set once deletion is asked for. Read-only.',
  ),
  finalizers: strings('Whoever must act before the object is removed; each deletes its own entry, in no set order.', {
    'x-kubernetes-list-type': 'set',
    'x-kubernetes-patch-strategy': 'merge',
  }),
  generateName: string('A prefix of the name that the server makes unique; used only if no name is given.'),
  generation: integer('int64', 'A number that grows with every change of the desired state. Read-only.'),
  labels: stringMap('Keys and values by which objects are organized and selected.'),
  managedFields: listOf(metaName('ManagedFieldsEntry'), 'Which manager has set which fields; kept by the server.'),
  name: string('The name, unique within a namespace. Cannot be updated.'),
  namespace: string('The namespace within which the name is unique. Cannot be updated.'),
  ownerReferences: listOf(
    metaName('OwnerReference'),
    'The objects that this object depends on; it is collected once all are gone.',
    {
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['uid'],
      'x-kubernetes-patch-merge-key': 'uid',
      'x-kubernetes-patch-strategy': 'merge',
    },
  ),
  resourceVersion: string(
    'An opaque value that changes with every write of the object; used for optimistic locking and watches. Read-only.',
  ),
  selfLink: string('Deprecated: no longer set by servers.'),
  uid: string('The unique identity of this object in time and space, made by the server. Read-only.'),
})

const listMeta = object('The metadata of a list.', {
  continue: string('Opaque token with which the next part of the list is asked for; empty at the end.'),
  remainingItemCount: integer('int64', 'How many items follow this part, if the server knows.'),
  resourceVersion: string('The version of the collection at which the list was taken.'),
  selfLink: string('Deprecated: no longer set by servers.'),
})

const deleteOptions = kind('What may be said when an object is deleted.', {
  dryRun: strings('"All" runs every stage and persists nothing.'),
  gracePeriodSeconds: integer('int64', 'Seconds before the object is removed; zero means at once.'),
  ignoreStoreReadErrorWithClusterBreakingPotential: boolean('Delete an object even though the store cannot read it.'),
  orphanDependents: boolean('Deprecated: use propagationPolicy. Whether dependents are orphaned.'),
  preconditions: ref(metaName('Preconditions'), 'What must hold before the deletion is carried out.'),
  propagationPolicy: string('What happens to dependents: "Orphan", "Background" or "Foreground".'),
})

const status = kind('The answer of a call that returns no other object.', {
  code: integer('int32', 'The suggested HTTP status code, 0 if not set.'),
  details: { ...ref(metaName('StatusDetails'), 'More about the reason.'), 'x-kubernetes-list-type': 'atomic' },
  message: string('What happened, for a human reader.'),
  metadata: struct(metaName('ListMeta'), 'Standard list metadata.'),
  reason: string('What happened, for a program; empty if nothing is known.'),
  status: string('"Success" or "Failure".'),
})

const statusDetails = object('More about a status; which fields are set depends on the reason.', {
  causes: listOf(metaName('StatusCause'), 'The single causes of a failure.'),
  group: string('The group of the resource concerned.'),
  kind: string('The kind of the resource concerned.'),
  name: string('The name of the resource concerned.'),
  retryAfterSeconds: integer('int32', 'Seconds before the operation should be tried again.'),
  uid: string('The UID of the resource concerned.'),
})

const statusCause = object('One cause of a failure.', {
  field: string('The path of the field that caused it, e.g. "items[0].name".'),
  message: string('What is wrong, for a human reader.'),
  reason: string('What is wrong, for a program.'),
})

const types: Fields = {
  ...discoveryTypes,
  DeleteOptions: deleteOptions,
  FieldsV1: {
    description: 'A set of fields as a tree of "f:<name>", "k:<keys>", "v:<value>" and "i:<index>".',
    type: 'object',
  },
  ListMeta: listMeta,
  ManagedFieldsEntry: managedFieldsEntry,
  ObjectMeta: objectMeta,
  OwnerReference: ownerReference,
  Patch: { description: 'The body of a PATCH request, in the format that its content type names.', type: 'object' },
  Preconditions: object('What must hold before an operation is carried out.', {
    resourceVersion: string('The resource version that the object must have.'),
    uid: string('The UID that the object must have.'),
  }),
  Status: status,
  StatusCause: statusCause,
  StatusDetails: statusDetails,
  Time: { description: 'A moment in RFC 3339 form.', type: 'string', format: 'date-time' },
  WatchEvent: object(
    'One change of a watched resource.',
    {
      object: {
        $ref: rawExtensionName,
        description: 'The object after an ADDED or MODIFIED, before a DELETED; a Status with an ERROR.',
        default: {},
      },
      type: requiredString('ADDED, MODIFIED, DELETED, BOOKMARK or ERROR.'),
    },
    ['type', 'object'],
  ),
}

/** The definitions of meta/v1 by their Kubernetes names; references are written as bare definition names. */
export function metaDefinitions(): ReadonlyMap<string, JSONSchema> {
  const named = Object.entries(types).map(([type, schema]) => [metaName(type), schema] as const)
  return new Map<string, JSONSchema>([
    ...named,
    [rawExtensionName, { description: 'An object of any kind.', type: 'object' }],
    [versionInfoName, versionInfo],
  ])
}

/** Kinds that belong to every group and version: their `x-kubernetes-group-version-kind` lists all that are served. */
export const kindsOfEveryGroup: ReadonlySet<string> = new Set([metaName('DeleteOptions'), metaName('WatchEvent')])

/** Kinds of meta that are `v1` of the core group alone. */
export const coreKinds: ReadonlySet<string> = new Set(
  ['APIGroup', 'APIGroupList', 'APIResourceList', 'APIVersions', 'Status'].map(metaName),
)
