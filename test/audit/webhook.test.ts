import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createTLSServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { type Audit, type AuditWebhookOptions, auditOf, type EventObject } from '../../lib/audit/index.js'
import { testCertificates } from '../authentication/certificates.js'
import { listenOn } from '../support/server.js'
import { counted, event, eventsOf, saying } from './support.js'

const endings: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const end of endings.splice(0)) await end()
})

interface Posted {
  readonly headers: IncomingMessage['headers']
  readonly list: { kind: string; apiVersion: string; items: EventObject[] }
}

type Answering = (res: ServerResponse, call: number) => void

/** A receiver that answers as it is told. */
async function receiving(answer: Answering = (res) => void res.end()) {
  const posted: Posted[] = []
  let calls = 0
  const listener: RequestListener = (req, res) => {
    const chunks: Buffer[] = []
    req.on('data', (chunk: Buffer) => chunks.push(chunk))
    req.on('end', () => {
      posted.push({ headers: req.headers, list: JSON.parse(Buffer.concat(chunks).toString()) })
      answer(res, ++calls)
    })
  }
  const server = await listenOn(listener)
  endings.push(server.close)
  return { url: `${server.url}/audit`, posted }
}

const EVERYTHING = { rules: [{ level: 'RequestResponse' as const }] }

function sending(webhook: AuditWebhookOptions) {
  const { metrics, counts } = counted()
  const said = saying()
  const audit = auditOf({
    policy: EVERYTHING,
    webhook: { initialBackoffMs: 1, ...webhook },
    metrics,
    logger: said.logger,
  })
  return { audit, counts, ...said }
}

const idsOf = (posted: readonly Posted[]): string[] =>
  posted.flatMap(({ list }) => list.items.map(({ auditID }) => auditID))

/** Whether every event was taken without a moment's waiting. */
const takenAtOnce = (audit: Audit, count: number): boolean =>
  eventsOf(count).every((one) => audit.process(one) === true)

describe('a receiver', () => {
  test('gets events as an EventList, whose items say no kind', async () => {
    const to = await receiving()
    const { audit } = sending({ url: to.url, token: 'secret', headers: { 'x-cluster': 'a' }, mode: 'blocking' })
    expect(await audit.process(event('0', 10))).toBe(true)
    await audit.close()
    expect(to.posted[0]?.headers).toMatchObject({
      'content-type': 'application/json',
      authorization: 'Bearer secret',
      'x-cluster': 'a',
    })
    expect(to.posted[0]?.list).toEqual({
      kind: 'EventList',
      apiVersion: 'audit.k8s.io/v1',
      metadata: {},
      items: [expect.objectContaining({ auditID: '0', requestObject: 'xxxxxxxxxx' })],
    })
    expect(to.posted[0]?.list.items[0]).not.toHaveProperty('kind')
  })

  test('gets in batches what nobody waits for', async () => {
    const to = await receiving()
    const { audit } = sending({ url: to.url, batch: { maxBatchSize: 400 } })
    expect(takenAtOnce(audit, 1000)).toBe(true)
    await audit.close()
    expect(to.posted.map(({ list }) => list.items.length)).toEqual([400, 400, 200])
    expect(idsOf(to.posted).sort()).toEqual(
      eventsOf(1000)
        .map(({ auditID }) => auditID)
        .sort(),
    )
  })

  test('that fails at first gets its events later', async () => {
    const to = await receiving((res, call) => void res.writeHead(call < 4 ? [500, 400, 302][call - 1]! : 204).end())
    const { audit, counts } = sending({ url: to.url, mode: 'blocking-strict' })
    expect(await audit.process(event('0'))).toBe(true)
    expect([to.posted.length, counts]).toEqual([4, { apiserver_audit_event_total: 1 }])
    await audit.close()
  })

  test('that fails five times does not get them, which is told once and counted', async () => {
    const to = await receiving((res) => void res.writeHead(503).end())
    const { audit, counts, errors } = sending({ url: to.url, mode: 'blocking-strict' })
    expect(await Promise.all([audit.process(event('0')), audit.process(event('1'))])).toEqual([false, false])
    expect(to.posted).toHaveLength(10)
    expect(counts).toMatchObject({ 'apiserver_audit_error_total{plugin="webhook"}': 2 })
    expect(errors).toEqual([[expect.objectContaining({ plugin: 'webhook', events: 1 }), 'audit events were lost']])
    await audit.close()
  })

  test('that is not there fails no request in mode blocking', async () => {
    const { url } = await receiving()
    for (const end of endings.splice(0)) await end()
    const { audit, counts } = sending({ url, mode: 'blocking' })
    expect(await audit.process(event())).toBe(true)
    expect(counts).toMatchObject({ 'apiserver_audit_error_total{plugin="webhook"}': 1 })
    await audit.close()
  })

  test('that answers in time, but without end, is cut off and has its events', async () => {
    const closed: string[] = []
    const to = await receiving((res) => {
      const chunk = Buffer.alloc(16 * 1024)
      const more = () => {
        while (!res.destroyed && res.write(chunk));
      }
      res.on('drain', more).on('close', () => closed.push('closed'))
      more()
    })
    const { audit } = sending({ url: to.url, mode: 'blocking-strict' })
    expect(await audit.process(event())).toBe(true)
    while (closed.length === 0) await new Promise((resolve) => setTimeout(resolve, 1))
    await audit.close()
  })

  test('that never answers is given up after the time for one call', async () => {
    const to = await receiving(() => {})
    const { audit, errors } = sending({ url: to.url, mode: 'blocking-strict', timeoutMs: 300 })
    expect(await audit.process(event())).toBe(false)
    expect(to.posted).toHaveLength(5)
    expect(errors[0]?.[0]).toMatchObject({ err: { message: 'the webhook did not answer within 300 ms' } })
    await audit.close()
  })
})

