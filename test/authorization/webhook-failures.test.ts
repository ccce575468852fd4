import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer as createTLSServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { WebhookAuthorizer } from '../../lib/authorization/index.js'
import { listenOn } from '../support/server.js'
import { answer, asked, failing, webhookServer } from './webhook-server.js'

const server = webhookServer()

describe('a webhook that fails', () => {
  const failure = async (authorizer: WebhookAuthorizer) => {
    const { decision, reason, error } = await authorizer.authorize(asked)
    return { decision, reason, message: (error as Error | undefined)?.message }
  }

  test.each([500, 504, 429])('with %i is asked again', async (code) => {
    server.reply = (response, call) =>
      call < 3 ? failing(code)(response, call) : answer({ allowed: true })(response, call)
    expect(await failure(server.webhook())).toEqual({ decision: 'allow', reason: '', message: undefined })
    expect(server.calls).toHaveLength(3)
  })

  test('is asked again when it says when', async () => {
    server.reply = (response, call) =>
      call < 2 ? failing(503, { 'Retry-After': '0' })(response, call) : answer({ allowed: true })(response, call)
    expect((await failure(server.webhook())).decision).toBe('allow')
  })

  test.each([400, 403, 404, 503])('with %i is not asked again, and has no opinion', async (code) => {
    server.reply = failing(code)
    expect(await failure(server.webhook())).toEqual({
      decision: 'noOpinion',
      reason: '',
      message: `the authorization webhook cannot be asked: the webhook answered with the status code ${code}`,
    })
    expect(server.calls).toHaveLength(1)
  })

  test('for good is asked as often as was said, and denies where that is the policy', async () => {
    server.reply = failing(500)
    expect((await failure(server.webhook({ failurePolicy: 'deny' }))).decision).toBe('deny')
    expect(server.calls).toHaveLength(3)
  })

  test('by breaking the connection is asked again', async () => {
    server.reply = (response, call) => (call < 2 ? response.destroy() : answer({ allowed: true })(response, call))
    expect((await failure(server.webhook())).decision).toBe('allow')
  })

  test('by having closed a connection that was kept is asked again at once: that is no failure', async () => {
    server.reply = answer({ allowed: true })
    const authorizer = server.webhook({ retry: { attempts: 1 } })
    await authorizer.authorize(asked)
    server.reply = (response, call) =>
      call === 2 ? response.socket?.destroy() : answer({ allowed: true })(response, call)
    expect(await authorizer.authorize({ ...asked, name: 'other' })).toEqual({ decision: 'allow', reason: '' })
    expect(server.calls).toHaveLength(3)
  })

  test('to listen is told without its address', async () => {
    const closed = await listenOn(() => {})
    await closed.close()
    expect((await failure(server.webhook({ url: closed.url }))).message).toBe(
      'the authorization webhook cannot be asked: ECONNREFUSED',
    )
  })

  test('to answer in time is told so', async () => {
    server.reply = () => {}
    expect((await failure(server.webhook({ timeoutMs: 50 }))).message).toBe(
      'the authorization webhook cannot be asked: it did not answer in time',
    )
  })

  test('to end its answer in time is told so', async () => {
    server.reply = (response) => {
      response.writeHead(200).write('{"kind":')
    }
    expect((await failure(server.webhook({ timeoutMs: 50 }))).message).toBe(
      'the authorization webhook cannot be asked: it did not answer in time',
    )
  })

  test.each<[string, unknown, string]>([
    ['no JSON', 'x', 'the authorization webhook cannot be asked: '],
    ['no object', '[]', "the webhook's answer is no SubjectAccessReview of authorization.k8s.io/v1"],
    ['another kind', '{"kind":"Status","apiVersion":"v1"}', "the webhook's answer is no SubjectAccessReview"],
    [
      'no status',
      '{"kind":"SubjectAccessReview","apiVersion":"authorization.k8s.io/v1"}',
      'the webhook did not say whether the request is allowed',
    ],
    [
      'an allowed that is no boolean',
      '{"kind":"SubjectAccessReview","apiVersion":"authorization.k8s.io/v1","status":{"allowed":"true"}}',
      'the webhook did not say whether the request is allowed',
    ],
    ['an endless answer', ' '.repeat(2_000_000), "the webhook's answer is larger than 1048576 bytes"],
  ])('to make sense lets nobody in: %s', async (_, body, message) => {
    server.reply = (response) => response.end(body)
    const outcome = await failure(server.webhook())
    expect(outcome.decision).toBe('noOpinion')
    expect(outcome.message).toContain(message)
  })

  test('does not keep a request that its client has given up', async () => {
    let finish = () => {}
    server.reply = (response, call) => {
      finish = () => answer({ allowed: true })(response, call)
    }
    const authorizer = server.webhook()
    const controller = new AbortController()
    const given = Promise.resolve(authorizer.authorize(asked, controller)).then(
      () => 'decided',
      (err: Error) => err.message,
    )
    const other = authorizer.authorize(asked)
    controller.abort()
    expect(await given).toBe('the request ended before it was decided')
    await expect.poll(() => server.calls.length).toBe(1)
    finish()
    expect(await other).toMatchObject({ decision: 'allow' })
  })

  test('cannot list what it would allow', () => {
    const { incomplete, error } = server.webhook().rulesFor()
    expect([incomplete, (error as Error).message]).toEqual([
      true,
      'webhook authorizer does not support user rule resolution',
    ])
  })
})

describe('over TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'express-apiserver-webhook-'))
  const file = (name: string) => join(folder, name)
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' })
  let tls: Server

  beforeAll(async () => {
    for (const name of ['server', 'client']) {
      const names = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1']
      const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
      openssl(
        'req',
        '-x509',
        ...curve,
        ...names,
        '-days',
        '1',
        '-keyout',
        file(`${name}.key`),
        '-out',
        file(`${name}.crt`),
      )
    }
    const options = {
      key: readFileSync(file('server.key')),
      cert: readFileSync(file('server.crt')),
      ca: readFileSync(file('client.crt')),
      requestCert: true,
    }
    tls = createTLSServer(options, (request, response) => {
      const { authorized } = request.socket as unknown as { authorized: boolean }
      request.resume().once('end', () => answer({ allowed: authorized })(response, 0))
    })
    await new Promise<void>((resolve) => tls.listen(0, '127.0.0.1', resolve))
  })
  afterAll(() => {
    tls.close()
    tls.closeAllConnections()
    rmSync(folder, { recursive: true, force: true })
  })

  const url = () => `https://127.0.0.1:${(tls.address() as AddressInfo).port}`

  test('its certificate is checked, and the client shows its own', async () => {
    const ca = readFileSync(file('server.crt'))
    const own = { cert: readFileSync(file('client.crt')), key: readFileSync(file('client.key')) }
    expect(await server.webhook({ url: url(), ca, ...own }).authorize(asked)).toMatchObject({ decision: 'allow' })
    expect(await server.webhook({ url: url(), ca }).authorize(asked)).toMatchObject({ decision: 'noOpinion' })
    const { decision, error } = await server.webhook({ url: url(), ...own }).authorize(asked)
    expect([decision, (error as Error).message]).toEqual([
      'noOpinion',
      'the authorization webhook cannot be asked: DEPTH_ZERO_SELF_SIGNED_CERT',
    ])
  })
})
