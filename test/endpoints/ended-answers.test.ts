import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { RequestContext } from '../../lib/endpoints/index.js'
import { writeLongList } from '../../lib/endpoints/response/long-list.js'
import { writeChunks } from '../../lib/endpoints/response/write.js'
import { StoredObject } from '../../lib/runtime/index.js'
import { widget, widgets } from '../runtime/widgets.js'

const { v1, codec } = widgets()

function requested(headers: IncomingMessage['headers'] = {}): RequestContext {
  const request = Object.assign(new IncomingMessage(new Socket()), { method: 'GET', url: '/', headers })
  return new RequestContext(request, new ServerResponse(request), '/')
}

/** What became of an answer: sent as a whole, or broken off. */
const fate = ({ response: { writableEnded, destroyed } }: RequestContext) =>
  writableEnded ? 'whole' : destroyed ? 'broken off' : 'open'

const items = Array.from({ length: 4 }, (_, i) => {
  const annotations = { text: 'x'.repeat(100_000) }
  const value = codec.encode(widget(`w${i}`, { metadata: { name: `w${i}`, annotations } }))
  return new StoredObject(`/registry/w${i}`, value, i + 1, codec).settle()
})

test.each([
  [1, 'whole'],
  [4, 'broken off'],
])('a long list of %i objects whose request is ended while the first are sent is %s', async (length, end) => {
  const ctx = requested()
  const written = writeLongList(ctx, 'application/json', '{"items":', items.slice(0, length), v1)
  ctx.abort()
  await written
  expect(fate(ctx)).toBe(end)
})

test.each([
  ['plain', {}],
  ['packed', { 'accept-encoding': 'gzip' }],
])('an answer in chunks whose request is ended before the last is broken off, %s', async (_, headers) => {
  const ctx = requested(headers)
  const chunks = async function* () {
    yield Buffer.alloc(200_000)
    ctx.abort()
    yield Buffer.alloc(200_000)
  }
  await writeChunks(ctx, 200, 'application/json', chunks())
  expect(fate(ctx)).toBe('broken off')
})
