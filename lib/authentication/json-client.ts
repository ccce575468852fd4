import { type ClientRequest, type IncomingMessage, request as plainRequest } from 'node:http'
import { Agent, request as tlsRequest } from 'node:https'

/** How another server is reached. */
export interface RemoteOptions {
  /** Who issues the server's certificate, in PEM. Default: the authorities that Node knows. */
  readonly ca?: string | Buffer | readonly (string | Buffer)[]
  /** This server's own client certificate and key, in PEM. */
  readonly cert?: string | Buffer
  readonly key?: string | Buffer
  readonly headers?: Readonly<Record<string, string>>
  /**
   * Allow `http:` URLs, where tokens and keys go unprotected: for tests, and `'loopback'` for this machine alone. Default
   * false.
   */
  readonly insecureHTTP?: boolean | 'loopback'
}

/** One question. */
export interface JSONRequest {
  readonly url: URL
  /** Sent as JSON by POST; without it the question is a GET. */
  readonly body?: unknown
  /** Besides those of all questions; they win over them. */
  readonly headers?: Readonly<Record<string, string>>
  readonly timeoutMs: number
  /** Longest answer that is read. */
  readonly maxBytes: number
}

/** An answer of another server that is no success. `status` 0 = there was none. */
export class RemoteError extends Error {
  override readonly name = 'RemoteError'

  constructor(
    message: string,
    readonly status: number,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}

const MAX_SOCKETS = 64

/**
 * Asks other servers for JSON within bounds: of time (of the whole exchange), of the answer's size, of connections.
 * Redirects are not followed: they could lead inside.
 */
export class JSONClient {
  readonly #agent: Agent

  constructor(readonly options: RemoteOptions) {
    const { ca, cert, key } = options
    this.#agent = new Agent({
      keepAlive: true,
      maxSockets: MAX_SOCKETS,
      ...(ca !== undefined && { ca: ca as string | Buffer | (string | Buffer)[] }),
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
    })
  }

  /** @throws RemoteError when there is no answer in time, it is no 2xx, too long or no JSON */
  async ask(question: JSONRequest): Promise<unknown> {
    const { url, maxBytes } = question
    const text = await this.#exchange(question)
    try {
      return JSON.parse(text.toString('utf8')) as unknown
    } catch (cause) {
      throw new RemoteError(`${originOf(url)} answered no JSON (at most ${maxBytes} bytes)`, 0, { cause })
    }
  }

  /** The same for an answer that is a text, whatever it is. */
  async askText(question: JSONRequest): Promise<string> {
    return (await this.#exchange(question)).toString('utf8')
  }

  #exchange(question: JSONRequest): Promise<Buffer> {
    const { url, timeoutMs, maxBytes } = question
    return new Promise((resolve, reject) => {
      const sent = this.#send(question, (response) => {
        readBody(url, response, maxBytes).then(succeed, fail)
      })
      const timer = setTimeout(() => fail(new Error(`no whole answer in ${timeoutMs} ms`)), timeoutMs)
      const succeed = (body: Buffer): void => {
        clearTimeout(timer)
        resolve(body)
      }
      const fail = (err: Error): void => {
        clearTimeout(timer)
        sent.destroy()
        reject(
          err instanceof RemoteError ? err : new RemoteError(`${originOf(url)}: ${err.message}`, 0, { cause: err }),
        )
      }
      sent.on('error', fail)
    })
  }

  #send({ url, body, headers }: JSONRequest, answered: (response: IncomingMessage) => void): ClientRequest {
    const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body))
    const options = {
      method: payload ? 'POST' : 'GET',
      headers: {
        // Keys come as JSON of another name, and some answer nothing else.
        accept: 'application/json, */*',
        ...(payload && { 'content-type': 'application/json', 'content-length': payload.length }),
        ...this.options.headers,
        ...headers,
      },
    }
    const sent =
      url.protocol === 'https:'
        ? tlsRequest(url, { ...options, agent: this.#agent }, answered)
        : plainRequest(url, options, answered)
    return sent.end(payload)
  }
}

async function readBody(url: URL, response: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const { statusCode: status = 0 } = response
  if (status < 200 || status > 299) {
    response.destroy()
    throw new RemoteError(`${originOf(url)} answered ${status}`, status)
  }
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxBytes) throw new RemoteError(`${originOf(url)} answered more than ${maxBytes} bytes`, 0)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, size)
}

/** Paths and queries may hold secrets. */
const originOf = (url: URL): string => url.origin

/**
 * Reads the URL of another server.
 *
 * @throws TypeError when it is none, holds a user or a fragment, or is not `https:` without {@link RemoteOptions.insecureHTTP}
 */
export function remoteURL(text: string, { insecureHTTP = false }: RemoteOptions): URL {
  if (!URL.canParse(text)) throw new TypeError(`${JSON.stringify(text)} is no URL`)
  const url = new URL(text)
  const mayBeHTTP = insecureHTTP === 'loopback' ? isLoopback(url) : insecureHTTP
  if (url.protocol !== 'https:' && !(mayBeHTTP && url.protocol === 'http:'))
    throw new TypeError(`${url.origin} must be reached by https`)
  if (url.username !== '' || url.password !== '' || url.hash !== '')
    throw new TypeError(`the URL of ${url.host} must hold no user and no fragment`)
  return url
}

/** Numbers are in their usual form in a parsed URL, however they were written. */
const isLoopback = ({ hostname }: URL): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname)
