import { describe, expect, test } from 'vitest'
import { Container, CurlyRouter, RouterJSR311, WebService } from '../../lib/restful/index.js'
import { Served } from './served.js'

// Tables of routes and what is answered over a socket: `route` with its parameters, or a refusal.

interface Row {
  readonly call: string
  readonly headers?: Record<string, string>
  readonly body?: string
  /** `METHOD template name=value …`, or `status text`. */
  readonly curly: string
  readonly jsr311: string
  readonly allow?: string
}

const shop: readonly Row[] = [
  { call: 'GET /shop/orders', curly: 'GET /shop/orders', jsr311: 'GET /shop/orders' },
  { call: 'GET /shop/orders/', curly: 'GET /shop/orders', jsr311: 'GET /shop/orders' },
  { call: 'GET //shop/orders', curly: 'GET /shop/orders', jsr311: '404 ' },
  { call: 'GET /shop/orders/7?full', curly: 'GET /shop/orders/{id} id=7', jsr311: 'GET /shop/orders/{id} id=7' },
  { call: 'GET /shop/orders/a%2Fb', curly: '404 404: Page Not Found', jsr311: '404 404: Page Not Found' },
  { call: 'GET /shop/orders/a%20b', curly: 'GET /shop/orders/{id} id=a b', jsr311: 'GET /shop/orders/{id} id=a b' },
  { call: 'GET /shop/orders/latest', curly: 'GET /shop/orders/latest', jsr311: 'GET /shop/orders/latest' },
  {
    call: 'DELETE /shop/orders/latest',
    curly: 'DELETE /shop/orders/{id} id=latest',
    jsr311: 'DELETE /shop/orders/{id} id=latest',
  },
  {
    call: 'PATCH /shop/orders/latest',
    curly: '405 405: Method Not Allowed',
    jsr311: '405 405: Method Not Allowed',
    allow: 'GET, DELETE',
  },
  {
    call: 'GET /shop/files/a/b.txt',
    curly: 'GET /shop/files/{path:*} path=a/b.txt',
    jsr311: 'GET /shop/files/{path:*} path=a/b.txt',
  },
  { call: 'GET /shop/files/', curly: '404 404: Page Not Found', jsr311: 'GET /shop/files/{path:*} path=' },
  {
    call: 'POST /shop/orders',
    headers: { 'Content-Type': 'application/json' },
    body: '{}',
    curly: 'POST /shop/orders',
    jsr311: 'POST /shop/orders',
  },
  { call: 'POST /shop/orders', curly: '415 415: Unsupported Media Type', jsr311: '415 415: Unsupported Media Type' },
  {
    call: 'POST /shop/orders',
    headers: { 'Content-Type': 'application/json', Accept: 'text/html' },
    curly: '406 406: Not Acceptable\n\nAvailable representations: application/json',
    jsr311: '406 406: Not Acceptable\n\nAvailable representations: application/json',
  },
  { call: 'POST /shop/jobs/7:stop', curly: 'POST /shop/jobs/{id}:stop id=7', jsr311: '404 404: Page Not Found' },
  { call: 'GET /elsewhere', curly: '404 404: Page Not Found', jsr311: '404 ' },
]

function shopService(): WebService {
  const ws = new WebService().path('/shop').produces('application/json')
  const templates = [
    'GET /orders',
    'GET /orders/{id}',
    'GET /orders/latest',
    'DELETE /orders/{id}',
    'GET /files/{path:*}',
    'POST /jobs/{id}:stop',
  ]
  for (const each of templates) {
    const [method = '', path = ''] = each.split(' ')
    ws.route(ws.method(method).path(path).to(echo))
  }
  return ws.route(ws.post('/orders').consumes('application/json').to(echo))
}

const echo: Parameters<ReturnType<WebService['get']>['to']>[0] = (req, res) => {
  const values = [...req.pathParameters()].map(([name, value]) => ` ${name}=${value}`).join('')
  res.end(`${req.selectedRoute()?.method} ${req.selectedRoutePath()}${values}`)
}

describe.each([
  ['curly', new CurlyRouter()],
  ['jsr311', new RouterJSR311()],
] as const)('over a socket, %s', (name, router) => {
  test('answers every row of the table', async () => {
    const served = await Served.by(new Container({ router }).add(shopService()))
    for (const row of shop) {
      const [method = '', path = ''] = row.call.split(' ')
      const { status, headers, body } = await served.call(method, path, row.headers, row.body)
      expect([row.call, status === 200 ? body : `${status} ${body}`]).toEqual([row.call, row[name]])
      expect([row.call, headers.allow]).toEqual([row.call, row.allow])
    }
  })
})
