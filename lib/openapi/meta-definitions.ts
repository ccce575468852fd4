import type { JSONSchema } from '../runtime/schema/types.js'

/** Where Kubernetes names the types of meta/v1. */
export const metaPrefix = 'io.k8s.apimachinery.pkg.apis.meta.v1.'

/** The definition name of a type of meta/v1, e.g. `metaName('ObjectMeta')`. */
export function metaName(type: string): string {
  return metaPrefix + type
}

/** The definition name of `version.Info`, the body of /version. */
export const versionInfoName = 'io.k8s.apimachinery.pkg.version.Info'

/** The definition name of a value of any kind, such as the object of a watch event. */
export const rawExtensionName = 'io.k8s.apimachinery.pkg.runtime.RawExtension'

export const apiVersionDescription =
  'The versioned schema of this representation of an object. More info: ' +
  'https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#resources'

export const kindDescription =
  'The kind of resource this object represents, in CamelCase. Cannot be updated. More info: ' +
  'https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds'

type Fields = Readonly<Record<string, JSONSchema>>

const string = (description: string): JSONSchema => ({ description, type: 'string' })
const requiredString = (description: string): JSONSchema => ({ description, type: 'string', default: '' })
const boolean = (description: string): JSONSchema => ({ description, type: 'boolean' })
const integer = (format: 'int32' | 'int64', description: string): JSONSchema => ({
  description,
  type: 'integer',
  format,
})
const strings = (description: string, extensions: JSONSchema = {}): JSONSchema => ({
  description,
  type: 'array',
  items: { type: 'string', default: '' },
  'x-kubernetes-list-type': 'atomic',
  ...extensions,
})
const stringMap = (description: string): JSONSchema => ({
  description,
  type: 'object',
  additionalProperties: { type: 'string', default: '' },
})
const ref = (type: string, description: string): JSONSchema => ({ $ref: metaName(type), description })
/** A struct that is always there, never a pointer: the reference documents it with an empty default. */
const struct = (type: string, description: string): JSONSchema => ({ ...ref(type, description), default: {} })
const listOf = (type: string, description: string, extensions: JSONSchema = {}): JSONSchema => ({
  description,
  type: 'array',
  items: { $ref: metaName(type), default: {} },
  'x-kubernetes-list-type': 'atomic',
  ...extensions,
})

function object(description: string, properties: Fields, required: readonly string[] = []): JSONSchema {
  return { description, type: 'object', ...(required.length > 0 ? { required } : {}), properties }
}

/** Of a kind: an object that says its own apiVersion and kind. */
function kind(description: string, properties: Fields, required: readonly string[] = []): JSONSchema {
  const typeMeta = { apiVersion: string(apiVersionDescription), kind: string(kindDescription) }
  return object(description, { ...typeMeta, ...properties }, required)
}

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
  fieldsV1: ref('FieldsV1', 'The set of fields in the format "FieldsV1".'),
  manager: string('The name of the manager.'),
  operation: string('What made the manager the owner of the fields: "Apply" or "Update".'),
  subresource: string('The subresource through which the object was changed, empty for the resource itself.'),
  time: ref('Time', 'When the entry was added or its fields last changed.'),
})

