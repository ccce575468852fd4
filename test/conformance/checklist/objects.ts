import { type Item, partly, recorded, shown, tested } from './item.js'

const LIST = 'storage/store/list.test.ts'
const SINGLE = 'storage/store/single.test.ts'
const WATCH = 'endpoints/watch/watch.test.ts'
const CREATE = 'registry/create.test.ts'
const UPDATE = 'registry/update.test.ts'
const DELETE = 'registry/delete.test.ts'
const PATCHED = 'endpoints/patched-object.test.ts'
const ROUTES = 'endpoints/routes.test.ts'

/** Resource versions of reads. */
export const D10: readonly Item[] = [
  shown('GET of the newest', recorded('get', 'get it')),
  shown('GET of any', recorded('get', 'resourceVersion=0')),
  shown(
    'GET of not older than',
    tested(SINGLE, 'gives what is not older than a resourceVersion, and says so of one that has not happened'),
    recorded('get', 'a resourceVersion of the future'),
  ),
  shown(
    'LIST of the newest',
    tested(LIST, 'is in the order of keys, at one revision, and takes in nothing that merely begins like it'),
  ),
  shown(
    'LIST of any, without pages',
    tested(LIST, 'are not made for resourceVersion 0, which may be answered from a cache'),
  ),
  shown('LIST of not older than', tested(LIST, 'a resourceVersion')),
  shown('LIST of a version with a limit', tested(LIST, 'a resourceVersion')),
  shown('LIST NotOlderThan', tested(LIST, 'a resourceVersion', 'NotOlderThan')),
  shown(
    'LIST Exact',
    tested(LIST, 'with Exact also holds for a list of one name'),
    tested(LIST, 'that is compacted says so, also for a list of one name'),
  ),
  shown(
    'LIST that goes on',
    tested(LIST, 'show the state of the first one, whatever happens in between'),
    recorded('list-paging', 'the second page still shows the old snapshot'),
  ),
  shown(
    'options that exclude each other',
    recorded('list-resource-version-invalid', 'Exact 0'),
    recorded('list-resource-version-invalid', 'sendInitialEvents on a list'),
  ),
  partly(
    'errors of versions and tokens',
    'while the watch cache is filled the store answers: nobody is turned away',
    recorded('list-resource-version-invalid', 'a resourceVersion that is no number'),
    tested('registry/read.test.ts', 'whose continuation is compacted away is 410 and carries a token to go on with'),
  ),
  shown(
    'continue tokens, counts, order, and pages of selectors',
    tested(LIST, 'a continue token'),
    tested(LIST, 'of a selector are full although most objects do not match, and say nothing of what is left'),
    recorded('list', 'the list, ordered by name in bytes; items carry no kind'),
  ),
]

/** Watches. */
export const D11: readonly Item[] = [
  shown(
    'when a GET is one, and in which types',
    recorded('watch-start', 'watch without a value'),
    tested('endpoints/negotiation.test.ts', 'is not framed as %j'),
  ),
  shown(
    'options that are refused, and what holds without any',
    recorded('watch-list-invalid', 'sendInitialEvents without resourceVersionMatch'),
    tested('meta/options.test.ts', 'let a watch without a beginning start with the current state'),
  ),
  shown(
    'lines of JSON, at once, and together where several are there',
    tested(WATCH, 'writes what is there at once in one piece'),
    tested('endpoints/watch/pump.test.ts', 'go out together when they are there at once, and are not kept waiting'),
    recorded('headers', 'watch'),
  ),
  shown(
    'where it starts, and what selectors make of changes',
    recorded('watch-start', 'without a resourceVersion: what exists comes as ADDED'),
    tested(
      'storage/store/watch.test.ts',
      'what goes out of view is shown as it last matched, at the revision of the change',
    ),
  ),
  shown(
    'a version that is gone, one that is to come, errors before and after the start',
    tested(WATCH, 'ends with an ERROR event whose Status is not transformed'),
    recorded('watch-start', 'a resourceVersion of the future waits'),
    recorded('watch-start', 'a resourceVersion that is no number'),
  ),
  shown(
    'bookmarks: their shape, when they come, and what ends the initial state',
    tested(WATCH, 'of a typed kind is the empty object with its zero values'),
    tested(WATCH, 'says where a silent watch began'),
    tested(WATCH, 'cannot be said in a table, which is refused'),
    tested('storage/store/watch.test.ts', 'bookmarks tell how far the watch has come although nothing happened to it'),
  ),
  shown(
    'how long it lasts, and who ends it',
    tested(WATCH, 'does not hold up a server that ends, and ends cleanly'),
    tested('endpoints/watch/sink.test.ts', 'is ended after a while'),
    recorded('watch-start', 'watch=1'),
  ),
  shown(
    'websockets, and one object by name',
    tested('server/upgrade.test.ts', 'sends every event as one text frame with a line of JSON'),
    tested('endpoints/watch/chromium.test.ts', 'watches by websocket and sees a create and a delete'),
    recorded('watch-deprecated-paths', 'one object, from 0'),
  ),
]