describe('in mode batch, a receiver that', () => {
  const hostile: [what: string, answer: Answering][] = [
    ['never answers', () => {}],
    ['resets connections', (res) => void res.socket?.destroy()],
    ['answers nothing that is HTTP', (res) => void res.socket?.end('no HTTP\n')],
    ['fails always', (res) => void res.writeHead(500).end()],
  ]

  test.each(hostile)('%s keeps no request waiting, and is sent no more than may be held', async (_, answer) => {
    const to = await receiving(answer)
    const batch = { bufferSize: 1000, maxBatchSize: 100, maxInFlight: 2, throttleQPS: 0, closeTimeoutMs: 20 }
    const { audit, counts } = sending({ url: to.url, batch, timeoutMs: 1e6, initialBackoffMs: 1e6 })
    for (let round = 0; round < 20; round++) {
      expect(takenAtOnce(audit, 500)).toBe(true)
      await new Promise(setImmediate)
    }
    const dropped = counts['apiserver_audit_error_total{plugin="buffered"}'] ?? 0
    expect(dropped).toBeGreaterThanOrEqual(10_000 - 1000 - 200)
    await audit.close()
    const given = counts['apiserver_audit_error_total{plugin="webhook"}'] ?? 0
    const left = counts['apiserver_audit_error_total{plugin="buffered"}'] ?? 0
    expect([counts.apiserver_audit_event_total, given + left]).toEqual([10_000, 10_000])
  })

  test('never accepts a connection does not keep the server from closing', async () => {
    const sockets: Socket[] = []
    const deaf = createServer()
    deaf.on('connection', (socket) => void sockets.push(socket.pause()))
    await new Promise<void>((resolve) => deaf.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(deaf.address() as AddressInfo).port}`
    const { audit, counts } = sending({ url, batch: { closeTimeoutMs: 20 } })
    audit.process(event())
    await audit.close()
    expect(counts).toMatchObject({ 'apiserver_audit_error_total{plugin="webhook"}': 1 })
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => deaf.close(resolve))
  })
})

describe('over TLS, a receiver', () => {
  const certificates = testCertificates()
  afterAll(() => certificates.remove())
  const authority = certificates.authority('audit')
  const stranger = certificates.authority('stranger')
  const server = certificates.issue(authority, '/CN=receiver', 'server')

  /** Takes events of clients that the authority knows. */
  async function secured() {
    const seen: string[] = []
    const options = { ...server, ca: authority.cert, requestCert: true, rejectUnauthorized: true }
    const receiver = createTLSServer(options, (req, res) => {
      seen.push(String((req.socket as TLSSocket).getPeerCertificate().subject.CN))
      req.resume().on('end', () => res.end())
    })
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
    endings.push(
      () =>
        new Promise((resolve) => {
          receiver.close(() => resolve())
          receiver.closeAllConnections()
        }),
    )
    return { url: `https://127.0.0.1:${(receiver.address() as AddressInfo).port}/`, seen }
  }

  test('that is who it should be gets events from whom it knows', async () => {
    const { url, seen } = await secured()
    const client = certificates.issue(authority, '/CN=apiserver')
    const { audit } = sending({ url, ca: authority.cert, ...client, mode: 'blocking-strict' })
    expect(await audit.process(event())).toBe(true)
    expect(seen).toEqual(['apiserver'])
    await audit.close()
  })

  test.each([
    ['that another authority knows gets none', { ca: stranger.cert }],
    ['of another name gets none', { ca: authority.cert, tlsServerName: 'other.example.com' }],
  ])('%s', async (_, tls) => {
    const { url, seen } = await secured()
    const client = certificates.issue(authority, '/CN=apiserver')
    const { audit } = sending({ url, ...client, ...tls, mode: 'blocking-strict' })
    expect(await audit.process(event())).toBe(false)
    expect(seen).toEqual([])
    await audit.close()
  })
})

describe('options that cannot be used are refused at once', () => {
  test.each([
    ['a URL of another kind', { url: 'ftp://127.0.0.1/' }, 'begins with https: or http:, not ftp:'],
    ['no URL', { url: 'audit' }, 'Invalid URL'],
    [
      'an unknown mode',
      { url: 'http://127.0.0.1/', mode: 'async' as 'batch' },
      'batch, blocking or blocking-strict, not async',
    ],
  ])('%s', (_, webhook, message) => expect(() => sending(webhook)).toThrow(message))
})
