import { readFileSync } from 'node:fs'
import type { Request } from 'express'
import {
  type ApiServerOptions,
  type AuditLogOptions,
  type AuthorizeAnswer,
  apiserver,
  type CertificateSource,
  type LogFields,
  lmdb,
  type PolicyRule,
} from 'express-apiserver'
import { describe, expect, test } from 'vitest'
import { freshPath, type Served, served, widgets } from './harness.js'

const log: AuditLogOptions = { path: '-' }
const rule: PolicyRule = { verbs: ['get'], nonResourceURLs: ['/metrics'] }
const ca: CertificateSource = () => readFileSync('/no/such/file')
const decided = (user: string): AuthorizeAnswer =>
  user === 'ann' ? 'allow' : { decision: 'deny', reason: 'a stranger' }

/** What a host app writes, in types: an app's own request, pino's and the console's shape of a log. */
const written: Partial<ApiServerOptions>[] = [
  { authenticate: (req) => req.user },
  { authenticate: (req: Request) => req.header('x-user') },
  { authorize: ({ user, verb }) => (user.groups.includes('staff') || verb === 'get' ? 'allow' : 'noOpinion') },
  { authorization: { rbac: true }, authentication: { anonymous: { paths: ['/livez', '/readyz'] } }, flowControl: true },
  { logger: console },
  {
    authenticate: ({ user }) => user && { name: user.name, groups: ['staff'] },
    authorize: ({ user }) => decided(user.name),
  },
  { audit: { policy: { rules: [{ level: 'None' }] }, log } },
  { authorization: { rbac: { objects: [{ kind: 'ClusterRole', metadata: { name: 'scraper' }, rules: [rule] }] } } },
]

describe('options for security', () => {
  test.each(written.map((options) => [Object.keys(options).join(), options] as const))(
    '%s make a server',
    (_, options) => {
      expect(apiserver({ resources: [widgets], storage: lmdb('/nowhere'), ...options }).ready).toBeTypeOf('function')
    },
  )

  test('that cannot be used are refused when the server is made', () => {
    const making = (options: Partial<ApiServerOptions>) => () =>
      apiserver({ resources: [widgets], storage: lmdb('/nowhere'), ...options })
    expect(making({ audit: { policy: { rules: [{ level: 'Everything' as never }] } } })).toThrow()
    expect(making({ authentication: { oidc: [{ url: 'ftp://x', audiences: ['a'] }] } })).toThrow()
    expect(making({ authorization: { rbac: { file: '/no/such/file' } } })).toThrow()
    expect(making({ authentication: { clientCertificates: { ca } } })).toThrow('ENOENT')
    expect(making({ authentication: { tokenFile: '/no/such/file' } })).toThrow(
      'authentication.tokenFile: the file /no/such/file cannot be read: ENOENT',
    )
    expect(making({ flowControl: { flowSchemas: [{ metadata: { name: '' }, spec: {} } as never] } })).toThrow()
  })
})

