import type { IncomingMessage, ServerResponse } from 'node:http'
import { describe, expect, test } from 'vitest'
import { RequestContext } from '../../../lib/endpoints/index.js'
import { withRequestDeadline } from '../../../lib/server/filters/request-deadline.js'
import { withRequestReceivedTimestamp } from '../../../lib/server/filters/request-received-timestamp.js'

const context = (headers: IncomingMessage['headers'] = {}) =>
  new RequestContext({ headers, url: '/' } as IncomingMessage, {} as ServerResponse, '/')

describe('when a request was received', () => {
  test('is when the filter saw it, not when somebody asks', async () => {
    const ctx = context()
    const before = Date.now()
    await withRequestReceivedTimestamp()(ctx, () => {})
    const after = Date.now()
    while (Date.now() <= after);
    expect(ctx.startedAt).toBeGreaterThanOrEqual(before)
    expect(ctx.startedAt).toBeLessThanOrEqual(after)
  })

  test('is when somebody asks first, where there is no filter, and stays so', () => {
    const ctx = context()
    const first = ctx.startedAt
    while (Date.now() <= first);
    expect(ctx.startedAt).toBe(first)
  })

  test('can be taken from elsewhere, and deadlines count from there', async () => {
    const ctx = context({ 'x-queue-start': '1000' })
    await withRequestReceivedTimestamp(({ request }) => Number(request.headers['x-queue-start']))(ctx, () => {})
    await withRequestDeadline({ maxMs: 500 })(ctx, () => {})
    expect([ctx.startedAt, ctx.deadline]).toEqual([1000, 1500])
  })
})
