import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { SignJWT } from 'jose'
import { listenOn } from '../support/server.js'

export interface IssuerKey {
  readonly kid: string | undefined
  readonly alg: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

export function rsaKey(kid: string | undefined = randomUUID()): IssuerKey {
  return { kid, alg: 'RS256', ...generateKeyPairSync('rsa', { modulusLength: 2048 }) }
}

export function ecKey(kid: string | undefined = randomUUID()): IssuerKey {
  return { kid, alg: 'ES256', ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) }
}

type Answer = (req: IncomingMessage, res: ServerResponse) => void

export interface TestIssuer {
  readonly url: string
  /** What is served as its keys. */
  keys: readonly IssuerKey[]
  /** Takes the place of an answer, to misbehave. */
  configuration: Answer | undefined
  jwks: Answer | undefined
  /** How often its keys were asked for. */
  readonly asked: { configuration: number; jwks: number }
  sign(claims: Record<string, unknown>, key?: IssuerKey): Promise<string>
  close(): Promise<void>
}

export const json =
  (body: unknown): Answer =>
  (_, res) =>
    void res.setHeader('content-type', 'application/json').end(JSON.stringify(body))

export const jwkOf = ({ publicKey, kid, alg }: IssuerKey): Record<string, unknown> => ({
  ...publicKey.export({ format: 'jwk' }),
  alg,
  use: 'sig',
  ...(kid !== undefined && { kid }),
})

/** An OpenID Connect issuer on the loopback interface. */
export async function startIssuer(keys: readonly IssuerKey[] = [ecKey()]): Promise<TestIssuer> {
  const server = await listenOn((req, res) => {
    if (req.url === '/.well-known/openid-configuration') {
      issuer.asked.configuration++
      const answer = issuer.configuration ?? json({ issuer: issuer.url, jwks_uri: `${issuer.url}/keys` })
      answer(req, res)
    } else if (req.url === '/keys') {
      issuer.asked.jwks++
      const answer = issuer.jwks ?? json({ keys: issuer.keys.map(jwkOf) })
      answer(req, res)
    } else res.writeHead(404).end()
  })
  const issuer: TestIssuer = {
    url: server.url,
    keys,
    configuration: undefined,
    jwks: undefined,
    asked: { configuration: 0, jwks: 0 },
    sign: (claims, key = issuer.keys[0]!) => signed(key, { iss: server.url, ...claims }),
    close: () => server.close(),
  }
  return issuer
}

/** A token that is good for an hour unless its claims say otherwise; `undefined` takes a claim out. */
export function signed(key: IssuerKey, claims: Record<string, unknown>): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  const payload = JSON.parse(JSON.stringify({ sub: 'ann', aud: 'api', iat: now, exp: now + 3600, ...claims })) as object
  return new SignJWT({ ...payload })
    .setProtectedHeader({ alg: key.alg, ...(key.kid !== undefined && { kid: key.kid }) })
    .sign(key.privateKey)
}
