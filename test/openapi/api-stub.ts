import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { OpenAPIHandler } from '../../lib/server/openapi-handler.js'
import { wardleSource } from './wardle.js'

export interface ApiStub {
  readonly url: string
  /** Every request so far: method, URL, and what it accepts. */
  readonly requests: { method: string; url: string; accept: string }[]
  close(): Promise<void>
}

const groupVersion = 'wardle.example.com/v1alpha1'
const versions = [{ groupVersion, version: 'v1alpha1' }]
const verbs = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch']
const group = { name: 'wardle.example.com', versions, preferredVersion: versions[0] }
const resources = [
  { name: 'flunders', singularName: 'flunder', namespaced: true, kind: 'Flunder', verbs },
  { name: 'fischers', singularName: 'fischer', namespaced: false, kind: 'Fischer', verbs },
]
const discovery = new Map<string, object>([
  ['/api', { kind: 'APIVersions', versions: [] }],
  ['/apis', { kind: 'APIGroupList', apiVersion: 'v1', groups: [group] }],
  [`/apis/${groupVersion}`, { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources }],
  ['/version', { major: '1', minor: '32', gitVersion: 'v1.32.0' }],
])

/** A server with discovery and documentation, no objects, and an echo for creations: what kubectl reads before it writes. */
export async function startApiStub(): Promise<ApiStub> {
  const openapi = new OpenAPIHandler(wardleSource)
  const requests: ApiStub['requests'] = []
  const server = createServer((req, res) => {
    const url = req.url ?? '/'
    requests.push({ method: req.method ?? '', url, accept: req.headers.accept ?? '' })
    const path = url.split('?')[0]!
    if (!openapi.handle(req, res, path)) void answer(req, res, path)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function answer(req: IncomingMessage, res: ServerResponse, path: string): Promise<void> {
  const known = discovery.get(path)
  if (known) return send(res, 200, known)
  if (req.method === 'POST') {
    const chunks: Buffer[] = []
    for await (const chunk of req) chunks.push(chunk as Buffer)
    return send(res, 201, JSON.parse(Buffer.concat(chunks).toString()) as object)
  }
  send(res, 404, { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'NotFound', code: 404 })
}

function send(res: ServerResponse, status: number, body: object): void {
  res.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
}
