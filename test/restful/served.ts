import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import type { Container } from '../../lib/restful/container.js'

/** An answer as it came over the wire. */
export interface Answer {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
}

/** A listener on a free loopback port and how to call it with paths sent exactly as written. */
export class Served {
  readonly #server: http.Server

  private constructor(server: http.Server) {
    this.#server = server
  }

  /** Listens until the test ends. */
  static async by(listener: Container | http.RequestListener): Promise<Served> {
    const served = await Served.open(listener)
    onTestFinished(() => served.close())
    return served
  }

  /** Listens until it is closed. */
  static async open(listener: Container | http.RequestListener): Promise<Served> {
    const handle: http.RequestListener =
      typeof listener === 'function' ? listener : (req, res) => void listener.dispatch(req, res)
    const server = http.createServer(handle)
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
    return new Served(server)
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  call(method: string, path: string, headers: http.OutgoingHttpHeaders = {}, body?: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const request = http.request(
        { host: '127.0.0.1', port: this.port, method, path, headers, agent: false },
        (res) => {
          let text = ''
          res.setEncoding('utf8')
          res.on('data', (chunk) => {
            text += chunk
          })
          res.on('end', () => resolve({ status: res.statusCode ?? 0, headers: res.headers, body: text }))
          res.on('error', reject)
        },
      )
      request.on('error', reject)
      request.end(body)
    })
  }

  get(path: string, headers?: http.OutgoingHttpHeaders): Promise<Answer> {
    return this.call('GET', path, headers)
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise<void>((closed) => this.#server.close(() => closed()))
  }
}
