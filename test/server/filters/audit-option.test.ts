import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { EventObject } from '../../../lib/audit/index.js'
import { served, V2, widget } from '../harness.js'

const folder = mkdtempSync(join(tmpdir(), 'express-apiserver-audit-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const policy = join(folder, 'policy.yaml')
writeFileSync(
  policy,
  `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - {level: None, nonResourceURLs: ["/openapi*"]}
  - {level: Request, verbs: [create]}
  - {level: Metadata}
`,
)

describe('a server with an audit option', () => {
  const path = join(folder, 'audit.log')
  const server = served({
    audit: { policy, log: { path, mode: 'batch', batch: { maxBatchWaitMs: 1e6 } } },
    authenticate: (req) =>
      req.headers['x-user'] ? { name: String(req.headers['x-user']), groups: ['staff'] } : undefined,
    authorize: ({ verb }) => (verb === 'delete' ? 'deny' : 'allow'),
  })

  test('has told all when it is closed: who did what, what was decided, and who was refused for want of a name', async () => {
    const url = `${V2}/namespaces/option/widgets`
    const as = (user: string) => ({ 'x-user': user, 'content-type': 'application/json' })
    await server.send(url, { method: 'POST', headers: as('ann'), body: JSON.stringify(widget('a')) })
    await server.send(`${url}/a`, { headers: as('bob') })
    await server.send(`${url}/a`, { method: 'DELETE', headers: as('bob') })
    await server.send(`${url}/a`)
    await server.send('/openapi/v3', { headers: as('ann') })
    await server.api.close()
    const events = readFileSync(path, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as EventObject)
    expect(
      events.map(({ level, stage, verb, user, responseStatus, annotations }) => [
        level,
        stage,
        verb,
        user.username,
        responseStatus?.code,
        annotations?.['authorization.k8s.io/decision'],
      ]),
    ).toEqual([
      ['Request', 'ResponseComplete', 'create', 'ann', 201, 'allow'],
      ['Metadata', 'ResponseComplete', 'get', 'bob', 200, 'allow'],
      ['Metadata', 'ResponseComplete', 'delete', 'bob', 403, 'forbid'],
      ['Metadata', 'ResponseStarted', 'get', undefined, 401, undefined],
    ])
    expect(events[0]).toMatchObject({ requestObject: { metadata: { name: 'a' } } })
    expect(events[0]).not.toHaveProperty('responseObject')
  })
})
