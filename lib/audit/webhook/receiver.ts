import { Agent, type IncomingMessage, request as plainRequest } from 'node:http'
import { Agent as TLSAgent, request as tlsRequest } from 'node:https'
import type { SecureContextOptions } from 'node:tls'

/** Where a webhook is, and what proves to whom that it is this server that calls. */
export interface ReceiverOptions {
  /** `https://audit.example.com/k8s`. */
  readonly url: string
  /** Headers besides those of the body. */
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as `Authorization: Bearer …`. */
  readonly token?: string
  /** PEM of who may have signed the receiver's certificate. Default: those that Node knows. */
  readonly ca?: SecureContextOptions['ca']
  /** PEM of this server's client certificate. */
  readonly cert?: SecureContextOptions['cert']
  readonly key?: SecureContextOptions['key']
  /** Name that the receiver's certificate must have, if it is another than the URL's. */
  readonly tlsServerName?: string
  /** Milliseconds for one call. Default 30000. */
  readonly timeoutMs?: number
}

const TIMEOUT_MS = 30_000
/** What a receiver answers is of no interest; one that says more than this is cut off. */
const MAX_ANSWER_BYTES = 64 * 1024

/** The other end of a webhook: takes bodies of JSON. */
export class Receiver {
  readonly #url: URL
  readonly #agent: Agent
  readonly #headers: Readonly<Record<string, string>>
  readonly #timeoutMs: number

  /** @throws TypeError when the URL is none of HTTP */
  constructor({ url, headers = {}, token, ca, cert, key, tlsServerName, timeoutMs = TIMEOUT_MS }: ReceiverOptions) {
    this.#url = httpURL(url)
    const tls = { ca, cert, key, servername: tlsServerName }
    const given = Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined))
    const keepAlive = { keepAlive: true, keepAliveMsecs: 30_000 }
    this.#agent = this.#isTLS ? new TLSAgent({ ...keepAlive, ...given }) : new Agent(keepAlive)
    const authorization = token === undefined ? {} : { Authorization: `Bearer ${token}` }
    this.#headers = { ...headers, ...authorization, 'Content-Type': 'application/json', Accept: 'application/json' }
    this.#timeoutMs = timeoutMs
  }

  /**
   * Sends a body; resolves when the receiver has taken it.
   *
   * @throws Error when it answers anything but 2xx, or does not answer in time
   */
  post(body: Buffer, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const request = this.#isTLS ? tlsRequest : plainRequest
      const headers = { ...this.#headers, 'Content-Length': body.length }
      const call = request(this.#url, { method: 'POST', headers, agent: this.#agent, signal })
      const late = () => call.destroy(new Error(`the webhook did not answer within ${this.#timeoutMs} ms`))
      const timer = setTimeout(late, this.#timeoutMs).unref()
      call.once('close', () => clearTimeout(timer))
      call.on('error', reject)
      call.once('response', (answer) => {
        drain(answer)
        const status = answer.statusCode ?? 0
        if (status >= 200 && status < 300) resolve()
        else reject(new Error(`the webhook answered with status ${status}`))
      })
      call.end(body)
    })
  }

  close(): void {
    this.#agent.destroy()
  }

  get #isTLS(): boolean {
    return this.#url.protocol === 'https:'
  }
}

function drain(answer: IncomingMessage): void {
  let left = MAX_ANSWER_BYTES
  answer.on('data', (chunk: Buffer) => {
    left -= chunk.length
    if (left < 0) answer.destroy()
  })
  // The outcome is known by its status.
  answer.on('error', () => {})
}

function httpURL(text: string): URL {
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw new TypeError(`the URL of a webhook begins with https: or http:, not ${url.protocol}`)
  return url
}