/** Patches. */
export const D12: readonly Item[] = [
  shown(
    'JSON patch',
    recorded('patch-json', 'a test that fails: nothing is changed'),
    tested('endpoints/patch/patch-types.test.ts', 'may have ten thousand operations, not a million'),
    tested('endpoints/patch/json-patch.test.ts', 'is bounded in what copies add'),
  ),
  shown(
    'merge patch',
    recorded('fischers', 'merge patch replaces the list'),
    tested('endpoints/patch/merge-patch.test.ts', 'a merge patch'),
  ),
  shown(
    'strategic merge patch',
    recorded('patch-strategic', '$setElementOrder'),
    tested('endpoints/patch/patch-types.test.ts', 'are fewer for kinds that behave as custom resources'),
  ),
  shown(
    'apply',
    recorded('apply', 'apply creates'),
    recorded('apply-yaml', 'anchors and flow style'),
    tested('meta/options.test.ts', 'of a patch: apply needs a manager, and apply alone may force'),
  ),
  shown(
    'results that do not decode, other names, uids',
    recorded('validation-metadata', 'a bad label by patch'),
    recorded('apply-yaml', 'a number where a string is wanted'),
    tested(PATCHED, 'what a patch makes of an object of a built-in type'),
    tested(PATCHED, 'cannot give an object another uid'),
  ),
  shown(
    'a conflict is tried again, unless the patch says a version',
    tested(
      'endpoints/writes.test.ts',
      'two clients that change one object at once both succeed by patch, and one by update',
    ),
    recorded('patch-json', 'the resourceVersion as a precondition that fails'),
  ),
  shown(
    'conflicts of an apply, force, and what is refused',
    recorded('apply', 'two conflicts'),
    recorded('apply-versions', 'the body in another version than the path'),
    recorded('apply', 'force takes it over'),
  ),
  shown(
    'options that do not go together',
    recorded('request-options', 'apply: two things wrong'),
    recorded('request-options', 'patch: two things wrong'),
  ),
  shown(
    'a patch of nothing writes nothing',
    recorded('patch-strategic', 'an empty patch'),
    recorded('watch-events', 'a patch that changes nothing makes no event'),
  ),
]

/** Creates and updates. */
export const D13: readonly Item[] = [
  shown(
    'a create with a version, and of what exists',
    recorded('create', 'resourceVersion set on create'),
    tested(CREATE, 'of the name of one that is on its way out hears so'),
  ),
  shown(
    'generated names',
    tested(CREATE, 'is given up after eight, and the client may come again'),
    tested('meta/names.test.ts', 'appends five characters of those that make no words'),
    tested(CREATE, 'without any name hears that one is required'),
    tested(PATCHED, 'hears that no name could be generated where the name is taken'),
  ),
  shown('what the server sets', tested(CREATE, 'gets uid, creation time and generation from the server alone')),
  shown(
    'versions and uids of an update',
    recorded('update', 'without a resourceVersion: these kinds do not allow it'),
    recorded('update', 'with a resourceVersion that is no number'),
    recorded('update', 'a uid that is not the uid of the object'),
  ),
  shown(
    'an update that changes nothing; status on its own',
    tested(UPDATE, 'an update that changes nothing is not written'),
    tested(UPDATE, 'the status subresource'),
    tested('endpoints/fieldmanager/field-manager.test.ts', 'that changes nothing leaves every time as it was'),
  ),
  shown(
    'fields that are the server’s, and those that never change',
    tested(UPDATE, '%s is immutable'),
    tested(UPDATE, 'comes back when a client leaves it out'),
    tested(PATCHED, 'says another creationTimestamp in vain'),
    tested(PATCHED, 'cannot move a deletion that has begun'),
  ),
  shown(
    'finalizers of what is being deleted',
    recorded('finalizers', 'a new finalizer is refused'),
    recorded('finalizers', 'the last finalizers off: the answer is the last state'),
  ),
  shown(
    'an update that creates',
    tested('server/create-on-update.test.ts', 'is forbidden as a create where its sender may only change (%s)'),
    tested(UPDATE, 'makes the object where the kind or the request allows it, with all that a create does'),
    recorded('update', 'an object that does not exist, without a resourceVersion: no create on update'),
  ),
  shown(
    'what is too large for the store',
    tested('endpoints/too-large.test.ts', 'an object that is too large for the store with its managedFields'),
    tested('endpoints/too-large.test.ts', 'is refused in the words of etcd, without a reason'),
  ),
  shown(
    'names',
    tested('meta/names.test.ts', 'for path segments refuses what would be another path'),
    recorded('paths', 'an encoded slash in the name'),
    tested('meta/names.test.ts', 'of a generateName lets it end in a dash, and does not look at the character before'),
  ),
  shown(
    'labels, annotations, owners, finalizers',
    recorded('validation-metadata', 'a label key of 64 characters'),
    tested('meta/object-meta.test.ts', 'may have one controller'),
    tested('meta/object-meta.test.ts', 'drops what stands twice in every field, and says which'),
    tested(PATCHED, 'are stored once, with a warning that says when they were found'),
  ),
]

