import net from 'node:net'
import { expect, test } from 'vitest'
import { Container, CurlyRouter, RouterJSR311, ServiceError, WebService } from '../../lib/restful/index.js'
import { decision, table } from './routed.js'
import { Served } from './served.js'

let served: Served | undefined

const done = () => {}
const routers = [new CurlyRouter(), new RouterJSR311()]

test.each(routers)('a very long path is answered like a short one (%o)', (router) => {
  const ws = new WebService().path('/a').route(new WebService().path('/a').get('/{b}/{c:[a-z]+$}').to(done))
  const routes = table(router, [ws])
  for (const path of [
    `/a${'/x'.repeat(100_000)}`,
    `/a/${'/'.repeat(100_000)}`,
    `/a/${'x'.repeat(100_000)}`,
    '/'.repeat(100_000),
  ]) {
    expect(decision(routes, path)).toMatch(/^404/)
  }
})

test('a segment over the bound does not match an expression, one at the bound does', () => {
  const ws = new WebService().path('/')
  ws.route(ws.get('/{n:^[0-9]+$}').to(done))
  const routes = table(new CurlyRouter(), [ws])
  expect(decision(routes, `/${'1'.repeat(4096)}`)).toContain('{n:')
  expect(decision(routes, `/${'1'.repeat(4097)}`)).toBe('404: Page Not Found')
})

test.each(routers)('parameters may be called like members of objects (%o)', (router) => {
  const ws = new WebService().path('/')
  ws.route(ws.get('/{__proto__}/{constructor}').to(done))
  const selected = table(router, [ws]).selectRoute('/a/__proto__', { method: 'GET', headers: {} } as never)
  if (!('route' in selected)) throw selected
  expect([...selected.parameters.all()]).toEqual([
    ['__proto__', 'a'],
    ['constructor', '__proto__'],
  ])
  expect(selected.parameters.get('toString')).toBeUndefined()
  expect(({} as Record<string, unknown>).a).toBeUndefined()
})

test.each(routers)('paths may be called like members of objects (%o)', (router) => {
  const ws = new WebService().path('/s')
  ws.route(ws.get('/x').to(done))
  for (const path of ['/__proto__', '/s/__proto__', '/s/constructor', '/constructor/prototype']) {
    expect(decision(table(router, [ws]), path)).toMatch(/^404/)
  }
})

test('line breaks in an error text stay in the body', async () => {
  const ws = new WebService().path('/')
  ws.route(ws.get('/{text}').to((req, res) => res.writeErrorString(400, req.pathParameter('text'))))
  served = await Served.by(new Container().add(ws))
  const answer = await served.get('/a%0d%0aX-Evil:%201%0d%0a%0d%0a<script>')
  expect(answer).toMatchObject({ status: 400, body: 'a\r\nX-Evil: 1\r\n\r\n<script>' })
  expect(answer.headers).not.toHaveProperty('x-evil')
  expect(answer.headers).toMatchObject({
    'content-type': 'text/plain; charset=utf-8',
    'x-content-type-options': 'nosniff',
  })
})

test('line breaks in a header field of a service error are a 500, not another field', async () => {
  const ws = new WebService().path('/')
  ws.route(
    ws.get('/{to}').to((req) => {
      throw new ServiceError(302, '', { Location: req.pathParameter('to') })
    }),
  )
  served = await Served.by(new Container().add(ws))
  const answer = await served.get('/a%0d%0aX-Evil:%201')
  expect(answer.status).toBe(500)
  expect(answer.headers).not.toHaveProperty('x-evil')
})

test('a client that goes away before a late answer harms nobody', async () => {
  let answer: () => void = () => {}
  const reached = new Promise<void>((resolve) => {
    const ws = new WebService().path('/')
    ws.route(
      ws.get('/late').to(async (_req, res) => {
        const gone = new Promise((closed) => res.response.once('close', closed))
        resolve()
        await gone
        res.writeAsJson({ late: true })
        answer()
      }),
    ).route(ws.get('/now').to((_req, res) => res.end('now')))
    Served.by(new Container().add(ws)).then((made) => {
      served = made
      const socket = net.connect(made.port, '127.0.0.1')
      socket.write('GET /late HTTP/1.1\r\nHost: a\r\n\r\n')
      reached.then(() => socket.destroy())
    })
  })
  const answered = new Promise<void>((resolve) => {
    answer = resolve
  })
  await answered
  expect((await served!.get('/now')).body).toBe('now')
})

test('many odd paths are each answered with a status', async () => {
  const ws = new WebService().path('/')
  ws.route(ws.get('/{a}/{b}.json').to((req, res) => res.writeAsJson([...req.pathParameters()])))
  served = await Served.by(new Container().add(ws))
  const paths = [
    '/%00/%00',
    '//',
    '/./..',
    '/a/b',
    '/a/e%CC%81',
    '/%E2%82/x.json',
    '/a/%F0%9F%98%80',
    '/a/%F0%9F%98%80.json',
  ]
  for (const path of paths) expect([200, 404]).toContain((await served.get(path)).status)
})
