import {
  createServer,
  type IncomingHttpHeaders,
  request as plainRequest,
  type RequestListener,
  type Server,
} from 'node:http'
import { request as tlsRequest } from 'node:https'
import type { AddressInfo } from 'node:net'

export interface ListeningServer {
  readonly url: string
  readonly server: Server
  close(): Promise<void>
}

/** Listens on a free port of the loopback interface. */
export async function listenOn(listener: RequestListener): Promise<ListeningServer> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server, close }
}

export interface Sent {
  readonly method?: string
  readonly headers?: Record<string, string>
  /** A string or Buffer is sent as it is, anything else as JSON. */
  readonly body?: unknown
}

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  /** The body as JSON; throws when it is none. */
  json<T = Record<string, unknown>>(): T
}

/** One request on a connection of its own; certificates are not verified, for they are the tests' own. */
export function send(url: string, { method, headers, body }: Sent = {}): Promise<Answer> {
  const raw = body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)
  const type = body !== undefined && raw !== body ? { 'content-type': 'application/json' } : {}
  const length = raw === undefined ? {} : { 'content-length': String(Buffer.byteLength(raw)) }
  const request = url.startsWith('https:') ? tlsRequest : plainRequest
  const options = {
    method: method ?? (raw === undefined ? 'GET' : 'POST'),
    headers: { ...type, ...length, ...headers },
    agent: false,
    rejectUnauthorized: false,
  } as const
  return new Promise((resolve, reject) => {
    const sent = request(url, options, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.once('error', reject)
      response.once('end', () => {
        const text = Buffer.concat(chunks).toString('utf8')
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: () => JSON.parse(text) })
      })
    })
    sent.once('error', reject)
    sent.end(raw)
  })
}

export interface WatchedEvent {
  readonly type: string
  readonly object: { readonly metadata: { readonly name: string; readonly resourceVersion: string } }
}

export interface OpenWatch {
  readonly events: readonly WatchedEvent[]
  /** Resolves with the events once `enough` of them says yes; rejects when the stream ends before. */
  until(enough: (events: readonly WatchedEvent[]) => boolean): Promise<readonly WatchedEvent[]>
  /** Resolves when the server ends the stream. */
  readonly ended: Promise<void>
  cancel(): void
}

/** Opens a watch and resolves when its header has come, so that later changes cannot be missed. */
export function openWatch(url: string, headers: Record<string, string> = {}): Promise<OpenWatch> {
  const events: WatchedEvent[] = []
  const waiting = new Set<() => void>()
  return new Promise((resolve, reject) => {
    const sent = plainRequest(url, { headers, agent: false }, (response) => {
      if (response.statusCode !== 200) {
        response.resume()
        return reject(new Error(`the watch was answered ${response.statusCode}`))
      }
      let rest = ''
      let over = false
      response.setEncoding('utf8').on('data', (text: string) => {
        const lines = (rest + text).split('\n')
        rest = lines.pop() ?? ''
        for (const line of lines) events.push(JSON.parse(line) as WatchedEvent)
        for (const look of waiting) look()
      })
      const ended = new Promise<void>((end) => {
        response.once('close', () => {
          over = true
          end()
          for (const look of waiting) look()
        })
      })
      response.on('error', () => undefined)
      const until = (enough: (events: readonly WatchedEvent[]) => boolean) =>
        new Promise<readonly WatchedEvent[]>((done, fail) => {
          const look = () => {
            if (enough(events)) done(events)
            else if (over) fail(new Error(`the watch ended after ${JSON.stringify(events)}`))
            else return
            waiting.delete(look)
          }
          waiting.add(look)
          look()
        })
      resolve({ events, until, ended, cancel: () => sent.destroy() })
    })
    sent.on('error', reject)
    sent.end()
  })
}