/** Deletions. */
export const D14: readonly Item[] = [
  shown(
    'answers: the object, or a Status',
    recorded('delete', 'delete it: a Status with the uid'),
    recorded('finalizers', 'delete: 200 with the object, not with a Status'),
  ),
  shown(
    'options in the body or the query',
    tested('meta/options.test.ts', 'refuse a policy that is unknown or told twice'),
    recorded('dry-run', 'delete, dry, in the query'),
  ),
  shown(
    'preconditions',
    recorded('delete-preconditions', 'a wrong uid'),
    recorded('delete-preconditions', 'a wrong resourceVersion'),
  ),
  shown(
    'grace periods',
    tested(DELETE, 'marks the object with its end, may be shortened, and not lengthened'),
    tested(DELETE, 'ends in the future'),
  ),
  shown(
    'policies and their finalizers',
    tested(DELETE, 'of the garbage collector waits for it: %j'),
    tested(DELETE, 'keeps the finalizers of others whatever the policy'),
    recorded('finalizers', 'delete with Foreground while it is being deleted'),
  ),
  shown(
    'admission sees what would go; a dry run',
    tested(DELETE, 'that admission refuses removes nothing, and admission has seen what would have gone'),
    recorded('dry-run', 'delete, dry, in the body'),
  ),
  shown(
    'deletions of many',
    tested(DELETE, 'takes a page when a limit is given'),
    tested(DELETE, 'tells the first refusal, and those before it are gone'),
    recorded('fischers', 'deletecollection'),
  ),
]

/** Discovery. */
export const D15: readonly Item[] = [
  partly(
    '/api',
    'no recording: the recorded server has no core group',
    tested(ROUTES, 'names groups, versions in the order of preference, and resources'),
  ),
  shown('/apis', recorded('discovery', 'the group list')),
  shown(
    '/apis/GROUP',
    recorded('discovery', 'the group: preferred version first'),
    recorded('discovery', 'an unknown group'),
  ),
  partly(
    '/api/v1',
    'no recording: the recorded server has no core group',
    tested(ROUTES, 'names groups, versions in the order of preference, and resources'),
  ),
  shown('/apis/GROUP/VERSION', recorded('discovery', 'the resources of v1alpha1, in alphabetical order')),
  shown(
    'all in one document',
    tested(ROUTES, 'has everything in one document for those who ask (%s)'),
    tested(ROUTES, 'is not sent again to those who have it'),
  ),
  shown(
    'GET alone, slashes at the end, OpenAPI with ETags and hashes',
    recorded('discovery', 'with a slash at the end'),
    recorded('openapi-v2', 'ETag: not modified'),
    tested('openapi/openapi-handler.test.ts', 'lists a document for each web service, at a path with its hash'),
  ),
  shown(
    'health: verbose, exclusions, failures',
    recorded('server-paths', 'verbose: one line for each check'),
    recorded('server-paths', 'without a check that does not exist'),
    tested('server/health.test.ts', 'a failing check'),
  ),
]

/** Headers. */
export const D16: readonly Item[] = [
  partly(
    'what every answer has, and what none has',
    'not yet: the headers of priority and fairness',
    recorded('headers', 'create'),
    recorded('headers', 'a small list is not compressed'),
    tested('endpoints/representation.test.ts', 'every answer'),
  ),
]
