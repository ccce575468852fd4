import { once } from 'node:events'
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants, createServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import type { Writable } from 'node:stream'
import { afterEach, expect, test } from 'vitest'
import { type AccessLogEntry, accessLog, Container, type Response, WebService } from '../../lib/restful/index.js'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function asked(
  serve: (res: Response) => Promise<void>,
): Promise<{ stream: ClientHttp2Stream; logged: Promise<AccessLogEntry> }> {
  const container = new Container()
  const logged = new Promise<AccessLogEntry>((resolve) => void container.filter(accessLog(resolve)))
  const ws = new WebService()
  container.add(ws.route(ws.get('/parts').to((_req, res) => serve(res))))
  const server = createServer((req, res) => void container.dispatch(req, res))
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  cleanups.push(() => new Promise((closed) => server.close(closed)))
  const session: ClientHttp2Session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  cleanups.push(() => session.destroy())
  const stream = session.request({ ':path': '/parts' }).on('error', () => {})
  return { stream, logged }
}

const part = Buffer.alloc(256 * 1024)

test('over HTTP/2 writing waits for the client to read', async () => {
  const full: (boolean | undefined)[] = []
  const { stream } = await asked(async (res) => {
    for (let i = 0; i < 3; i++) if (!res.write(part)) await res.drained()
    full.push((res.raw() as unknown as { stream: Writable }).stream.writableNeedDrain)
  })
  stream.resume()
  await once(stream, 'end')
  expect(full).toEqual([false])
})

test('over HTTP/2 nobody waits for a client that reset its stream to read on', async () => {
  let over: () => void
  const served = new Promise<void>((resolve) => (over = resolve))
  const { stream } = await asked(async (res) => {
    const closed = once(res.raw(), 'close')
    expect(res.write(part)).toBe(false)
    stream.close(constants.NGHTTP2_CANCEL)
    await closed
    await res.drained()
    over()
  })
  await served
  expect(stream.rstCode).toBe(constants.NGHTTP2_CANCEL)
})

test('over HTTP/2 an answer whose client reset its stream is logged as incomplete', async () => {
  const { stream, logged } = await asked(async (res) => {
    const closed = once(res.raw(), 'close')
    res.raw().flushHeaders()
    await closed
  })
  await once(stream, 'response')
  stream.close(constants.NGHTTP2_CANCEL)
  expect(await logged).toMatchObject({ complete: false })
})
