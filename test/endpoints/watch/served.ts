import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type ApiServer,
  type ApiServerOptions,
  apiserver,
  defineResource,
  lmdb,
  type RevisionedKV,
} from 'express-apiserver'
import { flunders } from '../../../examples/sample-apiserver/flunder.js'
import { send } from '../../support/server.js'

/** A kind as custom resources are: what is not there is not shown. */
export const gadgets = defineResource({
  group: 'watched.example.com',
  version: 'v1',
  kind: 'Gadget',
  plural: 'gadgets',
  scope: 'Namespaced',
  schema: {
    type: 'object',
    properties: { spec: { type: 'object', default: {}, properties: { text: { type: 'string' } } } },
  },
})

export const FLUNDERS = '/apis/wardle.example.com/v1alpha1/namespaces/default/flunders'
export const GADGETS = '/apis/watched.example.com/v1/namespaces/default/gadgets'

export interface Served {
  readonly api: ApiServer
  readonly storage: RevisionedKV
  readonly server: Server
  readonly url: string
  create(path: string, object: Record<string, unknown>): Promise<CreatedObject>
  close(): Promise<void>
}

export interface CreatedObject {
  readonly metadata: { readonly name: string; readonly resourceVersion: string }
}

/** The API on a free port, with an empty store of its own. */
export async function serveApi(
  listen: (api: ApiServer) => Server = (api) => createServer(api.handler()),
  options: Partial<ApiServerOptions> = {},
): Promise<Served> {
  const folder = mkdtempSync(join(tmpdir(), 'express-apiserver-watch-'))
  const storage = lmdb(folder)
  const api = apiserver({ resources: [flunders, gadgets], storage, ...options })
  await api.ready()
  const server = listen(api)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    api,
    storage,
    server,
    url,
    async create(path, object) {
      const answer = await send(url + path, { body: object })
      if (answer.status !== 201) throw new Error(answer.text)
      return answer.json<never>()
    },
    async close() {
      await api.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export const gadget = (name: string, text = ''): Record<string, unknown> => ({
  apiVersion: 'watched.example.com/v1',
  kind: 'Gadget',
  metadata: { name },
  spec: { text },
})

export const flunder = (name: string): Record<string, unknown> => ({
  apiVersion: 'wardle.example.com/v1alpha1',
  kind: 'Flunder',
  metadata: { name },
})

export interface WatchedObject {
  readonly kind: string
  readonly apiVersion: string
  readonly message?: string
  readonly code?: number
  readonly columnDefinitions?: unknown
  readonly metadata: {
    readonly name?: string
    readonly resourceVersion: string
    readonly annotations?: Record<string, string>
  }
}

export interface Event {
  readonly type: string
  readonly object: WatchedObject
}

/** The whole of a watch that ends by itself, and the chunks it came in. */
export function watchToEnd(
  url: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; events: Event[]; chunks: string[]; text: string }> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { headers, agent: false }, (response: IncomingMessage) => {
      const chunks: string[] = []
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => chunks.push(chunk))
      response.once('error', reject)
      response.once('end', () => {
        const text = chunks.join('')
        const lines = text.split('\n').filter((line) => line !== '')
        resolve({ status: response.statusCode ?? 0, chunks, text, events: lines.map((line) => JSON.parse(line)) })
      })
    })
    sent.once('error', reject)
    sent.end()
  })
}
