import { afterAll, describe, expect, test } from 'vitest'
import type { RequestAuthenticator } from '../../../lib/authentication/index.js'
import { RequestContext } from '../../../lib/endpoints/index.js'
import { withAuditAnnotations } from '../../../lib/server/filters/audit-annotations.js'
import { withAuthentication } from '../../../lib/server/filters/authentication.js'
import { withFailedAuthenticationAudit } from '../../../lib/server/filters/failed-authentication-audit.js'
import { withRequestInfo } from '../../../lib/server/filters/request-info.js'
import { handlerChain } from '../../../lib/server/handler-chain.js'
import { writeText } from '../../../lib/server/text.js'
import { type ListeningServer, listenOn, send } from '../../support/server.js'
import { type Collected, collected, METADATA } from './audit-harness.js'

const open: ListeningServer[] = []
afterAll(async () => {
  for (const server of open) await server.close()
})

/** Knows nobody. */
const authenticator: RequestAuthenticator = { authenticateRequest: () => undefined }

async function refusing({ audit }: Collected, answerText = false): Promise<string> {
  const plain = (ctx: RequestContext) => writeText(ctx, 401, 'no\n')
  const failed = withFailedAuthenticationAudit(audit, ...(answerText ? [plain] : []))
  const chain = handlerChain(
    [withAuditAnnotations, withRequestInfo, withAuthentication({ authenticator, failed })],
    ({ response }) => void response.end(),
  )
  const server = await listenOn(
    (req, res) => void chain(new RequestContext(req, res, (req.url ?? '').split('?')[0] ?? '')),
  )
  open.push(server)
  return server.url
}

describe('a request of somebody whom nobody knows', () => {
  test('is told once, when it is answered, without a user', async () => {
    const log = collected(METADATA)
    const answer = await send(`${await refusing(log)}/api/v1/pods`, { headers: { authorization: 'Bearer hunter2' } })
    expect(answer.status).toBe(401)
    expect(log.events).toEqual([
      expect.objectContaining({
        level: 'Metadata',
        stage: 'ResponseStarted',
        verb: 'list',
        user: {},
        objectRef: { resource: 'pods', apiVersion: 'v1' },
        responseStatus: { metadata: {}, status: 'Failure', message: 'Unauthorized', reason: 'Unauthorized', code: 401 },
      }),
    ])
    expect(JSON.stringify(log.events)).not.toContain('hunter2')
  })

  test('is not told where the policy leaves it out', async () => {
    const log = collected({ rules: [{ level: 'Metadata', users: ['somebody'] }] })
    expect((await send(await refusing(log))).status).toBe(401)
    expect(log.events).toEqual([])
  })

  test('is not told where the policy omits the stage', async () => {
    const log = collected({ omitStages: ['ResponseStarted'], rules: [{ level: 'Metadata' }] })
    await send(await refusing(log))
    expect(log.events).toEqual([])
  })

  test.each([
    ['nothing', '/', {}, 'Authentication failed, no credentials provided'],
    ['a password', '/', { authorization: 'Basic aHVudGVyMg==' }, 'Authentication failed, attempted: basic'],
    ['a token', '/', { authorization: ' bearer hunter2' }, 'Authentication failed, attempted: bearer'],
    ['a scheme alone', '/', { authorization: 'Bearer' }, 'Authentication failed, no credentials provided'],
    [
      'tokens in two places',
      '/?access_token=hunter2',
      { authorization: 'Bearer hunter2' },
      'Authentication failed, attempted: bearer, access_token',
    ],
  ])('is told with what was shown, where the answer is no Status: %s', async (_, path, headers, message) => {
    const log = collected(METADATA)
    await send(`${await refusing(log, true)}${path}`, { headers: headers as Record<string, string> })
    expect(log.events.map(({ responseStatus }) => responseStatus)).toEqual([{ metadata: {}, message, code: 401 }])
  })
})