const objectMeta = object('The metadata that every persisted object has.', {
  annotations: stringMap('Arbitrary metadata of external tools; it cannot be queried.'),
  creationTimestamp: ref('Time', 'When the object was created, by the clock of the server. Read-only.'),
  deletionGracePeriodSeconds: integer(
    'int64',
    'Seconds for the object to end gracefully before it is removed. Read-only.',
  ),
  deletionTimestamp: ref('Time', 'When the object will be removed, set once deletion is asked for. Read-only.'),
  finalizers: strings('Whoever must act before the object is removed; each deletes its own entry, in no set order.', {
    'x-kubernetes-list-type': 'set',
    'x-kubernetes-patch-strategy': 'merge',
  }),
  generateName: string('A prefix of the name that the server makes unique; used only if no name is given.'),
  generation: integer('int64', 'A number that grows with every change of the desired state. Read-only.'),
  labels: stringMap('Keys and values by which objects are organized and selected.'),
  managedFields: listOf('ManagedFieldsEntry', 'Which manager has set which fields; kept by the server.'),
  name: string('The name, unique within a namespace. Cannot be updated.'),
  namespace: string('The namespace within which the name is unique. Cannot be updated.'),
  ownerReferences: listOf(
    'OwnerReference',
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
  preconditions: ref('Preconditions', 'What must hold before the deletion is carried out.'),
  propagationPolicy: string('What happens to dependents: "Orphan", "Background" or "Foreground".'),
})

const status = kind('The answer of a call that returns no other object.', {
  code: integer('int32', 'The suggested HTTP status code, 0 if not set.'),
  details: { ...ref('StatusDetails', 'More about the reason.'), 'x-kubernetes-list-type': 'atomic' },
  message: string('What happened, for a human reader.'),
  metadata: struct('ListMeta', 'Standard list metadata.'),
  reason: string('What happened, for a program; empty if nothing is known.'),
  status: string('"Success" or "Failure".'),
})

const statusDetails = object('More about a status; which fields are set depends on the reason.', {
  causes: listOf('StatusCause', 'The single causes of a failure.'),
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

const apiResource = object(
  'A resource and what can be done with it.',
  {
    categories: strings('The groups of resources it belongs to, such as "all".'),
    group: string('The group of the resource, if not that of the list.'),
    kind: requiredString('The kind of the resource.'),
    name: requiredString('The plural name of the resource.'),
    namespaced: { ...boolean('Whether the resource lives in namespaces.'), default: false },
    shortNames: strings('Short names of the resource.'),
    singularName: requiredString('The singular name of the resource.'),
    storageVersionHash: string('A hash of the version in which objects are stored.'),
    verbs: {
      description: 'What can be done: get, list, watch, create, update, patch, delete, deletecollection.',
      type: 'array',
      items: { type: 'string', default: '' },
    },
    version: string('The version of the resource, if not that of the list.'),
  },
  ['name', 'singularName', 'namespaced', 'kind', 'verbs'],
)

const apiGroup = kind(
  'A group, its versions and the preferred one.',
  {
    name: requiredString('The name of the group.'),
    preferredVersion: struct('GroupVersionForDiscovery', 'The version that the server prefers.'),
    serverAddressByClientCIDRs: listOf(
      'ServerAddressByClientCIDR',
      'Addresses of the server by network of the client.',
    ),
    versions: listOf('GroupVersionForDiscovery', 'The versions of the group.'),
  },
  ['name', 'versions'],
)

const types: Fields = {
  APIGroup: apiGroup,
  APIGroupList: kind('The groups of a server.', { groups: listOf('APIGroup', 'The groups.') }, ['groups']),
  APIResource: apiResource,
  APIResourceList: kind(
    'The resources of a group version.',
    {
      groupVersion: requiredString('The group and version of the resources.'),
      resources: listOf('APIResource', 'The resources.'),
    },
    ['groupVersion', 'resources'],
  ),
  APIVersions: kind(
    'The versions of the group without a name.',
    {
      serverAddressByClientCIDRs: listOf(
        'ServerAddressByClientCIDR',
        'Addresses of the server by network of the client.',
      ),
      versions: strings('The versions.'),
    },
    ['versions', 'serverAddressByClientCIDRs'],
  ),
  DeleteOptions: deleteOptions,
  FieldsV1: {
    description: 'A set of fields as a tree of "f:<name>", "k:<keys>", "v:<value>" and "i:<index>".',
    type: 'object',
  },
  GroupVersionForDiscovery: object(
    'A group and version, together and apart.',
    {
      groupVersion: requiredString('"group/version".'),
      version: requiredString('The version alone.'),
    },
    ['groupVersion', 'version'],
  ),
  ListMeta: listMeta,
  ManagedFieldsEntry: managedFieldsEntry,
  ObjectMeta: objectMeta,
  OwnerReference: ownerReference,
  Patch: { description: 'The body of a PATCH request, in the format that its content type names.', type: 'object' },
  Preconditions: object('What must hold before an operation is carried out.', {
    resourceVersion: string('The resource version that the object must have.'),
    uid: string('The UID that the object must have.'),
  }),
  ServerAddressByClientCIDR: object(
    'The address under which clients of a network reach the server.',
    {
      clientCIDR: requiredString('The network of the client.'),
      serverAddress: requiredString('The address of the server: a host with an optional port.'),
    },
    ['clientCIDR', 'serverAddress'],
  ),
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

const versionFields = [
  'buildDate',
  'compiler',
  'gitCommit',
  'gitTreeState',
  'gitVersion',
  'goVersion',
  'major',
  'minor',
  'platform',
] as const

const versionInfo: JSONSchema = object(
  'The version of the server and how it was built.',
  Object.fromEntries(versionFields.map((field) => [field, { type: 'string', default: '' }])),
  versionFields,
)

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
