import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { RequestContext } from '../../lib/endpoints/index.js'
import { readBody } from '../../lib/endpoints/request/body.js'
import { writeBody, writeJoined } from '../../lib/endpoints/response/write.js'
import { shareTurn } from '../../lib/runtime/turns.js'

function requested(body?: unknown): RequestContext {
  const request = Object.assign(new IncomingMessage(new Socket()), { method: 'POST', url: '/', body, _body: true })
  return new RequestContext(request, new ServerResponse(request), '/')
}

/** Leaves nothing of this turn of the event loop: whatever shares it must wait. */
function useUpTheTurn(): void {
  while (shareTurn() === undefined);
}

const tail = (bytes: number) => ({ bytes: Buffer.alloc(bytes), packed: (head: Buffer) => Promise.resolve(head) })

test('a request that waits for its turn goes on when it comes', async () => {
  useUpTheTurn()
  const body = readBody(requested({ a: 1 }), () => {})
  expect((await body).toString()).toBe('{"a":1}')
})

test('a request that ends while it waits for its turn goes no further', async () => {
  useUpTheTurn()
  const ctx = requested({ a: 1 })
  const body = readBody(ctx, () => {})
  ctx.abort()
  await expect(body).rejects.toThrow('the request ended before its turn came')
})

test('a long answer whose request was told meanwhile that its time is over is not sent', async () => {
  useUpTheTurn()
  const ctx = requested()
  const { response } = ctx
  const answer = writeJoined(ctx, 200, 'application/json', Buffer.from('{'), tail(4_000_000))
  expect(response.headersSent).toBe(false)
  await writeBody(ctx, 504, 'application/json', Buffer.from('{}'))
  await answer
  expect([response.statusCode, response.getHeader('content-length'), ctx.sentBytes]).toEqual([504, undefined, 2])
})

test('an answer whose request is told while it is packed that its time is over is not sent', async () => {
  const ctx = requested()
  ctx.head.headers['accept-encoding'] = 'gzip'
  const answers = [
    writeBody(ctx, 200, 'application/json', Buffer.alloc(300_000)),
    writeJoined(ctx, 200, 'application/json', Buffer.from('{'), tail(300_000)),
  ]
  await writeBody(ctx, 504, 'application/json', Buffer.from('{}'))
  await Promise.all(answers)
  expect([ctx.response.statusCode, ctx.sentBytes]).toEqual([504, 2])
})
