// Every line of go-restful's feature list, by section and in our words, with the test that holds it or the reason why
// there is none. checklist.test.ts holds the number of lines of each section and looks for the tests.

/** A line with the file and name of a test. */
export interface Held {
  readonly what: string
  readonly file: string
  readonly test: string
}

/** A line with the reason why it is not as there. */
export interface Left {
  readonly what: string
  readonly reason: string
}

const held =
  (file: string) =>
  (what: string, test: string): Held => ({ what, file: `${file}.test.ts`, test })
const left = (what: string, reason: string): Left => ({ what, reason })

const access = held('observe')
const builder = held('route-builder')
const compression = held('compression')
const container = held('container')
const cors = held('cors')
const curly = held('curly-router')
const detect = held('detect-route')
const docs = held('docs')
const entity = held('entity')
const filter = held('filter')
const hostile = held('hostile')
const jsr = held('jsr311-router')
const request = held('request')
const response = held('response')
const strict = held('strict-router')
const tables = held('tables')
const tokens = held('path-tokens')

const NO_MUX = 'there is no mux: a container serves what it is given, and its middleware claims what its services claim'
const NO_GLOBALS = 'nothing is global to the process: every container has its own'
const ROW = 'answers every row of the table'

export const CHECKLIST: Readonly<Record<string, readonly (Held | Left)[]>> = {
  A1: [
    container('what a new container is', 'at once'),
    left('a default container of the package', NO_GLOBALS),
    left('the mux as a public field', NO_MUX),
    container('a second service with the same root', 'a second service with the same root is refused by an error'),
    left('prefixes registered on the mux', NO_MUX),
    left('two roots with one fixed prefix panic', NO_MUX),
    left('a root with a parameter is not reached without its slash', NO_MUX),
    container('services are removed', 'a service added while requests are served is served from then on'),
    container('siblings stay when one is removed', 'and its siblings stay when one is removed'),
    container(
      'a change while requests are served',
      'routes added and removed while requests are served are seen at once',
    ),
    container('the registered services in their order', 'roots that differ in their text alone are two services'),
    container('the router is exchanged', 'the router can be changed'),
    compression('switches of the container', 'when the container is told so later, errors included'),
    compression('compression around everything', 'when the container is told so later, errors included'),
    container('dispatch without a mux', 'is routed on the path its dispatcher gives, with the context it gives'),
    filter('the order of the steps of a dispatch', 'without a route only the filters of the container run'),
    filter('what a request without a route knows', 'without a route only the filters of the container run'),
    left('plain handlers on the mux', `${NO_MUX}; a plain handler belongs to the app beside it`),
    left('redirects to cleaned paths', NO_MUX),
  ],
  A2: [
    container('a root path, set before routes', 'the root of a registered service cannot change'),
    builder('media types as defaults', 'takes media types from its service only where it has none'),
    container('the list of routes is a copy', 'routes added and removed while requests are served are seen at once'),
    detect('a builder for each method, none implied', 'a HEAD is not served by a GET route'),
    docs('filters, documentation and parameters of the root', 'has the paths without expressions'),
    builder('factories of parameters', 'of each kind is required only in the path and the body'),
    container(
      'routes removed by path and method',
      'routes added and removed while requests are served are seen at once',
    ),
  ],
  A3: [
    builder('steps shared by routes', 'takes steps that several routes share'),
    builder('a function is required', 'without a function'),
    builder('method and path', 'has everything its builder was told'),
    builder('media types replace those of the service', 'takes media types from its service only where it has none'),
    filter('a filter of the route', 'filters that go on %s run from container to service to route'),
    detect('conditions', 'come before the method, and the first that fails ends the question'),
    detect('methods without a Content-Type', 'a list of methods that may come without one replaces the default'),
    compression('compression by route', 'where the route says so, whatever the container says'),
    builder('documentation and the operation', 'of a function without a name has a numbered operation'),
    docs('the model that is read', 'has bodies and forms as request bodies, and each id once'),
    docs('the models that are written', 'has the paths without expressions'),
    builder('parameters, and one by its name', 'has everything its builder was told'),
    docs('answers by status, with header fields', 'has the paths without expressions'),
    docs('the default answer', 'has the paths without expressions'),
    builder('metadata, extensions, deprecation', 'keeps __proto__ in its metadata as a key like any other'),
    builder('the route that is built', 'is not changed by what its builder is told later'),
    left('internal methods', 'they are not for users'),
    tokens('joining with an empty path', 'a root and a template join'),
    tokens('joining with slashes at both ends', 'a root and a template join'),
    tokens('joining below /', 'a root and a template join'),
    tokens('joining without a root', 'a root and a template join'),
    tokens('joining with dots', 'a root and a template join'),
    tokens('joining with empty tokens', 'a root and a template join'),
  ],
  A4: [
    builder('the fields of a route', 'has everything its builder was told'),
    container('the selected route is read-only', 'sees the route that serves it, and none when there is none'),
  ],
  A5: [
    tokens('how paths are cut', 'the tokens of a path'),
    container('paths are decoded before they are cut', 'an escaped slash'),
    tables('case counts, and dots are tokens like others', ROW),
    curly('the forms of a token', 'a path matches a template token by token'),
    jsr('the name before the first colon', 'of several routes the one with the longest texts comes first'),
    curly('an expression has no slash', 'a path matches a template token by token'),
    builder('malformed braces are refused', 'a route is refused'),
  ],
  A6: [
    tokens('the tokens of the request', 'the tokens of a path'),
    curly('the best service', 'the service with the highest score takes the path'),
    curly('texts score by their place', 'the service with the highest score takes the path'),
    curly('empty tokens, parameters and expressions score', 'an expression that matches counts one more'),
    curly('the service at /', 'a route in a service at / is not found below or above its path'),
    curly('no way back from a service', 'once chosen it is not left again, even when another service has the route'),
    curly('the routes that match', 'a path matches a template token by token'),
    curly('longer paths', 'a path matches a template token by token'),
    curly('shorter paths', 'a path matches a template token by token'),
    curly('custom verbs', 'a path matches a template token by token'),
    curly('parameters, wildcards, expressions', 'a path matches a template token by token'),
    curly('texts', 'a path matches a template token by token'),
    curly('the most specific first', 'of several routes the most specific comes first'),
    curly('ties', 'of equal routes the first registered comes first, however many there are'),
    curly(
      'less specific routes win by their method',
      'a less specific path serves a method the more specific one has not',
    ),
  ],
  A7: [
    jsr('an expression for each template', 'of several routes the one with the longest texts comes first'),
    jsr('the service by its groups', 'the service with the most groups takes the path'),
    jsr('the routes by their texts', 'of several routes the one with the longest texts comes first'),
    tables('wildcards in the middle and of nothing', ROW),
    jsr('groups of users shift the values', 'of several routes the one with the longest texts comes first'),
    jsr('expressions are anchored', 'of several routes the one with the longest texts comes first'),
    jsr('it reads its parameters itself', 'of several routes the one with the longest texts comes first'),
  ],
  A8: [
    detect('conditions first', 'come before the method, and the first that fails ends the question'),
    detect('then the method', '405 lists the methods once each, in the order of the candidates'),
    detect('then Content-Type', 'what a Content-Type is'),
    left('before 3.12.1: no body, no 415', 'the rules are those of 3.12.2'),
    detect('from 3.12.2: always 415', '406 lists what there is, 415 does not'),
    detect('then Accept', 'what an Accept asks for'),
    detect('what is available', '406 lists what there is, 415 does not'),
    left('before 3.12.1: 415 for a refused Accept', 'the rules are those of 3.12.2'),
    detect('otherwise 406', '406 lists what there is, 415 does not'),
    curly('the first that is left', 'of several routes the most specific comes first'),
    detect('GET with a foreign Content-Type', 'what a Content-Type is'),
    container('POST with nothing', 'without body and Content-Type to a route that reads JSON is a 415'),
    container('POST with a length of 0', 'without body and Content-Type to a route that reads JSON is a 415'),
    detect('POST with a body of no type', 'what a Content-Type is'),
    detect('POST in pieces of a foreign type', 'what a Content-Type is'),
    detect('POST with a foreign Accept', 'what a refusal says'),
    detect('POST in pieces with a foreign Accept', 'what a refusal says'),
    detect('ranges and other cases of Accept', 'what an Accept asks for'),
    detect('a weight of 0', 'what an Accept asks for'),
    detect('a list with anything in it', 'what an Accept asks for'),
  ],
  A9: [
    filter('the order of filters', 'filters of one level run in the order they were added, also around what follows'),
    filter('a chain, and another request for it', 'a filter can leave values behind and hand on another request'),
    filter('a middleware as a filter', 'goes on when it calls next, now or later'),
    filter('no browser cache', 'no browser keeps what passes noBrowserCache'),
  ],
  A10: [
    cors('no allowed origin, no fields', 'of an origin that is not allowed is an OPTIONS request like any other'),
    cors('which origins', 'CVE-2022-1996'),
    cors('an actual request', 'is told what a page may read, and with credentials if they are allowed'),
    cors('a preflight', 'is answered with the methods of the path, and does not reach the routes'),
    cors('fields once, and Vary', 'is told so once, also when the filter is there twice, and on errors'),
    cors('a filter of the container; a star', 'a star among origins'),
  ],
  A11: [
    cors('the OPTIONS filter', 'is answered with the methods of the path, and tells other origins nothing'),
    access('the methods of a path', 'knows the methods of a path, each once'),
  ],
  A12: [
    compression('by container or route and Accept-Encoding', 'for Accept-Encoding %s in %s'),
    compression('the coding of the answer', 'for Accept-Encoding %s in %s'),
    compression('no body, no coding; flush', 'a flush of %s lets out what was written so far'),
    compression('a route that wants none', 'where the route says so, whatever the container says'),
    compression('the provider', 'come from the provider and go back to it once'),
    entity('bodies of requests', 'that grows beyond the limit when inflated is a 413'),
  ],
  A13: [
    entity('accessors by registration', 'what a container knows of media types is its own'),
    entity('the accessor of a type', 'as %s from %s'),
    entity('JSON', 'with its big integers where that is asked for, and without otherwise'),
    entity('XML', 'as XML with escapes, lists as repeated elements'),
    entity('pretty', 'indented where that is asked for'),
    entity('default types', 'in the default representation where what the route produces does not decide'),
    left('encoders as package variables', `${NO_GLOBALS}; another encoder is another accessor`),
  ],
  A14: [
    left('a request of one’s own', 'a Request is made by its container, or of the message by `new Request`'),
    request('parameters of path, query, header and body', 'gives the first value or all of them'),
    entity('an entity of an unknown type', 'of a type nobody reads it is a 400 that names the type'),
    request('attributes and the selected route', 'a request nobody routed has no parameters and no route'),
  ],
  A15: [
    response('status, length, error, flush', 'the status is 200 until another is set, and the first stays'),
    entity('entities, and JSON or XML whatever is accepted', 'with its status; nothing is written for null but that'),
    response('errors', 'of an error has its message, or nothing when there is no error'),
    response('a status and then an entity', 'keeps its status and its content type when the status is given first'),
  ],
  A16: [
    response('service errors', 'of a service error has its header fields'),
    container('panics', 'goes to the recover handler with the request'),
  ],
  A17: [access('the trace', 'the trace logger is told of')],
  A18: [
    builder('kinds', 'of each kind is required only in the path and the body'),
    docs('formats of lists', 'has the paths without expressions'),
    builder('data of a parameter', 'keeps all that was said of it'),
    docs('documented answers', 'has the paths without expressions'),
    docs('extensions', 'has the paths without expressions'),
  ],
  A19: [
    curly('values of parameters', 'one parameter name used twice keeps the last value'),
    curly('prefixes, suffixes and verbs', 'a path matches a template token by token'),
  ],
  A20: [
    left(
      'constants of media types and fields',
      'their texts are shorter than their names, and the compiler checks neither',
    ),
  ],
  A21: [
    container('an exit becomes an error', 'a second service with the same root is refused by an error'),
    container('removing harms no sibling', 'and its siblings stay when one is removed'),
    strict('expressions are anchored', 'the strict router'),
    strict('a wildcard is one alone', 'the strict router refuses at registration'),
    strict('nothing is unchecked behind a wildcard', 'the strict router refuses at registration'),
    strict('no empty parameter', 'the strict router'),
    hostile('no panic over affixes', 'many odd paths are each answered with a status'),
    strict('a way back from a service', 'lets no service hide the routes of another'),
    strict('media types are weighed', 'the strict router weighs media types'),
    detect('no blank lists', '406 lists what there is, 415 does not'),
    compression('codings and types are compared, not searched', 'not for Accept-Encoding %j'),
    cors('CORS without its holes', 'everybody with credentials'),
    container('no stack for the client', 'becomes a 500 that tells the client nothing'),
    strict('affixes and verbs anywhere', 'the strict router'),
    container('tables are swapped whole', 'routes added and removed while requests are served are seen at once'),
    left(
      'cutting before decoding',
      'routes go to what go-restful chooses; the strict router decodes first too, as its users expect of %2F',
    ),
    access('nothing global', 'several containers serve side by side'),
    compression('a flush reaches the compressor', 'a flush of %s lets out what was written so far'),
  ],
}

/** Lines of each section of the list. */
export const LINES: Readonly<Record<string, number>> = {
  A1: 19,
  A2: 7,
  A3: 23,
  A4: 2,
  A5: 7,
  A6: 15,
  A7: 7,
  A8: 20,
  A9: 4,
  A10: 6,
  A11: 2,
  A12: 6,
  A13: 7,
  A14: 4,
  A15: 4,
  A16: 2,
  A17: 1,
  A18: 5,
  A19: 2,
  A20: 1,
  A21: 18,
}
