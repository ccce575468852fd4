import { expect, test } from 'vitest'
import { BearerTokenAuthenticator, WebSocketProtocolAuthenticator } from '../../lib/authentication/index.js'
import { contextAt, requestWith, tokensOf } from './requests.js'

const tokens = tokensOf({ good: 'ann', 'a=b/c+d~': 'bob' })
const authenticator = new BearerTokenAuthenticator(tokens)
const asked = (authorization?: string) => {
  const ctx = contextAt()
  const answer = authenticator.authenticateRequest(
    requestWith(authorization === undefined ? {} : { authorization }),
    ctx,
  )
  return { answer, warnings: ctx.warnings }
}

test.each(['Bearer good', 'bearer good', 'BEARER good', '  Bearer good  ', 'Bearer good trailing words'])(
  '%j is the token "good"',
  (header) => {
    expect(asked(header).answer).toMatchObject({ user: { name: 'ann' } })
  },
)

test.each([undefined, '', 'Bearer', 'Bearer ', 'Basic good', 'Bearergood', 'good', 'Bearer\tgood', 'Token good'])(
  '%j are no credentials',
  (header) => {
    expect(asked(header)).toEqual({ answer: undefined, warnings: [] })
  },
)

test('a second space before the token is no credentials, and the client is warned', () => {
  expect(asked('Bearer  good')).toEqual({
    answer: undefined,
    warnings: ['the provided Authorization header contains extra space before the bearer token, and is ignored'],
  })
})

test.each(['Bearer bad', 'Bearer good,', 'Bearer good, Bearer good', 'Bearer "good"'])(
  '%j is a token that nobody knows',
  (header) => {
    expect(() => asked(header)).toThrow('invalid bearer token')
  },
)

test('a huge token is refused before anybody looks at it', () => {
  const before = tokens.asked
  expect(() => asked(`Bearer ${'x'.repeat(32 * 1024 + 1)}`)).toThrow('invalid bearer token')
  expect(tokens.asked).toBe(before)
})

const encoded = (token: string) => `base64url.bearer.authorization.k8s.io.${Buffer.from(token).toString('base64url')}`
const upgraded = (protocols: string, upgrade = 'WebSocket') =>
  new WebSocketProtocolAuthenticator(tokens).authenticateRequest(
    requestWith({ upgrade, connection: 'Upgrade', 'sec-websocket-protocol': protocols }),
  )

test('a websocket sends its token as a subprotocol beside another', () => {
  expect(upgraded(`v1.example, ${encoded('good')}`)).toMatchObject({ user: { name: 'ann' } })
  expect(upgraded(`${encoded('a=b/c+d~')},v1.example`)).toMatchObject({ user: { name: 'bob' } })
})

test('subprotocols without a token, and tokens on what is no websocket, are no credentials', () => {
  expect(upgraded('v1.example')).toBeUndefined()
  expect(upgraded(`v1.example, ${encoded('good')}`, 'h2c')).toBeUndefined()
  expect(new WebSocketProtocolAuthenticator(tokens).authenticateRequest(requestWith())).toBeUndefined()
})

test.each([
  [`v1, ${encoded('bad')}`, 'invalid bearer token'],
  [`v1, ${encoded('good')}, ${encoded('good')}`, 'multiple base64.bearer.authorization tokens specified'],
  [encoded('good'), 'missing additional subprotocol'],
  [`v1, base64url.bearer.authorization.k8s.io.$$$`, 'invalid base64.bearer.authorization token encoding'],
  [`v1, base64url.bearer.authorization.k8s.io._w`, 'invalid base64.bearer.authorization token encoding'],
])('the subprotocols %j are bad credentials', (protocols, message) => {
  expect(() => upgraded(protocols)).toThrow(message)
})
