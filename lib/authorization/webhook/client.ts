import { type IncomingMessage, Agent as PlainAgent, request as plainRequest } from 'node:http'
import { Agent as TLSAgent, request as tlsRequest } from 'node:https'
import { decodeJSON } from '../../runtime/json/index.js'

/** An answer larger than this is none. */
const MAX_ANSWER_BYTES = 1024 * 1024
const MAX_CONNECTIONS = 64

/** How a webhook is reached. */
export interface WebhookEndpoint {
  /** `https://…`; plain http is for the same machine. */
  readonly url: string
  /** PEM of the authorities that may have signed the webhook's certificate. Default: those that Node trusts. */
  readonly ca?: string | Buffer
  /** PEM of the client certificate and its key. */
  readonly cert?: string | Buffer
  readonly key?: string | Buffer
  /** Sent as `Authorization: Bearer …`. */
  readonly token?: string
}

/** The webhook answered, and not with success. */
export class WebhookStatusError extends Error {
  override readonly name = 'WebhookStatusError'
  constructor(
    readonly code: number,
    /** Milliseconds that the webhook asks to wait for. */
    readonly retryAfterMs: number | undefined,
  ) {
    super(`the webhook answered with the status code ${code}`)
  }
}

/** Posts JSON to one webhook over connections that are kept. */
export class WebhookClient {
  readonly #url: URL
  readonly #agent: PlainAgent
  readonly #headers: Record<string, string>

  /** @throws TypeError for a malformed URL; Error for one of another scheme than http and https */
  constructor({ url, ca, cert, key, token }: WebhookEndpoint) {
    this.#url = new URL(url)
    if (this.#url.protocol !== 'https:' && this.#url.protocol !== 'http:')
      throw new Error(`a webhook is reached by https or http, not by ${this.#url.protocol}`)
    const kept = { keepAlive: true, maxSockets: MAX_CONNECTIONS }
    const tls = { ...(ca ? { ca } : {}), ...(cert ? { cert } : {}), ...(key ? { key } : {}) }
    this.#agent = this.#url.protocol === 'https:' ? new TLSAgent({ ...kept, ...tls }) : new PlainAgent(kept)
    this.#headers = {
      'Content-Type': 'application/json',
      Accept: 'application/json',
      ...(token ? { Authorization: `Bearer ${token}` } : {}),
    }
  }

  /**
   * The answer as JSON.
   *
   * @throws WebhookStatusError for an answer other than 2xx; Error for what never became one, or is too large or no JSON
   */
  async post(body: string, signal: AbortSignal): Promise<unknown> {
    const response = await this.#send(body, signal)
    const code = response.statusCode ?? 0
    if (code < 200 || code > 299) {
      response.resume()
      throw new WebhookStatusError(code, retryAfterOf(response))
    }
    return decodeJSON(await bodyOf(response)).value
  }

  #send(body: string, signal: AbortSignal): Promise<IncomingMessage> {
    const request = this.#url.protocol === 'https:' ? tlsRequest : plainRequest
    const headers = { ...this.#headers, 'Content-Length': String(Buffer.byteLength(body)) }
    return new Promise((resolve, reject) => {
      const sent = request(this.#url, { method: 'POST', agent: this.#agent, headers, signal }, resolve)
      sent.once('error', (err: NodeJS.ErrnoException) => {
        // A connection that was kept may have been closed at the other end meanwhile: that says nothing of the webhook.
        if (sent.reusedSocket && err.code === 'ECONNRESET') this.#send(body, signal).then(resolve, reject)
        else reject(err)
      })
      sent.end(body)
    })
  }

  /** Closes the connections that are kept. */
  close(): void {
    this.#agent.destroy()
  }
}

async function bodyOf(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_ANSWER_BYTES) throw new Error(`the webhook's answer is larger than ${MAX_ANSWER_BYTES} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, size)
}

function retryAfterOf({ headers }: IncomingMessage): number | undefined {
  const seconds = Number(headers['retry-after'])
  return headers['retry-after'] !== undefined && seconds >= 0 ? seconds * 1000 : undefined
}
