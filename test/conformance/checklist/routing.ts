import { absent, type Item, NO_CUSTOM_RESOURCES, partly, recorded, shown, tested } from './item.js'

const DIRECTOR = 'server/director.test.ts'
const PREFIX = '%s goes to the longest prefix: %s'
const ROUTES = 'endpoints/routes.test.ts'
const EVERYTHING = 'that does everything in namespaces'
const INFO = 'endpoints/request-info.test.ts'
const METHOD = '%s %s is a method that the path does not have'

/** Who answers: the director, the container of web services, the paths beside them. */
export const D1: readonly Item[] = [
  shown(
    'filters, then the director, then routes or paths, then nobody',
    tested(DIRECTOR, 'who answers'),
    tested('server/filters.test.ts', 'runs its filters from the outside in, and back'),
  ),
  shown('one container, whose refusals are Statuses', tested(DIRECTOR, '%s is the API’s: a Status')),
  shown('a 405 names no Allow', tested(DIRECTOR, METHOD), recorded('watch-deprecated-paths', 'POST to it')),
  shown(
    'the director takes roots as whole path segments, and /apis alone',
    tested(DIRECTOR, '%s is nobody’s: plain text', '/apis/example.com.evil/v2'),
  ),
  shown(
    'handlers know name and namespace from the request info',
    tested('meta/options.test.ts', 'a query for a list'),
    recorded('paths', 'encoded letters are decoded'),
  ),
  shown(
    'exact paths before prefixes, longer prefixes first, listed and unlisted',
    tested(DIRECTOR, 'prefixes must end in a slash, and a path is registered once'),
    tested(DIRECTOR, 'only listed paths are listed'),
  ),
  shown('a path without handler; a prefix with more behind it', tested(DIRECTOR, PREFIX, '/fallthrough')),
  shown(
    'a prefix without its slash; an exact path below a prefix',
    tested(DIRECTOR, PREFIX, "'/publicPrefix',"),
    tested(DIRECTOR, '%s goes to its own handler'),
  ),
  shown(
    'a prefix and what is below it; an exact path with a slash more',
    tested(DIRECTOR, PREFIX, '/publicPrefix/exactmatch/'),
  ),
  shown(
    'the more precise prefix without its slash; an exact path that ends in one',
    tested(DIRECTOR, PREFIX, '/otherPublic/exactmatchslash'),
  ),
  shown(
    'an unlisted prefix serves and is not listed',
    tested(DIRECTOR, PREFIX, '/secretPrefix/something'),
    tested(DIRECTOR, 'only listed paths are listed'),
  ),
  shown('/version', recorded('server-paths', '/version'), recorded('server-paths', '/version with a slash')),
  partly(
    '/api',
    'no recording: the recorded server has no core group',
    tested(INFO, 'of the core group has no group, every other has one'),
    recorded('discovery', 'the legacy group is not served here'),
  ),
  shown('/apis lists the groups', recorded('discovery', 'the group list')),
  shown('/apis/GROUP', recorded('discovery', 'the group: preferred version first')),
  shown(
    '/apis/GROUP/VERSION and its resources',
    recorded('discovery', 'the resources of v1alpha1, in alphabetical order'),
  ),
  shown('/ and /index.html list the paths', tested(DIRECTOR, 'the index lists what is there')),
  shown(
    'health, and each check at a path of its own',
    recorded('server-paths', 'one check'),
    tested('server/health.test.ts', 'health checks'),
  ),
  partly(
    '/metrics',
    'profiles, flags and service levels are of the Go program',
    recorded('server-paths', '/metrics is text'),
    tested('server/metrics.test.ts', 'is what a scraper reads, and tells of the process'),
  ),
  shown(
    '/openapi/v2 and /openapi/v3',
    tested('openapi/openapi-handler.test.ts', '/openapi/v2'),
    tested('openapi/openapi-handler.test.ts', '/openapi/v3'),
  ),
  absent('custom resources and aggregated groups behind /apis/', NO_CUSTOM_RESOURCES),
]

