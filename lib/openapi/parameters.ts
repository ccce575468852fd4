import type { DocumentedParameter } from './documented-route.js'

/**
 * The documentation of one parameter of an operation: `new Parameter(doc)` of restful makes a parameter of it.
 * Kubernetes says `uniqueItems` of all its parameters: none may be repeated.
 */
export type ParameterDoc = DocumentedParameter

function query(name: string, dataType: 'string' | 'integer' | 'boolean', description: string): ParameterDoc {
  return { name, kind: 'query', dataType, description, required: false, uniqueItems: true }
}

function path(name: string, description: string): ParameterDoc {
  return { name, kind: 'path', dataType: 'string', description, required: true, uniqueItems: true }
}

const dryRun = query(
  'dryRun',
  'string',
  'Run every stage of the request and persist nothing. The only value is "All"; any other is refused.',
)
const fieldManager = query(
  'fieldManager',
  'string',
  'The name of whoever makes the change: at most 128 printable characters. Defaults to the first part of the User-Agent.',
)
const applyManager = query(
  'fieldManager',
  'string',
  'The name of whoever makes the change: at most 128 printable characters. Required for apply patches ' +
    '(application/apply-patch+yaml), optional for every other patch.',
)
const fieldValidation = query(
  'fieldValidation',
  'string',
  'What happens to unknown and duplicate fields of the body: "Ignore" drops them silently, "Warn" (the default) ' +
    'drops them and sends a warning for each, "Strict" refuses the request.',
)
const continueToken = query('continue', 'string', 'The token of the previous part of a list, to get the next one.')
const fieldSelector = query('fieldSelector', 'string', 'Restrict the objects by their fields. Defaults to everything.')
const labelSelector = query('labelSelector', 'string', 'Restrict the objects by their labels. Defaults to everything.')
const limit = query(
  'limit',
  'integer',
  'The most items to answer with; if more exist, the list carries a continue token. Not used by a watch.',
)
const resourceVersion = query(
  'resourceVersion',
  'string',
  'How fresh the answer must be, or where a watch starts. See ' +
    'https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions. Defaults to unset.',
)
const resourceVersionMatch = query(
  'resourceVersionMatch',
  'string',
  'How resourceVersion is applied to a list: "NotOlderThan" or "Exact". Defaults to unset.',
)
const sendInitialEvents = query(
  'sendInitialEvents',
  'boolean',
  'Begin a watch with the present objects as ADDED events, followed by a bookmark annotated ' +
    '"k8s.io/initial-events-end". Needs resourceVersionMatch "NotOlderThan".',
)
const timeoutSeconds = query('timeoutSeconds', 'integer', 'Seconds after which a list or watch ends, busy or not.')
const allowWatchBookmarks = query(
  'allowWatchBookmarks',
  'boolean',
  'Ask for BOOKMARK events that say how far a watch has come. The server decides when to send them.',
)
const watch = query(
  'watch',
  'boolean',
  'Answer with a stream of changes (add, update, remove) from resourceVersion on, instead of a list.',
)
const gracePeriodSeconds = query(
  'gracePeriodSeconds',
  'integer',
  'Seconds before the object is removed; zero means at once. Defaults to what the kind asks for.',
)
const ignoreStoreReadError = query(
  'ignoreStoreReadErrorWithClusterBreakingPotential',
  'boolean',
  'Delete an object even though the store cannot read it. This skips finalizers and preconditions.',
)
const orphanDependents = query(
  'orphanDependents',
  'boolean',
  'Deprecated: use propagationPolicy. Whether dependents are orphaned.',
)
const propagationPolicy = query(
  'propagationPolicy',
  'string',
  'What happens to dependents: "Orphan" leaves them, "Background" has them collected afterwards, "Foreground" before.',
)
const force = query(
  'force',
  'boolean',
  'Take over fields that other managers own. Only for apply patches; refused with every other patch.',
)

/** `pretty`: every operation takes it. */
export const prettyParameter: ParameterDoc = query(
  'pretty',
  'string',
  "If 'true', then the output is pretty printed. Defaults to 'false' unless the user agent is a browser or a " +
    'command-line HTTP tool (curl and wget).',
)

/** The query parameters of GetOptions: none besides `pretty`. */
export const getParameters: readonly ParameterDoc[] = []

/** The query parameters of ListOptions. A watch takes the same. */
export const listParameters: readonly ParameterDoc[] = [
  allowWatchBookmarks,
  continueToken,
  fieldSelector,
  labelSelector,
  limit,
  resourceVersion,
  resourceVersionMatch,
  sendInitialEvents,
  timeoutSeconds,
  watch,
]

/** The query parameters of CreateOptions. kubectl looks for `dryRun` and `fieldValidation` here. */
export const createParameters: readonly ParameterDoc[] = [dryRun, fieldManager, fieldValidation]

/** The query parameters of UpdateOptions. */
export const updateParameters: readonly ParameterDoc[] = [dryRun, fieldManager, fieldValidation]

/** The query parameters of PatchOptions. kubectl looks for `dryRun` and `fieldValidation` here. */
export const patchParameters: readonly ParameterDoc[] = [dryRun, applyManager, fieldValidation, force]

/** The query parameters of DeleteOptions. */
export const deleteParameters: readonly ParameterDoc[] = [
  dryRun,
  gracePeriodSeconds,
  ignoreStoreReadError,
  orphanDependents,
  propagationPolicy,
]

/** The query parameters of a deletion of a collection: DeleteOptions, and what of ListOptions selects the objects. */
export const deleteCollectionParameters: readonly ParameterDoc[] = [
  ...deleteParameters,
  continueToken,
  fieldSelector,
  labelSelector,
  limit,
  resourceVersion,
  resourceVersionMatch,
  sendInitialEvents,
  timeoutSeconds,
]

/** `{namespace}` in a path. */
export const namespaceParameter: ParameterDoc = path(
  'namespace',
  'object name and auth scope, such as for teams and projects',
)

/** `{name}` in a path. */
export function nameParameter(kind: string): ParameterDoc {
  return path('name', `name of the ${kind}`)
}

/** `{path}` in a path: the rest of it, handed on to the resource. */
export const subpathParameter: ParameterDoc = path('path', 'path to the resource')

/** The body of a request. Its schema is what the route reads. Only a deletion can do without. */
export function bodyParameter(required = true): ParameterDoc {
  return { name: 'body', kind: 'body', dataType: '', description: '', required }
}
