import { ServerResponse } from 'node:http'
import { describe, expect, test } from 'vitest'
import { Container, Response, type RouteFunction, ServiceError, WebService } from '../../lib/restful/index.js'
import { message } from './routed.js'
import { type Answer, Served } from './served.js'

async function answerOf(fn: RouteFunction, method = 'GET'): Promise<Answer> {
  const ws = new WebService()
  ws.route(ws.method(method).path('/').to(fn))
  const served = await Served.by(new Container().add(ws))
  return served.call(method, '/')
}

function response(): Response {
  return new Response(new ServerResponse(message()))
}

describe('counts', () => {
  test('the status is 200 until another is set, and the first stays', () => {
    const res = response()
    expect(res.statusCode()).toBe(200)
    res.writeHeader(123)
    res.writeHeader(200)
    expect(res.statusCode()).toBe(123)
  })

  test.each<[string, (res: Response) => void, number]>([
    ['pretty JSON', (res) => res.prettyPrint(true).writeAsJson({ Kind: 'apple' }), 20],
    ['compact JSON', (res) => res.writeAsJson({ Kind: 'apple' }), 17],
    ['an error text', (res) => res.writeErrorString(404, 'Invalid'), 7],
    ['two parts beyond ASCII', (res) => [res.write('é'), res.end(Buffer.from('é'))], 4],
    ['nothing', (res) => res.writeAsJson(null), 0],
  ])('of %s are the bytes of the body', (_name, write, bytes) => {
    const res = response()
    write(res)
    expect(res.contentLength()).toBe(bytes)
  })
})

describe('an answer', () => {
  test.each([204, 304, 200, 400])('with the status %i alone is sent as it is', async (status) => {
    expect(await answerOf((_req, res) => res.writeHeader(status))).toMatchObject({ status, body: '' })
  })

  test('keeps its status and its content type when the status is given first', async () => {
    const answer = await answerOf((_req, res) => {
      res.writeHeader(404)
      res.writeAsJson({ a: 1 })
    })
    expect(answer).toMatchObject({ status: 404, body: '{"a":1}\n' })
    expect(answer.headers['content-type']).toBe('application/json')
  })

  test('in JSON takes a status and a content type', async () => {
    const answer = await answerOf((_req, res) => res.writeHeaderAndJson(201, [], 'application/vnd.x+json'))
    expect(answer).toMatchObject({ status: 201, body: '[]\n' })
    expect(answer.headers['content-type']).toBe('application/vnd.x+json')
  })

  test('that nobody touched is an empty 200', async () => {
    expect(await answerOf(() => {})).toMatchObject({ status: 200, body: '' })
  })

  test('that goes on after a promise is ended when the promise is settled', async () => {
    const answer = await answerOf(async (_req, res) => {
      res.write('a')
      await new Promise((later) => setImmediate(later))
      res.write('b')
    })
    expect(answer.body).toBe('ab')
  })

  test('whose raw response was taken is ended by its taker', async () => {
    const answer = await answerOf((_req, res) => {
      const raw = res.response
      setImmediate(() => raw.end('raw'))
    })
    expect(answer.body).toBe('raw')
  })

  test('to HEAD has no body', async () => {
    expect(await answerOf((_req, res) => res.writeAsJson({ a: 1 }), 'HEAD')).toMatchObject({ status: 200, body: '' })
  })

  test('that cannot be encoded becomes a 500, not half an answer', async () => {
    const answer = await answerOf((_req, res) => res.writeHeaderAndJson(201, { big: 1n }))
    expect(answer.status).toBe(500)
  })

  test('sends its header fields when flushed', async () => {
    const answer = await answerOf(async (_req, res) => {
      res.addHeader('X-A', '1').addHeader('X-A', '2').setHeader('X-B', ['3'])
      res.flush()
      expect(res.headersSent).toBe(true)
      expect(res.header('x-a')).toBe('1, 2')
      res.end('done')
    })
    expect(answer.headers).toMatchObject({ 'x-a': '1, 2', 'x-b': '3' })
  })

  test('of an error has its message, or nothing when there is no error', async () => {
    expect(await answerOf((_req, res) => res.writeError(410, new Error('gone')))).toMatchObject({
      status: 410,
      body: 'gone',
    })
    expect(await answerOf((_req, res) => res.writeError(410, undefined))).toMatchObject({ status: 410, body: '' })
  })

  test('of a service error has its header fields', async () => {
    const error = new ServiceError(429, 'slow down', { 'Retry-After': '1', Link: ['<a>', '<b>'] })
    const answer = await answerOf((_req, res) => res.writeServiceError(error))
    expect(answer).toMatchObject({ status: 429, body: 'slow down' })
    expect(answer.headers).toMatchObject({ 'retry-after': '1', link: '<a>, <b>' })
    expect(String(error)).toBe('[ServiceError:429] slow down')
  })
})

test.each([0, 99, 1000, 200.5, Number.NaN])('the status %d is refused', (status) => {
  expect(() => response().writeHeader(status)).toThrow(RangeError)
})
