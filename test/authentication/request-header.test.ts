import { afterAll, beforeAll, expect, test } from 'vitest'
import { authenticatorOf, frontProxyHeaders } from '../../lib/authentication/index.js'
import { testCertificates } from './certificates.js'
import { contextAt, requestWith } from './requests.js'
import { type TLSServer, tlsServer } from './tls.js'

const certificates = testCertificates()
const proxies = certificates.authority('proxies')
const users = certificates.authority('users')
const own = certificates.issue(users, '/CN=127.0.0.1', 'server')
const proxy = certificates.issue(proxies, '/CN=front-proxy')
const authenticator = authenticatorOf({
  requestHeader: { ca: proxies.cert, allowedNames: ['front-proxy'] },
  clientCertificates: { ca: users.cert },
  anonymous: true,
})
let server: TLSServer
beforeAll(async () => {
  server = await tlsServer(own, [users.cert, proxies.cert], (request) =>
    authenticator.authenticateRequest(request, contextAt()),
  )
})
afterAll(async () => {
  await server.close()
  certificates.remove()
})

const AUTHENTICATED = 'system:authenticated'
const ANONYMOUS = { name: 'system:anonymous', groups: ['system:unauthenticated'] }

test('a front proxy says who the user is', async () => {
  const told = await server.ask(proxy, {
    'X-Remote-User': 'ann',
    'X-Remote-Uid': '7',
    'X-Remote-Group': ['dev', 'a, b', '', 'ops'],
    'X-Remote-Extra-Scopes': ['one', 'two'],
    'X-Remote-Extra-Example.com%2FTenant': 't',
    'X-Remote-Extra-Bad%zz': 'kept',
    'X-Remote-Extra-__proto__': 'p',
  })
  expect(told).toMatchObject({ name: 'ann', uid: '7', groups: ['dev', 'a, b', 'ops', AUTHENTICATED] })
  expect(Object.entries(told.extra ?? {}).sort()).toEqual([
    ['__proto__', ['p']],
    ['bad%zz', ['kept']],
    ['example.com/tenant', ['t']],
    ['scopes', ['one', 'two']],
  ])
})

test('over HTTP/2 too', async () => {
  const headers = { 'x-remote-user': 'ann', 'x-remote-group': 'dev' }
  expect(await server.askHTTP2(proxy, headers)).toEqual([{ name: 'ann', groups: ['dev', AUTHENTICATED] }])
})

test('headers in any case are the same, names in UTF-8 are read as such, of several names the first counts', async () => {
  expect(await server.ask(proxy, { 'x-REMOTE-user': Buffer.from('Änne').toString('latin1') })).toMatchObject({
    name: 'Änne',
  })
  expect(await server.ask(proxy, { 'X-Remote-User': ['ann', 'bob'] })).toMatchObject({ name: 'ann' })
})

test('a front proxy that names nobody is nobody', async () => {
  expect(await server.ask(proxy, { 'X-Remote-Group': 'system:masters' })).toMatchObject({
    error: expect.stringContaining('signed by unknown authority'),
  })
  const trusting = authenticatorOf({ requestHeader: { ca: proxies.cert, allowedNames: [] }, anonymous: true })
  const lonely = await tlsServer(own, [proxies.cert], (request) => trusting.authenticateRequest(request, contextAt()))
  expect(await lonely.ask(proxy, { 'X-Remote-Group': 'system:masters' })).toEqual(ANONYMOUS)
  expect(await lonely.ask(proxy, { 'X-Remote-User': '' })).toEqual(ANONYMOUS)
  await lonely.close()
})

const claims = { 'X-Remote-User': 'admin', 'X-Remote-Group': 'system:masters' }

test('a stranger without a certificate is not believed', async () => {
  expect(await server.ask(undefined, claims)).toEqual(ANONYMOUS)
  expect(await authenticator.authenticateRequest(requestWith({ 'x-remote-user': 'admin' }), contextAt())).toEqual({
    user: ANONYMOUS,
  })
})

test('a user with a certificate stays who he is, whatever his headers say', async () => {
  const ann = certificates.issue(users, '/CN=ann/O=dev')
  expect(await server.ask(ann, claims)).toMatchObject({ name: 'ann', groups: ['dev', AUTHENTICATED] })
  const imposter = certificates.issue(users, '/CN=front-proxy')
  expect(await server.ask(imposter, claims)).toMatchObject({ name: 'front-proxy', groups: [AUTHENTICATED] })
})

test('a certificate of the right authority with another name is not believed', async () => {
  const told = await server.ask(certificates.issue(proxies, '/CN=Front-Proxy'), claims)
  expect(told.name).toBeUndefined()
  expect(told.error).toContain('x509: subject with cn=Front-Proxy is not in the allowed list')
})

test('a header that somebody before has taken away stays away', async () => {
  const trusting = authenticatorOf({ requestHeader: { ca: proxies.cert, allowedNames: [] }, anonymous: true })
  const stripped = await tlsServer(own, [proxies.cert], (request) => {
    delete request.headers['x-remote-user']
    return trusting.authenticateRequest(request, contextAt())
  })
  expect(await stripped.ask(proxy, claims)).toEqual(ANONYMOUS)
  await stripped.close()
})

test('other headers can be named, and the standard ones then say nothing', async () => {
  const named = authenticatorOf({
    requestHeader: {
      ca: proxies.cert,
      allowedNames: ['front-proxy'],
      usernameHeaders: ['X-User', 'X-Login'],
      groupHeaders: ['X-Groups'],
      uidHeaders: [],
      extraHeaderPrefixes: ['X-More-'],
    },
  })
  const other = await tlsServer(own, [proxies.cert], (request) => named.authenticateRequest(request, contextAt()))
  const told = await other.ask(proxy, {
    ...claims,
    'X-Login': 'ann',
    'X-Groups': 'g',
    'X-More-a': '1',
    'X-Remote-Uid': '3',
  })
  expect(told).toEqual({ name: 'ann', groups: ['g', AUTHENTICATED], extra: { a: ['1'] } })
  await other.close()
})

test.each([
  ['x-remote-user', true],
  ['x_remote_user', true],
  ['x-remote_group', true],
  ['x-remote-uid', true],
  ['x-remote-extra-', true],
  ['x_remote_extra_scopes', true],
  ['x-user', true],
  ['x-remote-addr', false],
  ['x-remote-user-agent', false],
  ['x-remote', false],
  ['remote-user', false],
  ['authorization', false],
])('whether only a front proxy may send %s: %s', (name, expected) => {
  expect(frontProxyHeaders({ usernameHeaders: ['X-User'] })(name)).toBe(expected)
})
