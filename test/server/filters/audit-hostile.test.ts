import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { auditOf, type EventObject } from '../../../lib/audit/index.js'
import { RequestContext } from '../../../lib/endpoints/index.js'
import { withAudit } from '../../../lib/server/filters/audit.js'
import { listenOn, send } from '../../support/server.js'
import { served, V2 } from '../harness.js'
import { auditedServer, auditing, collected, METADATA } from './audit-harness.js'

const folder = mkdtempSync(join(tmpdir(), 'express-apiserver-audit-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Sends bytes as they are and waits for the answer's end. */
function sendRaw(port: number, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const socket = connect(port, '127.0.0.1')
    socket.on('data', (chunk) => chunks.push(chunk)).on('error', reject)
    socket.on('close', () => resolve(Buffer.concat(chunks).toString('latin1')))
    socket.write(bytes)
  })
}

describe('of secrets', () => {
  const path = join(folder, 'secrets.log')
  const audit = auditOf({ policy: { rules: [{ level: 'Metadata' }] }, log: { path } })
  const server = served({ buildHandlerChain: auditing(audit) })
  const url = `${V2}/namespaces/secret/widgets`

  test('nothing stands in a log of metadata: not of bodies, answers, patches, nor what proves who somebody is', async () => {
    const headers = { authorization: 'Bearer hunter2', cookie: 'session=hunter2', 'content-type': 'application/json' }
    const secret = { metadata: { name: 'a', annotations: { password: 'hunter2' } }, spec: { color: 'hunter2' } }
    const { send: to } = server
    await to(url, { method: 'POST', headers, body: JSON.stringify(secret) })
    await to(`${url}/a`, { headers })
    await to(url, { headers })
    const patch = { ...headers, 'content-type': 'application/merge-patch+json' }
    await to(`${url}/a`, { method: 'PATCH', headers: patch, body: '{"spec":{"color":"hunter2"}}' })
    await to(`${url}/a`, { method: 'DELETE', headers, body: '{"preconditions":{"uid":"hunter2"}}' })
    await audit.close()
    const text = readFileSync(path, 'utf8')
    expect(text.trim().split('\n')).toHaveLength(10)
    // A Status about a precondition is an answer of the server, which names what it compares.
    const lines = text.split('\n').filter((line) => line.includes('hunter2'))
    expect(lines.map((line) => (JSON.parse(line) as EventObject).responseStatus?.reason)).toEqual(['Conflict'])
  })
})

describe('into a log file', () => {
  const path = join(folder, 'injected.log')
  const audit = auditOf({ policy: { rules: [{ level: 'RequestResponse' }] }, log: { path } })
  let events: EventObject[] = []
  let text = ''

  beforeAll(async () => {
    const server = await auditedServer(audit, ({ response }) => void response.end())
    const port = (server.server.address() as AddressInfo).port
    const raw = (head: string) =>
      sendRaw(port, Buffer.from(`${head}\r\nHost: x\r\nConnection: close\r\n\r\n`, 'latin1'))
    await raw('GET /a?q=%0A%7B"kind":"Event"}{"\\u000a HTTP/1.1')
    await raw('GET /b HTTP/1.1\r\nUser-Agent: x"} {"kind":"Event"}\\\t\x85\xe2\x80\xa8\xff')
    await raw('GET /c HTTP/1.1\r\nX-Forwarded-For: "}\\,1.1.1.1 2.2.2.2,%0a')
    await raw('GET /d HTTP/1.1\r\nAudit-ID: "},{"\x9f')
    await server.close()
    await audit.close()
    text = readFileSync(path, 'utf8')
    events = text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line))
  })

  test('nothing gets that is no line of its own event', () => {
    expect(events).toHaveLength(2 * 4)
    for (const event of events) expect(event).toMatchObject({ kind: 'Event', apiVersion: 'audit.k8s.io/v1' })
  })

  test('no character gets that a terminal or a line reader acts on', () => {
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u2028\u2029]/u)
  })

  test('a URI gets as it was sent', () => {
    expect(events[0]?.requestURI).toBe('/a?q=%0A%7B"kind":"Event"}{"\\u000a')
  })

  test('a User-Agent gets as text in its place', () => {
    const told = events.find(({ requestURI }) => requestURI === '/b')?.userAgent
    expect(told).toBe('x"} {"kind":"Event"}\\\t\ufffd\u2028\ufffd')
  })

  test('only addresses get as addresses', () => {
    expect(events.find(({ requestURI }) => requestURI === '/c')?.sourceIPs).toEqual(['127.0.0.1'])
  })

  test('an Audit-ID gets as text in its place', () => {
    expect(events.find(({ requestURI }) => requestURI === '/d')?.auditID).toBe('"},{"\u009f')
  })
})

test('names of users, of whatever characters, are told in their place', async () => {
  const log = collected(METADATA)
  const names = ['a"},{"kind":"Event"\n', '\u001b[2J\u0000', 'lone \ud800', '\u2028', '__proto__']
  const filter = withAudit(log.audit)
  const server = await listenOn((req, res) => {
    const ctx = new RequestContext(req, res, '/x')
    const name = names[Number(req.headers['x-test-name'])] ?? ''
    ctx.user = { name, groups: [name], extra: { [name]: [name] } }
    void filter(ctx, () => void res.end())
  })
  for (const index of names.keys()) await send(server.url, { headers: { 'x-test-name': String(index) } })
  await server.close()
  const told = log.events.filter(({ stage }) => stage === 'ResponseComplete').map(({ user }) => user)
  const whole = names.map((name) => name.toWellFormed())
  expect(told).toEqual(whole.map((name) => ({ username: name, groups: [name], extra: { [name]: [name] } })))
})

describe('a User-Agent of 1 MB', () => {
  test('is told with its first 1024 characters', async () => {
    const log = collected(METADATA)
    const audited = await auditedServer(log.audit, ({ response }) => void response.end())
    const server = createServer(
      { maxHeaderSize: 2 * 1024 * 1024 },
      (req, res) => void audited.server.emit('request', req, res),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const agent = 'x'.repeat(1024 * 1024)
    await sendRaw(port, `GET /x HTTP/1.1\r\nHost: x\r\nConnection: close\r\nUser-Agent: ${agent}\r\n\r\n`)
    while (log.events.length < 2) await sleep(1)
    expect(log.events.map(({ userAgent }) => userAgent)).toEqual(Array(2).fill(`${'x'.repeat(1024)}...TRUNCATED`))
    await new Promise((resolve) => server.close(resolve))
    await audited.close()
  })
})
