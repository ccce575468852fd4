import { Registry } from 'prom-client'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { authenticatorOf } from '../../lib/authentication/index.js'
import { subjectAccessReviewWebhook } from '../../lib/authorization/index.js'
import { securityMetrics } from '../../lib/server/metrics/security-metrics.js'
import { asked } from '../authorization/webhook-server.js'
import { parseExposition, sumOf } from '../support/prometheus.js'
import { type ListeningServer, listenOn } from '../support/server.js'

let webhook: ListeningServer
let code = 200
beforeAll(async () => {
  webhook = await listenOn((_, response) => {
    response.writeHead(code, { 'content-type': 'application/json' })
    const status = { allowed: true, authenticated: true, user: { username: 'ann' } }
    response.end(JSON.stringify({ apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', status }))
  })
})
afterAll(() => webhook.close())

test('what an authorization webhook was asked is counted by how it ended, and what it could not say besides', async () => {
  const registry = new Registry()
  const authorizer = subjectAccessReviewWebhook(
    { url: webhook.url, retry: { attempts: 1 } },
    securityMetrics(registry).authorizationWebhook,
  )
  code = 200
  await authorizer.authorize(asked)
  await authorizer.authorize(asked)
  code = 400
  await authorizer.authorize({ ...asked, name: 'other' })
  authorizer.close()
  const families = parseExposition(await registry.metrics())
  const count = (name: string, result: string) =>
    sumOf(families, `apiserver_authorization_webhook_${name}`, { name: 'default', result })
  expect([count('evaluations_total', 'success'), count('evaluations_total', 'error')]).toEqual([1, 1])
  expect([count('duration_seconds_count', 'success'), count('duration_seconds_count', 'error')]).toEqual([1, 1])
  expect(count('evaluations_fail_open_total', 'error')).toBe(1)
})

test('what a webhook was asked about tokens is counted by its status code', async () => {
  const registry = new Registry()
  const { tokens } = authenticatorOf(
    { webhook: { url: webhook.url, insecureHTTP: true, attempts: 1 } },
    securityMetrics(registry).authentication,
  )
  code = 200
  await Promise.resolve(tokens?.authenticateToken('a')).catch(() => {})
  code = 403
  await Promise.resolve(tokens?.authenticateToken('b')).catch(() => {})
  const families = parseExposition(await registry.metrics())
  const count = (status: string) => sumOf(families, 'apiserver_delegated_authn_request_total', { code: status })
  expect([count('200'), count('403')]).toEqual([1, 1])
})