/** From storages to routes. */
export const D2: readonly Item[] = [
  shown(
    'a root for each group version, any Content-Type, media types plain and of watches',
    tested(ROUTES, EVERYTHING),
    recorded('openapi-v2', 'consumes and produces'),
  ),
  shown('LIST', tested(ROUTES, EVERYTHING, 'list GET'), recorded('openapi-v2', 'collection operations')),
  shown(
    'POST',
    tested(ROUTES, EVERYTHING, 'post POST'),
    tested('endpoints/writes.test.ts', 'a named create makes something below an object'),
  ),
  shown('DELETECOLLECTION', tested(ROUTES, EVERYTHING, 'deletecollection DELETE')),
  shown(
    'WATCHLIST on the deprecated path',
    tested(ROUTES, EVERYTHING, 'watchlist GET'),
    recorded('openapi-v2', 'watch paths'),
  ),
  shown('GET', tested(ROUTES, EVERYTHING, 'get GET'), recorded('openapi-v2', 'object operations')),
  partly(
    'GET with a path behind the name',
    'only connections have paths of their own here',
    tested(ROUTES, 'that connects are one a method, and below it too when it has paths of its own'),
  ),
  shown('PUT', tested(ROUTES, EVERYTHING, 'put PUT')),
  shown(
    'PATCH and the types it reads',
    tested(ROUTES, EVERYTHING, 'patch PATCH'),
    tested('endpoints/patch/patch-types.test.ts', 'are offered in the order of Kubernetes'),
  ),
  shown(
    'DELETE with or without options in its body',
    tested(ROUTES, EVERYTHING, 'delete DELETE'),
    recorded('delete', 'an empty DeleteOptions as the body'),
  ),
  shown(
    'WATCH on the deprecated path of one object',
    tested(ROUTES, EVERYTHING, 'watch GET'),
    recorded('watch-deprecated-paths', 'one object'),
  ),
  shown(
    'CONNECT: one route a method, and below it',
    tested(ROUTES, 'that connects are one a method, and below it too when it has paths of its own'),
  ),
  shown(
    'lists and watches over all namespaces',
    tested(ROUTES, EVERYTHING, 'listWidgetForAllNamespaces'),
    recorded('openapi-v2', 'all namespaces, cluster scope, the other version'),
  ),
  shown(
    'what a storage cannot do has no route: 404, or 405 beside others',
    tested(ROUTES, 'that does %s are those it has'),
    tested('endpoints/writes.test.ts', 'cannot be %sed'),
  ),
  shown(
    'no HEAD and no OPTIONS; no create and no deletion over all namespaces',
    tested(DIRECTOR, METHOD, "'OPTIONS'"),
    recorded('create', 'to the all-namespaces collection'),
  ),
  shown(
    'routes say action and kind; parameters and answers are documented',
    tested(ROUTES, 'say which kind they are about'),
    recorded('openapi-v2', 'response codes'),
  ),
  shown(
    'a storage that cannot be installed is an error at the start',
    tested(ROUTES, 'a resource that cannot be served is refused when it is defined'),
    tested(ROUTES, 'cannot be made for the path %j'),
  ),
  shown(
    'discovery of a resource: names, scope, sorted verbs',
    tested(ROUTES, 'are told to discovery, verbs sorted'),
    recorded('discovery', 'the resources of v1beta1'),
  ),
  shown(
    'a deprecated version warns in every answer',
    recorded('deprecation-warning', 'get'),
    recorded('deprecation-warning', 'create that fails'),
  ),
]