describe('options that would be passed over', () => {
  const making = (options: object) => () => apiserver({ resources: [widgets], storage: lmdb('/nowhere'), ...options })
  const policy = { rules: [{ level: 'None' }] }

  test.each<[options: object, named: RegExp]>([
    [{ authentication: {} }, /^authentication names no way/],
    [{ authentication: { tokenFile: undefined } }, /tokenFile is undefined/],
    [
      { authenticate: () => 'a', authentication: { authenticate: () => 'b' } },
      /^authenticate and authentication\.auth/,
    ],
    [
      { authorize: () => 'allow', authorization: { authorize: () => 'deny' } },
      /^authorize and authorization\.authorize/,
    ],
    [{ audit: { policy } }, /audit\.log, audit\.webhook or audit\.backends/],
    [{ audit: { policy, backends: [] } }, /^audit has a policy and nowhere/],
    [{ healthChecks: [{ name: 'x', check() {} }] }, /health: true/],
    [{ authentification: undefined }, /^apiserver has no option authentification: did you mean authentication\?$/],
    [{ flowControl: true, maxRequestsInFlight: 1 }, /takes the place of maxRequestsInFlight/],
    [{ flowControl: {}, maxMutatingRequestsInFlight: 1 }, /takes the place of maxMutatingRequestsInFlight/],
  ])('%j are refused by their names', (options, named) => {
    expect(making(options)).toThrow(named)
  })

  test.each<[options: object, named: readonly string[]]>([
    [{ authenticate: undefined }, ['authenticate']],
    [{ authenticate: undefined, authentication: { anonymous: true } }, []],
    [{ authentication: undefined, authorize: undefined }, ['authentication', 'authorize']],
    [{ authenticate: () => 'a', authorization: undefined }, ['authorization']],
    [{}, []],
  ])('%j: what is undefined while nothing of its kind is given is told of', (options, named) => {
    const told: unknown[] = []
    const logger = { info() {}, error() {}, warn: ({ options }: LogFields) => void told.push(options) }
    making({ logger, ...options })()
    expect(told.flat()).toEqual(named)
  })
})

describe('probes, which have no credentials', () => {
  const options = { health: true, metrics: true, notFound: true }
  const byLogin = served({ ...options, authenticate: () => undefined })
  const byToken = served({
    ...options,
    authentication: { tokens: [{ token: 'secret', user: 'bob' }] },
    authorization: { alwaysAllowPaths: ['/livez', '/docs/*'] },
  })
  const closed = served({ ...options, authenticate: () => undefined, authentication: { anonymous: false } })
  const status = async (server: Served, path: string, headers = {}) => (await server.send(path, { headers })).status

  test('get an answer where everybody may go', async () => {
    expect(await status(byLogin, '/livez')).toBe(200)
    expect(await status(byLogin, '/healthz?verbose')).toBe(200)
    expect(await status(byToken, '/livez')).toBe(200)
    expect(await status(byToken, '/docs/a')).toBe(404)
  })

  test('get 401 everywhere else, and everywhere with bad credentials', async () => {
    const others = [
      '/readyz/storage',
      '/livez/',
      '//livez',
      '/metrics',
      '/version',
      '/apis',
      freshPath(),
      '/livez/../apis',
    ]
    for (const path of others) expect(await status(byLogin, path), path).toBe(401)
    for (const path of ['/readyz', '/docs', '/apis']) expect(await status(byToken, path), path).toBe(401)
    expect(await status(byToken, '/livez', { authorization: 'Bearer wrong' })).toBe(401)
    expect(await status(byToken, '/livez', { authorization: 'Bearer secret' })).toBe(200)
  })

  test('cannot act as somebody else', async () => {
    expect(await status(byLogin, '/livez', { 'impersonate-user': 'bob' })).toBe(403)
  })

  test('are strangers as all others where anonymous is false', async () => {
    expect(await status(closed, '/livez')).toBe(401)
  })
})

describe('both the app’s login and other ways', () => {
  const server = served({
    authenticate: ({ headers }) => (headers.cookie === 'ann' ? 'ann' : undefined),
    authentication: { tokens: [{ token: 'secret', user: 'bob' }], anonymous: true },
    authorize: ({ user }) => ({ decision: user.name === 'bob' ? 'allow' : 'noOpinion', reason: `I know ${user.name}` }),
    authorization: { alwaysAllowPaths: ['/version'] },
  })

  test('are asked', async () => {
    const path = freshPath()
    const message = async (headers: Record<string, string>) => {
      const answer = await server.send(path, { headers })
      return answer.status === 200 ? 'served' : answer.json<{ message: string }>().message
    }
    expect(await message({ authorization: 'Bearer secret' })).toBe('served')
    expect(await message({ cookie: 'ann' })).toMatch(/User "ann" cannot list .*: I know ann$/)
    expect(await message({})).toMatch(/User "system:anonymous" cannot list/)
    expect((await server.send('/version')).status).toBe(200)
  })
})
