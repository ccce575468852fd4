import { connect as connectHTTP2, createServer as createHTTP2Server } from 'node:http2'
import { type AddressInfo, connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { AuditBackend } from '../../../lib/audit/index.js'
import { type RequestContext, writeStatus } from '../../../lib/endpoints/index.js'
import { internalError } from '../../../lib/meta/errors.js'
import { withTimeoutForNonLongRunningRequests } from '../../../lib/server/filters/timeout.js'
import type { Filter } from '../../../lib/server/handler-chain.js'
import { type ListeningServer, send } from '../../support/server.js'
import { freshPath, served, V2, widget } from '../harness.js'
import { auditedServer, auditing, type Collected, collected, EVERYTHING, METADATA } from './audit-harness.js'

const open: ListeningServer[] = []
afterEach(async () => {
  for (const server of open.splice(0)) await server.close()
})

async function serving(
  { audit }: Collected,
  target: (ctx: RequestContext) => Promise<void> | void,
  ...inner: Filter[]
): Promise<string> {
  const server = await auditedServer(audit, target, ...inner)
  open.push(server)
  return server.url
}

const stagesOf = ({ events }: Collected) => events.map(({ stage }) => stage)
const ok = ({ response }: RequestContext) => void response.end('ok')

/** A backend that fails, or takes its time, where it is told to. */
const backend = (outcome: (stage: string) => boolean | Promise<boolean>): AuditBackend => ({
  name: 'mine',
  processEvents: ([event]) => outcome(event?.stage ?? ''),
  close: () => Promise.resolve(),
})

describe('stages', () => {
  test('that the policy omits make no events', async () => {
    const log = collected({ omitStages: ['RequestReceived'], rules: [{ level: 'Metadata', omitStages: ['Panic'] }] })
    const url = await serving(log, (ctx) => {
      if (ctx.path === '/panic') throw new Error('boom')
      ok(ctx)
    })
    await send(`${url}/a`)
    await send(`${url}/panic`).catch(() => undefined)
    expect(stagesOf(log)).toEqual(['ResponseComplete'])
  })

  test('of requests that the policy leaves out make no events', async () => {
    const log = collected({ rules: [{ level: 'None', nonResourceURLs: ['/healthz*'] }, { level: 'Metadata' }] })
    const url = await serving(log, (ctx) => {
      ctx.audit?.annotate('a', 'b')
      ok(ctx)
    })
    await send(`${url}/healthz/ping`)
    await send(`${url}/other`)
    expect(log.events.map(({ requestURI }) => requestURI)).toEqual(['/other', '/other'])
  })

  test('of an answer by somebody who returned before it wait for its end', async () => {
    const log = collected(METADATA)
    let finish = () => {}
    const url = await serving(log, ({ response }) => {
      response.writeHead(202)
      finish = () => void response.end('later')
    })
    const answer = send(url)
    await log.some(1)
    await sleep(5)
    expect(stagesOf(log)).toEqual(['RequestReceived'])
    finish()
    await answer
    expect((await log.some(2))[1]?.responseStatus).toEqual({ metadata: {}, code: 202 })
  })

  test.each([
    ['throws', () => Promise.reject(new Error('boom'))],
    [
      'throws at once',
      () => {
        throw new Error('boom')
      },
    ],
  ])('end with Panic when the handler %s, and the error goes on to whoever catches it', async (_, fail) => {
    const log = collected(METADATA)
    await expect(send(await serving(log, fail))).rejects.toThrow()
    expect(stagesOf(log)).toEqual(['RequestReceived', 'Panic'])
  })

  test('of a handler that never returns end with the answer that its deadline gave', async () => {
    const log = collected(METADATA)
    const { audit } = log
    const server = await auditedServer(
      audit,
      () => new Promise(() => {}),
      (ctx, next) => {
        ctx.deadline = ctx.startedAt + 10
        return withTimeoutForNonLongRunningRequests(ctx, next)
      },
    )
    open.push(server)
    const answer = await send(`${server.url}/x`)
    expect(answer.status).toBe(504)
    expect((await log.some(2))[1]).toMatchObject({
      stage: 'ResponseComplete',
      responseStatus: { status: 'Failure', reason: 'Timeout', code: 504 },
    })
  })

  test.each([
    ['returns', (go: () => void) => go()],
    ['fails for it', (_: () => void, fail: (err: Error) => void) => fail(new DOMException('gone', 'AbortError'))],
  ])('of a client that leaves before its answer end as Kubernetes tells it, when the handler %s', async (_, end) => {
    const log = collected(METADATA)
    const waits = ({ signal }: RequestContext) =>
      new Promise<void>((go, fail) => signal.addEventListener('abort', () => end(go, fail)))
    const url = new URL(await serving(log, waits))
    const socket = connect(Number(url.port), url.hostname)
    socket.write('GET /x HTTP/1.1\r\nHost: x\r\n\r\n')
    await log.some(1)
    socket.destroy()
    expect((await log.some(2))[1]?.responseStatus).toEqual({
      metadata: {},
      status: 'Success',
      message: 'Connection closed early',
      code: 200,
    })
  })

  test('are told once, whoever notices the end', async () => {
    const log = collected(METADATA)
    const url = await serving(log, (ctx) => writeStatus(ctx, internalError('x').status))
    await send(url)
    await sleep(5)
    expect(stagesOf(log)).toEqual(['RequestReceived', 'ResponseComplete'])
  })
})

describe('when the event of a request that has come cannot be stored', () => {
  test('and must be, the request is refused with 500 and goes no further', async () => {
    let reached = false
    let rejected = 0
    const log = collected(METADATA, { backends: [backend(() => false)] })
    const audit = {
      ...log.audit,
      evaluate: log.audit.evaluate.bind(log.audit),
      process: log.audit.process.bind(log.audit),
    }
    audit.rejected = () => void rejected++
    const url = await serving({ ...log, audit }, () => {
      reached = true
    })
    const answer = await send(`${url}/a?b=1`)
    expect([answer.status, answer.text, reached, rejected]).toEqual([
      500,
      'Internal Server Error: "/a?b=1": failed to store audit event\n',
      false,
      1,
    ])
  })

  test('a request goes on after the event was stored, and not before', async () => {
    const order: string[] = []
    const slow = backend(async (stage) => {
      await sleep(5)
      order.push(stage)
      return true
    })
    const log = collected(METADATA, { backends: [slow] })
    const url = await serving(log, (ctx) => {
      order.push('handler')
      ok(ctx)
    })
    await send(url)
    while (order.length < 3) await sleep(1)
    expect(order).toEqual(['RequestReceived', 'handler', 'ResponseComplete'])
  })

  test('for so long that nobody waits for an answer any more, nothing happens', async () => {
    let store = (_: boolean) => {}
    let reached = false
    const log = collected(METADATA, {
      backends: [
        backend(
          () =>
            new Promise((resolve) => {
              store = resolve
            }),
        ),
      ],
    })
    const ends: Promise<void>[] = []
    const server = await auditedServer(log.audit, () => {
      reached = true
    })
    server.server.on('request', (_, res) => ends.push(new Promise((resolve) => res.once('close', resolve))))
    open.push(server)
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
    socket.write('POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n')
    while (ends.length === 0) await sleep(1)
    socket.destroy()
    await ends[0]
    store(true)
    await sleep(5)
    expect(reached).toBe(false)
  })

  test('later stages that are lost change nothing for the client', async () => {
    const log = collected(METADATA, { backends: [backend((stage) => stage === 'RequestReceived')] })
    expect((await send(await serving(log, ok))).text).toBe('ok')
  })
})

describe('over HTTP/2', () => {
  test.each([
    ['/x', ['RequestReceived', 'ResponseComplete']],
    ['/api/v1/pods?watch=1', ['RequestReceived', 'ResponseStarted', 'ResponseComplete']],
  ])('the stages of %s are told', async (path, stages) => {
    const log = collected(METADATA)
    const plain = await auditedServer(log.audit, ok)
    open.push(plain)
    const server = createHTTP2Server((req, res) => void plain.server.emit('request', req, res))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const client = connectHTTP2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const stream = client.request({ ':path': path, 'user-agent': 'h2' })
    stream.resume()
    await new Promise((resolve) => stream.once('close', resolve))
    client.close()
    await new Promise((resolve) => server.close(resolve))
    expect((await log.some(stages.length)).map(({ stage }) => stage)).toEqual(stages)
    expect(log.events.at(-1)).toMatchObject({
      requestURI: path,
      userAgent: 'h2',
      sourceIPs: ['127.0.0.1'],
      responseStatus: { metadata: {}, code: 200 },
    })
  })
})

describe('a server', () => {
  const everything = collected({ rules: [{ level: 'RequestResponse', omitManagedFields: true }] })
  const server = served({ buildHandlerChain: auditing(everything.audit) })
  const complete = async (id: string) => {
    const told = () => everything.events.find((event) => event.auditID === id && event.stage === 'ResponseComplete')
    while (!told()) await sleep(2)
    return told()
  }
  const as = (id: string, more: Record<string, string> = {}) => ({ 'audit-id': id, ...more })
  const path = `${V2}/namespaces/unmanaged/widgets`

  test('tells objects without their managers where the policy wants none', async () => {
    const json = { 'content-type': 'application/json' }
    const body = JSON.stringify(widget('a', { width: 1 }, { labels: { a: 'b' } }))
    const answer = await server.send(path, { method: 'POST', headers: as('create', json), body })
    expect(answer.json()).toHaveProperty('metadata.managedFields')
    const { metadata, ...rest } = answer.json() as { metadata: Record<string, unknown> }
    const { managedFields, ...unmanaged } = metadata
    expect(await complete('create')).toMatchObject({ responseObject: { ...rest, metadata: unmanaged } })
    expect(JSON.stringify(await complete('create'))).not.toContain('managedFields')
    expect(managedFields).toBeDefined()
  })

  test.each([
    ['list', {}],
    ['table', { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' }],
    ['partial', { accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io' }],
  ])('tells a %s without their managers', async (id, headers) => {
    const answer = await server.send(path, { headers: as(id, headers) })
    expect(answer.text).toContain('managedFields')
    const told = (await complete(id))?.responseObject
    expect(JSON.stringify(told)).not.toContain('managedFields')
    expect(told).toMatchObject({ kind: answer.json().kind, metadata: answer.json().metadata })
  })

  test('tells a single row of a Table without its managers', async () => {
    const headers = as('row', { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' })
    expect((await server.send(`${path}/a`, { headers })).text).toContain('managedFields')
    const told = await complete('row')
    expect(told?.responseObject).toMatchObject({ kind: 'Table', rows: [{ object: { metadata: { name: 'a' } } }] })
    expect(JSON.stringify(told)).not.toContain('managedFields')
  })

  test('tells what a deletion asked for, and the Status that it got', async () => {
    const answer = await server.send(`${path}/a`, {
      method: 'DELETE',
      headers: as('delete', { 'content-type': 'application/json' }),
      body: '{"gracePeriodSeconds": 0}',
    })
    const told = await complete('delete')
    expect(told).toMatchObject({
      verb: 'delete',
      requestObject: { gracePeriodSeconds: 0 },
      responseStatus: { metadata: {}, status: 'Success', details: answer.json().details, code: 200 },
    })
    expect(told?.responseObject).toEqual(answer.json())
  })

  test('tells an applied configuration of YAML as its value', async () => {
    await server.send(`${path}/b?fieldManager=me`, {
      method: 'PATCH',
      headers: as('apply', { 'content-type': 'application/apply-patch+yaml' }),
      body: 'apiVersion: example.com/v2\nkind: Widget\nmetadata: {name: b}\nspec: {width: 3}\n',
    })
    expect(await complete('apply')).toMatchObject({
      requestObject: { kind: 'Widget', metadata: { name: 'b' }, spec: { width: 3 } },
      responseObject: { metadata: { name: 'b' } },
      responseStatus: { code: 201 },
    })
  })

  test('tells of a connection that it handed over when its handler is through', async () => {
    await server.send(`${V2}/gadgets/g`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: '{"apiVersion":"example.com/v2","kind":"Gadget","metadata":{"name":"g"}}',
    })
    await server.send(`${V2}/gadgets/g/proxy/a/b`, { headers: as('connect') })
    await complete('connect')
    const stages = everything.events.filter(({ auditID }) => auditID === 'connect').map(({ stage }) => stage)
    expect(stages).toEqual(['RequestReceived', 'ResponseStarted', 'ResponseComplete'])
  })

  test('tells a watch over a websocket as the switch of protocols that it is', async () => {
    server.server.server.on('upgrade', server.api.upgrade)
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}${path}?watch=1`, { headers: as('socket') })
    await new Promise((resolve, reject) => socket.once('message', resolve).once('error', reject))
    socket.close()
    await complete('socket')
    const told = everything.events.filter(({ auditID }) => auditID === 'socket')
    expect(told.map(({ stage, responseStatus }) => [stage, responseStatus?.code])).toEqual([
      ['RequestReceived', undefined],
      ['ResponseStarted', 101],
      ['ResponseComplete', 101],
    ])
  })

  test('tells discovery documents', async () => {
    const answer = await server.send('/apis', { headers: as('discovery') })
    expect((await complete('discovery'))?.responseObject).toEqual(answer.json())
  })
})

describe('the audit id', () => {
  const log = collected(EVERYTHING)
  const server = served({ buildHandlerChain: auditing(log.audit) })

  test.each([
    ['short', 'my-id'],
    ['long', 'x'.repeat(5000)],
    ['of other letters', Buffer.from('ä').toString('latin1')],
  ])('of a client is kept and sent back: %s', async (_, id) => {
    const answer = await server.send(freshPath(), { headers: { 'audit-id': id } })
    expect(answer.headers['audit-id']).toBe(id)
    expect(log.events.at(-1)?.auditID).toBe(id)
  })

  test('is made up for clients without one, the same in the answer and in all events', async () => {
    const { headers } = await server.send(freshPath())
    expect(headers['audit-id']).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
    expect(log.events.slice(-2).map(({ auditID }) => auditID)).toEqual([headers['audit-id'], headers['audit-id']])
  })
})
