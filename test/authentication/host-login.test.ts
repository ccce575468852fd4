import type { Request } from 'express'
import { describe, expect, test } from 'vitest'
import { authenticatorOf, type HostLogin, HostLoginAuthenticator } from '../../lib/authentication/index.js'
import { contextAt, requestWith } from './requests.js'

const login = (answer: () => HostLogin) =>
  new HostLoginAuthenticator({ authenticate: answer }).authenticateRequest(requestWith())

test('a login is a name, or a user with what is known', async () => {
  expect(await login(() => 'ann')).toEqual({ user: { name: 'ann', groups: [] } })
  expect(await login(() => ({ name: 'ann' }))).toEqual({ user: { name: 'ann', groups: [] } })
  const user = { name: 'ann', uid: '1', groups: ['dev'], extra: { 'example.com/tenant': ['t'] } }
  expect(await login(() => user)).toEqual({ user })
  expect(await login(async () => user)).toEqual({ user })
})

test('what else an object of the host holds stays with the host', async () => {
  const user = { name: 'ann', passwordHash: 'x' }
  expect(await login(() => user)).toEqual({ user: { name: 'ann', groups: [] } })
})

test.each([undefined, null, false, ''] as const)('%j is nobody', async (nobody) => {
  expect(await login(() => nobody)).toBeUndefined()
  expect(await login(async () => nobody)).toBeUndefined()
})

test.each([
  [{ name: '' }, "a user's name must not be empty"],
  [{ name: 7 }, "a user's name must be a string"],
  [{}, "a user's name must be a string"],
  [{ name: 'ann', groups: 'admins' }, "a user's groups must be an array of strings"],
  [{ name: 'ann', groups: [1] }, "a user's groups must be an array of strings"],
  [{ name: 'ann', uid: 5 }, "a user's uid must be a string"],
  [{ name: 'ann', extra: { k: 'v' } }, "a user's extra must be an array of strings"],
  [true, 'a user must be an object or a name'],
])('%j is no login but a mistake', async (mistake, message) => {
  await expect((async () => login(() => mistake as unknown as HostLogin))()).rejects.toThrow(message)
})

test('keys of extra that are names of the language survive, and pollute nothing', async () => {
  const extra = JSON.parse('{"__proto__":["x"],"constructor":["y"]}') as Record<string, string[]>
  const answer = await login(() => ({ name: 'ann', extra }))
  expect(Object.entries(answer?.user.extra ?? {})).toEqual([
    ['__proto__', ['x']],
    ['constructor', ['y']],
  ])
  expect(({} as Record<string, unknown>).x).toBeUndefined()
})

test("a function of Express's own request is taken as it is", async () => {
  const byHeader = (req: Request): HostLogin => req.headers['x-who']?.toString()
  const authenticator = authenticatorOf({ authenticate: byHeader })
  const answer = await authenticator.authenticateRequest(requestWith({ 'x-who': 'ann' }), contextAt())
  expect(answer?.user).toEqual({ name: 'ann', groups: ['system:authenticated'] })
})

test('req.user is one line', async () => {
  const authenticator = authenticatorOf({ authenticate: (req) => req.user })
  const request = Object.assign(requestWith(), { user: { name: 'ann', groups: ['dev'] } })
  const answer = await authenticator.authenticateRequest(request, contextAt())
  expect(answer?.user).toEqual({ name: 'ann', groups: ['dev', 'system:authenticated'] })
  expect(await authenticator.authenticateRequest(requestWith(), contextAt())).toBeUndefined()
})

describe('a change that a browser sends with the login of its user', () => {
  const send = (headers: Record<string, string>, method = 'POST', answer: HostLogin = 'ann') =>
    new HostLoginAuthenticator({ authenticate: () => answer }, ['https://console.example.com']).authenticateRequest(
      requestWith({ host: 'api.example.com', ...headers }, method),
    )
  const origin = 'https://evil.example.com'

  test.each([
    { 'sec-fetch-site': 'cross-site', origin },
    { 'sec-fetch-site': 'same-site', origin },
    { 'sec-fetch-site': 'cross-site', origin: 'null' },
    { origin },
    { origin: 'null' },
    { origin: 'https://api.example.com.evil.example.com' },
    { origin: 'https://api.example.com:8443' },
    { origin: 'https://sub.console.example.com' },
  ])('for a page of another origin is refused (%j)', (headers) => {
    expect(() => send(headers)).toThrow('a page of another origin may not use the login of this one')
    expect(() => send(headers, 'DELETE')).toThrow()
  })

  test.each([
    {},
    { 'sec-fetch-site': 'same-origin', origin: 'https://public.example.com' },
    { 'sec-fetch-site': 'none' },
    { origin: 'https://api.example.com' },
    { 'sec-fetch-site': 'cross-site', origin: 'https://console.example.com' },
  ])('for its own page, a trusted one or none is taken (%j)', (headers) => {
    expect(send(headers)).toMatchObject({ user: { name: 'ann' } })
  })

  test('may be asked of anybody when it changes nothing, or nobody is logged in', async () => {
    expect(send({ origin }, 'GET')).toMatchObject({ user: { name: 'ann' } })
    expect(send({ origin }, 'POST', null)).toBeUndefined()
    expect(await send({ origin }, 'POST', Promise.resolve(null))).toBeUndefined()
    await expect(send({ origin }, 'POST', Promise.resolve('ann'))).rejects.toThrow('another origin')
  })
})
