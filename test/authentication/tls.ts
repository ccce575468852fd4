import { createHash, X509Certificate } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { connect as connectHTTP2, createSecureServer } from 'node:http2'
import { type Agent, request } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { AuthenticationResponse, MaybePromise } from '../../lib/authentication/index.js'
import type { KeyPair } from './certificates.js'

type Ask = (request: IncomingMessage) => MaybePromise<AuthenticationResponse | undefined>

export interface Told {
  readonly name?: string
  readonly groups?: readonly string[]
  readonly uid?: string
  readonly extra?: Record<string, readonly string[]>
  readonly error?: string
}

export interface TLSServer {
  readonly port: number
  /** Asks over HTTP/1.1 who the client is. A header that is a list is sent as often. */
  ask(as?: KeyPair, headers?: Record<string, string | readonly string[]>, agent?: Agent): Promise<Told>
  /** The same over HTTP/2, as often as `times`, on one connection. */
  askHTTP2(as?: KeyPair, headers?: Record<string, string>, times?: number): Promise<Told[]>
  close(): Promise<void>
}

/** An https server that asks for client certificates, trusts these authorities, and tells who an authenticator sees. */
export async function tlsServer(own: KeyPair, trusted: readonly string[], ask: Ask): Promise<TLSServer> {
  const server = createSecureServer(
    { ...own, ca: [...trusted], requestCert: true, rejectUnauthorized: false, allowHTTP1: true },
    (req, res) => {
      void (async () => ask(req as unknown as IncomingMessage))()
        .then(
          (answer): Told => ({ ...answer?.user }),
          (err: Error): Told => ({ error: err.message }),
        )
        .then((told) => res.end(JSON.stringify(told)))
    },
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    port,
    ask: (as, headers = {}, agent) => askHTTP1(port, as, headers, agent),
    askHTTP2: (as, headers = {}, times = 1) => askHTTP2(port, as, headers, times),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

function askHTTP1(
  port: number,
  as: KeyPair | undefined,
  headers: Record<string, string | readonly string[]>,
  agent: Agent | undefined,
): Promise<Told> {
  return new Promise((resolve, reject) => {
    const options = { port, host: '127.0.0.1', ...as, rejectUnauthorized: false, agent: agent ?? false } as const
    const sent = request({ ...options, headers: headers as Record<string, string | string[]> }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.on('end', () => resolve(JSON.parse(text) as Told))
    })
    sent.on('error', reject).end()
  })
}

async function askHTTP2(port: number, as: KeyPair | undefined, headers: Record<string, string>, times: number) {
  const session = connectHTTP2(`https://127.0.0.1:${port}`, { ...as, rejectUnauthorized: false })
  const told: Told[] = []
  for (let i = 0; i < times; i++) {
    told.push(
      await new Promise<Told>((resolve, reject) => {
        let text = ''
        const stream = session.request({ ':path': '/', ...headers })
        stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
        stream.on('error', reject).on('end', () => resolve(JSON.parse(text) as Told))
      }),
    )
  }
  await new Promise<void>((resolve) => session.close(resolve))
  return told
}

/** How Kubernetes names a certificate in a user's extra. */
export function credentialID({ cert }: KeyPair): Record<string, string[]> {
  const digest = createHash('sha256').update(new X509Certificate(cert).raw).digest('hex')
  return { 'authentication.kubernetes.io/credential-id': [`X509SHA256=${digest}`] }
}
