import type { IncomingMessage } from 'node:http'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import {
  Container,
  CurlyRouter,
  RegistrationError,
  RouterJSR311,
  type RouteTable,
  ServiceError,
  WebService,
} from '../../lib/restful/index.js'
import { requestPath } from '../../lib/restful/path-tokens.js'
import { Random } from './random.js'
import { message } from './routed.js'

// FUZZ_ROUNDS=100000 makes the long form; each round is a request, and each hundred a new table.
const ROUNDS = Number(process.env.FUZZ_ROUNDS ?? 10_000)
const REQUESTS_OF_A_TABLE = 100

// Far above what any of these takes; a hang takes forever.
const LIMIT_MS = 50

const PIECES = [
  'a',
  'b',
  'users',
  '{id}',
  '{id:[0-9]+}',
  '{p:*}',
  '{x:(a|b)c}',
  '{x:(a+)+$}',
  'v{n}',
  '{n}.json',
  '{id}:start',
  '{',
  '}',
  ':',
  '{}',
  '{a:}',
  '{a:(}',
  '',
  '.',
  '..',
  '%2F',
  '*',
  '{__proto__}',
  'é',
  '😀',
  '{a}{b}',
  '\\',
  '?',
  '#',
]
const SEGMENTS = [
  'a',
  'b',
  'users',
  '1',
  '42',
  'ac',
  'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!',
  'v1',
  'x.json',
  'j:start',
  '',
  '.',
  '..',
  '%2F',
  '%2e%2e',
  '%',
  '%zz',
  '%ff',
  '%00',
  '%0d%0a',
  '__proto__',
  'constructor',
  'é',
  '%F0%9F%98%80',
  '?q=1',
  '#',
  '\\',
  'x'.repeat(5000),
  '/'.repeat(300),
]
const METHODS = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'get',
  '',
  'PURGE',
  'a b',
  '__proto__',
]
const TYPES = [
  '',
  '*/*',
  'application/json',
  'application/xml;q=0.5, */*;q=0',
  'text/*',
  'APPLICATION/JSON',
  ',,;,',
  '"',
  '"\\',
  'a/b/c',
  ';q=',
  'application/json; charset="',
  'x'.repeat(2000),
  ','.repeat(500),
  'a/b;'.repeat(200),
  '__proto__',
]

const path = (random: Random, pieces: readonly string[]): string =>
  `${random.pick(['/', '//', '', '/'])}${Array.from({ length: random.below(6) }, () => random.pick(pieces)).join('/')}${random.pick(['', '', '/'])}`

interface RandomTable {
  readonly table: RouteTable
  /** Methods and templates of its routes. */
  readonly routes: readonly (readonly [method: string, path: string])[]
}

function randomTable(random: Random): RandomTable {
  const router = random.pick([new CurlyRouter(), new CurlyRouter({ strict: true }), new RouterJSR311()])
  const trimRightSlash = random.below(2) === 0
  const container = new Container({ router, trimRightSlash })
  for (let i = 0; i < 1 + random.below(4); i++) refusable(() => container.add(randomService(random)))
  const services = container.registeredWebServices()
  const routes = services.flatMap((service) => service.routes().map((route) => [route.method, route.path] as const))
  return { table: router.compile(services, { trimRightSlash }), routes }
}

function randomService(random: Random): WebService {
  const ws = new WebService()
  refusable(() => ws.path(path(random, PIECES)))
  if (ws.rootPath() === '') ws.path('/')
  for (let i = 0; i < random.below(6); i++) {
    refusable(() => {
      const route = ws
        .method(random.pick(METHODS))
        .path(path(random, PIECES))
        .to(() => undefined)
      if (random.below(2) === 0) route.consumes(random.pick(TYPES)).produces(random.pick(TYPES))
      if (random.below(8) === 0) route.if(() => random.below(2) === 0)
      ws.route(route)
    })
  }
  return ws
}

// A template may be refused, and by nothing but that error.
function refusable(register: () => void): void {
  try {
    register()
  } catch (error) {
    if (!(error instanceof RegistrationError)) throw error
  }
}

// Half of the requests are made for a route, so that many of them find one.
function randomRequest(random: Random, { routes }: RandomTable): readonly [url: string, request: IncomingMessage] {
  const headers = { accept: random.pick(TYPES), 'content-type': random.pick(TYPES) }
  if (routes.length === 0 || random.below(2) === 0)
    return [path(random, SEGMENTS), message(random.pick(METHODS), random.below(3) === 0 ? {} : headers)]
  const [method, template] = random.pick(routes)
  const url = template
    .split('/')
    .map((piece) => (piece.includes('{') ? random.pick(SEGMENTS) : piece))
    .join('/')
  return [url, message(method, random.below(4) === 0 ? headers : {})]
}

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** Bytes that somebody still holds: what is only not collected yet says more of the machine than of this. */
function held(): number {
  collectGarbage()
  return process.memoryUsage().heapUsed
}

/** Milliseconds of this process's own time; the least of three where it was long, for a garbage collection may fall in. */
function cost(run: () => void): number {
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < 3 && least > LIMIT_MS; i++) {
    const before = process.cpuUsage()
    run()
    const { user, system } = process.cpuUsage(before)
    least = Math.min(least, (user + system) / 1000)
  }
  return least
}

test(`${ROUNDS} random requests of random tables: no throw, no hang, and every answer a route or a refusal`, () => {
  const random = new Random(20_260_101)
  const answers = new Map<string, number>()
  const start = held()
  for (let round = 0; round < ROUNDS / REQUESTS_OF_A_TABLE; round++) {
    const made = randomTable(random)
    for (let i = 0; i < REQUESTS_OF_A_TABLE; i++) {
      const [url, request] = randomRequest(random, made)
      const decoded = requestPath(url)
      if (decoded === undefined) continue
      expect(cost(() => count(answers, answer(made.table, decoded, request)))).toBeLessThan(LIMIT_MS)
    }
  }
  expect([...answers.keys()].sort()).toEqual(['404', '405', '406', '415', 'route'])
  expect(answers.get('route')).toBeGreaterThan(ROUNDS / 50)
  expect(held() - start).toBeLessThan(20_000_000)
  expect(({} as Record<string, unknown>).id).toBeUndefined()
})

function count(answers: Map<string, number>, key: string): void {
  answers.set(key, (answers.get(key) ?? 0) + 1)
}

function answer(table: RouteTable, decoded: string, request: IncomingMessage): string {
  const selected = table.selectRoute(decoded, request)
  table.selectService(decoded)
  for (const method of table.allowedMethods(decoded, request)) if (!METHODS.includes(method)) throw new Error(method)
  if (selected instanceof ServiceError) return String(selected.code)
  for (const [name, value] of selected.parameters.all()) {
    if (typeof value !== 'string' || selected.parameters.get(name) !== value) throw new Error(`${name}: ${value}`)
  }
  return 'route'
}
