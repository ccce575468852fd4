import { afterAll, describe, expect, test } from 'vitest'
import { RequestContext } from '../../../lib/endpoints/index.js'
import { withAuditAnnotations } from '../../../lib/server/filters/audit-annotations.js'
import { withRequestDeadline } from '../../../lib/server/filters/request-deadline.js'
import { withRequestInfo } from '../../../lib/server/filters/request-info.js'
import { withTimeoutForNonLongRunningRequests } from '../../../lib/server/filters/timeout.js'
import { handlerChain } from '../../../lib/server/handler-chain.js'
import { type ListeningServer, listenOn, send } from '../../support/server.js'
import { type Collected, collected, METADATA } from './audit-harness.js'

const open: ListeningServer[] = []
afterAll(async () => {
  for (const server of open) await server.close()
})

async function audited({ audit }: Collected): Promise<string> {
  const filters = [withAuditAnnotations, withRequestInfo, withRequestDeadline({ audit })]
  const chain = handlerChain(filters, ({ response }) => void response.end())
  const server = await listenOn(
    (req, res) => void chain(new RequestContext(req, res, (req.url ?? '').split('?')[0] ?? '')),
  )
  open.push(server)
  return server.url
}

describe('a request that is refused for its timeout', () => {
  const why = 'invalid timeout specified in the request URL - time: missing unit in duration "5"'

  test('is told once in the audit log, without a user', async () => {
    const log = collected(METADATA)
    const answer = await send(`${await audited(log)}/api/v1/pods?timeout=5`)
    expect(answer.status).toBe(400)
    expect(log.events).toEqual([
      expect.objectContaining({
        stage: 'ResponseStarted',
        verb: 'list',
        user: {},
        objectRef: { resource: 'pods', apiVersion: 'v1' },
        responseStatus: { metadata: {}, status: 'Failure', message: why, reason: 'BadRequest', code: 400 },
      }),
    ])
  })

  test('is not told where the policy leaves it out', async () => {
    const log = collected({ rules: [{ level: 'None' }] })
    expect((await send(`${await audited(log)}/api/v1/pods?timeout=5`)).status).toBe(400)
    expect(log.events).toEqual([])
  })
})

describe('the timeout', () => {
  test('leaves alone what has no deadline', async () => {
    const chain = handlerChain([withTimeoutForNonLongRunningRequests], async ({ response }) => {
      await new Promise((resolve) => setTimeout(resolve, 5))
      response.end('late')
    })
    const server = await listenOn((req, res) => void chain(new RequestContext(req, res, '/')))
    open.push(server)
    expect((await send(server.url)).text).toBe('late')
  })
})