/** What a client sees of it. */
export const D3: readonly Item[] = [
  shown(
    'a slash at the end of a path',
    recorded('paths', 'a slash at the end of a collection'),
    tested(DIRECTOR, 'slashes at the end of a path do not count'),
  ),
  shown('two slashes in front', tested(DIRECTOR, '%s is nobody’s: plain text', '//apis/example.com/v2')),
  shown(
    'two slashes before the resource',
    recorded('paths', 'two slashes'),
    tested(DIRECTOR, '%s is the API’s: a Status', '//widgets'),
  ),
  partly(
    'an empty namespace in the path lists all',
    'no recording; a deletion so addressed reaches nothing',
    tested('endpoints/writes.test.ts', '%s below an empty namespace reaches nothing'),
  ),
  shown(
    'an unknown version or resource: 404 Status',
    recorded('discovery', 'an unknown resource'),
    recorded('discovery', 'an unknown version of the group'),
  ),
  shown(
    'an unknown group: 404 in plain text',
    recorded('discovery', 'an unknown group, version and resource'),
    tested(DIRECTOR, '%s is nobody’s: plain text'),
  ),
  absent('before all paths are installed: 503', 'does not apply: paths are complete before anything is served'),
  absent(
    'the last server of a chain answers 404 with the list of paths',
    'does not apply: behind the API stands the app; with `notFound` the answer is plain text, as recorded',
  ),
  shown(
    '/watch/ with nothing behind it: 500 in plain text',
    recorded('watch-deprecated-paths', 'the bare prefix'),
    tested(DIRECTOR, 'a path that says to watch nothing is an error of the path'),
  ),
  shown('a method that the path does not have: 405', tested(DIRECTOR, METHOD)),
  shown(
    'HEAD: 405 of a built-in resource, as GET of a custom one',
    tested('endpoints/head.test.ts', 'of a built-in type is no method that the path has: %s'),
    tested('endpoints/head.test.ts', 'of %s that behaves as custom resources do is a GET without a body'),
  ),
  shown('OPTIONS without CORS: 405', tested(DIRECTOR, METHOD, "'OPTIONS'")),
  partly(
    'OPTIONS of an allowed origin: 204',
    'not yet in the API: CORS is a filter of restful',
    tested('restful/cors.test.ts', 'a preflight'),
  ),
  shown('PATCH with a Content-Type that is no patch: 415', tested('e2e/bad-input.test.ts', '%s')),
  shown(
    'a route that reads certain types and is sent none',
    tested('restful/container.test.ts', '%s without body and Content-Type to a route that reads JSON is a 415'),
  ),
  shown('POST and PUT in a type nobody reads: 415', tested('endpoints/negotiation.test.ts', '%j is not read')),
  shown(
    'Accept of a type nobody writes: 406, in indented JSON',
    tested('endpoints/negotiation.test.ts', 'what cannot be answered as asked is 406, said in JSON all the same'),
    recorded('openapi-v2', 'not acceptable'),
  ),
  shown(
    'Accept application/*: refused by the route',
    tested('restful/detect-route.test.ts', 'what an Accept asks for'),
  ),
  shown(
    'a table in a version that does not exist: 406',
    recorded('watch-transforms', 'an unknown transform alone'),
    recorded('partial-object-metadata', 'an unknown version alone'),
  ),
  shown('discovery with a body of another type', tested('restful/detect-route.test.ts', 'what a Content-Type is')),
  absent('a custom resource that is not served', NO_CUSTOM_RESOURCES),
  absent('a subresource of a custom resource that is not enabled', NO_CUSTOM_RESOURCES),
  absent('a verb that custom resources do not have', NO_CUSTOM_RESOURCES),
  absent('a create while the definition goes', NO_CUSTOM_RESOURCES),
  absent('a create right after the definition came', NO_CUSTOM_RESOURCES),
  absent('a POST to one custom resource', NO_CUSTOM_RESOURCES),
  shown(
    'lists, in a namespace and in the cluster',
    recorded('list', 'a cluster-scoped list'),
    recorded('list', 'an empty namespace'),
  ),
  shown('a prefix alone', tested(DIRECTOR, '%s is nobody’s: plain text')),
  shown('writes of one to a collection: 405', tested(DIRECTOR, METHOD, "['PUT', freshPath()]")),
  shown(
    'a subresource that does not exist: 404',
    recorded('paths', 'a subresource that does not exist'),
    recorded('paths', 'PUT to a subresource that does not exist'),
  ),
  shown('an unknown resource: 404', recorded('discovery', 'an unknown resource')),
  shown('/watch/ alone: 500', recorded('watch-deprecated-paths', 'the bare prefix')),
  shown('POST to one object: 405', tested(DIRECTOR, METHOD, "['POST', `")),
  shown('POST to a watch path: 405', recorded('watch-deprecated-paths', 'POST to it')),
  shown('a storage that does nothing: 404', tested(ROUTES, 'that does %s are those it has', "'nothing'")),
  shown(
    'a storage that only reads: 405 for the rest',
    tested(ROUTES, 'that does %s are those it has', "'only reads'"),
    tested(DIRECTOR, METHOD),
  ),
]

const A_RESOURCE = 'a resource request'
const row = (what: string, saying: string): Item => shown(what, tested(INFO, A_RESOURCE, saying))

/** What a request is about. */
export const D4: readonly Item[] = [
  shown('the algorithm', tested(INFO, A_RESOURCE), tested(INFO, 'everything else is about a path')),
  row('namespaces', "'/api/v1/namespaces', 'list'"),
  row('one namespace', "'/api/v1/namespaces/other', 'get'"),
  row('a list in a namespace', "'/api/v1/namespaces/other/pods', 'list'"),
  row('one object, by GET and HEAD', "'HEAD', '/api/v1/namespaces/other/pods/foo', 'get'"),
  row('a list over all, by GET and HEAD', "'HEAD', '/api/v1/pods', 'list'"),
  row('a proxy path', "'/api/v1/proxy/namespaces/other/pods/foo', 'proxy'"),
  row('a proxy path with more behind it', "'pods,foo,not,a,sub'"),
  row('a watch path', "'/api/v1/watch/pods', 'watch'"),
  row('the watch parameter', "'/api/v1/pods?watch=false', 'list'"),
  row('a watch path in a namespace', "'/api/v1/watch/namespaces/other/pods', 'watch'"),
  row('the watch parameter as a number', "'/api/v1/namespaces/other/pods?watch=0', 'list'"),
  row('a subresource', "'pods,foo,status'"),
  row('a path below a subresource', "'pods,foo,proxy,sub'"),
  row('status and finalize of a namespace', "'namespaces,other,finalize'"),
  row('PATCH and DELETE of one', "'PATCH', '/api/v1/namespaces/other/pods/foo', 'patch'"),
  row('a create', "'POST', '/api/v1/namespaces/other/pods', 'create'"),
  row('a deletion of many', "'DELETE', '/api/v1/namespaces/other/pods', 'deletecollection'"),
  row('a group besides the core', "'/apis/extensions/v1beta3/namespaces/other/pods'"),
  shown('paths that are about no resource', tested(INFO, 'everything else is about a path')),
  shown('paths that are about one', tested(INFO, 'and %s is a resource')),
  shown(
    'selectors name an object, or do not',
    tested(INFO, 'selectors'),
    tested(INFO, 'of labels are kept for reads and deletes of many'),
  ),
]
