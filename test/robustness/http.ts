import { Agent, type IncomingMessage, request } from 'node:http'

export type Answer =
  | { readonly type: 'answer'; readonly status: number; readonly body: unknown }
  /** Nobody listened: nothing was sent. */
  | { readonly type: 'unreachable' }
  /** Sent, perhaps, and not answered. */
  | { readonly type: 'lost'; readonly why: string }

export interface Sent {
  readonly method: string
  readonly url: string
  readonly body?: unknown
  readonly contentType?: string
}

/** One keep-alive connection, on which requests go out one after the other. */
export class Connection {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })

  constructor(private readonly timeoutMs: number) {}

  send({ method, url, body, contentType = 'application/json' }: Sent): Promise<Answer> {
    const bytes = body === undefined ? undefined : Buffer.from(JSON.stringify(body))
    const headers = bytes ? { 'content-type': contentType, 'content-length': bytes.length } : {}
    return new Promise((resolve) => {
      const sent = request(url, { method, headers, agent: this.#agent })
      const timer = setTimeout(() => sent.destroy(new Error('no answer in time')), this.timeoutMs)
      const finish = (answer: Answer) => {
        clearTimeout(timer)
        resolve(answer)
      }
      sent.on('error', (error: NodeJS.ErrnoException) =>
        finish(error.code === 'ECONNREFUSED' ? { type: 'unreachable' } : { type: 'lost', why: error.message }),
      )
      sent.on('response', (response) => readAnswer(response).then(finish))
      sent.end(bytes)
    })
  }

  close(): void {
    this.#agent.destroy()
  }
}

function readAnswer(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = []
  return new Promise((resolve) => {
    const lose = (why: string) => resolve({ type: 'lost', why })
    response.on('data', (chunk: Buffer) => chunks.push(chunk))
    response.on('error', (error) => lose(error.message))
    response.on('close', () => lose('the answer broke off'))
    response.on('end', () => {
      try {
        const body: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'))
        resolve({ type: 'answer', status: response.statusCode ?? 0, body })
      } catch {
        lose('the answer is no JSON')
      }
    })
  })
}

export interface Stream {
  /** Breaks the connection. */
  cancel(): void
}

export interface StreamListener {
  opened(status: number): void
  line(line: unknown): void
  /** Once, at last: `complete` when the server ended the answer in good order. */
  ended(complete: boolean): void
}

/** An answer of JSON documents, one a line, on a connection of its own. */
export function openStream(url: string, listener: StreamListener): Stream {
  let over = false
  let rest = ''
  const end = (complete: boolean) => {
    if (over) return
    over = true
    listener.ended(complete)
  }
  const sent = request(url, { agent: false }, (response) => {
    listener.opened(response.statusCode ?? 0)
    response.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) if (!over && line !== '') listener.line(JSON.parse(line))
    })
    response.on('end', () => end(response.complete))
    response.on('close', () => end(false))
    response.on('error', () => end(false))
  })
  sent.on('error', () => end(false))
  sent.end()
  return { cancel: () => sent.destroy() }
}
