import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { auditOf, type EventObject } from '../../../lib/audit/index.js'
import type { AuthorizerResult } from '../../../lib/authorization/index.js'
import { annotateDecision } from '../../../lib/server/filters/audit-annotations.js'
import { withAuthorization } from '../../../lib/server/filters/authorization.js'
import type { Filter } from '../../../lib/server/handler-chain.js'
import { openWatch } from '../../support/server.js'
import { served, V2, widget } from '../harness.js'
import { auditing } from './audit-harness.js'

const folder = mkdtempSync(join(tmpdir(), 'express-apiserver-audit-'))
const path = join(folder, 'audit.log')
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const audit = auditOf({ policy: { rules: [{ level: 'RequestResponse' }] }, log: { path } })
const OTHER = { name: 'jill', groups: ['system:authenticated'], uid: '7', extra: { scopes: ['a', 'b'] } }

const authorize = ({ verb }: { verb: string }): AuthorizerResult =>
  verb === 'delete' ? { decision: 'deny', reason: 'nobody deletes' } : { decision: 'allow', reason: 'all may' }

const impersonation: Filter = (ctx, next) => {
  if (ctx.request.headers['x-test-as'] !== undefined) {
    ctx.user = OTHER
    ctx.impersonatedUser = OTHER
  }
  return next()
}
const panics: Filter = (ctx, next) => {
  if (ctx.request.headers['x-test-panic'] !== undefined) throw new Error('the roof\nis on fire')
  return next()
}

describe('a run of a server, read back from its log file', () => {
  const server = served({
    buildHandlerChain: auditing(audit, impersonation, withAuthorization({ authorize }, annotateDecision), panics),
  })
  const ns = `${V2}/namespaces/audited/widgets`
  let events: EventObject[] = []
  let lines: string[] = []
  const told = (id: string): EventObject[] => events.filter(({ auditID }) => auditID === id)
  const stages = (id: string) => told(id).map(({ stage }) => stage)
  const complete = (id: string): EventObject => {
    const event = told(id).find(({ stage }) => stage === 'ResponseComplete')
    if (!event) throw new Error(`no ResponseComplete among ${JSON.stringify(stages(id))}`)
    return event
  }
  const as = (id: string, more: Record<string, string> = {}) => ({
    'audit-id': id,
    'user-agent': 'tester/1.0',
    ...more,
  })
  let body: unknown

  beforeAll(async () => {
    const { send } = server
    const sent = { method: 'POST', headers: as('create', { 'content-type': 'application/json' }) }
    body = (await send(ns, { ...sent, body: JSON.stringify(widget('a', { width: 1 })) })).json()
    await send(`${ns}/a?pretty=1`, { headers: as('get') })
    await send(ns, { headers: as('list', { accept: 'application/yaml' }) })
    const patch = { headers: as('patch', { 'content-type': 'application/merge-patch+json' }), method: 'PATCH' }
    await send(`${ns}/a`, { ...patch, body: '{ "spec":\n {"width": 2} }' })
    const watch = await openWatch(`${server.url}${ns}?watch=1&resourceVersion=0`, as('watch'))
    await watch.until((seen) => seen.length > 0)
    watch.cancel()
    await send(`${ns}/a`, { method: 'DELETE', headers: as('forbidden') })
    await send(`${ns}/none`, { headers: as('missing') })
    await send(`${ns}/a`, { headers: as('panic', { 'x-test-panic': '1' }) })
    await send('/openapi/v3?x=1', { headers: as('path') })
    await send(`${ns}/a/status`, { headers: as('impersonated', { 'x-test-as': 'jill', 'x-forwarded-for': '1.2.3.4' }) })
    const seen = () => readFileSync(path, 'utf8').includes('"auditID":"watch","stage":"ResponseComplete"')
    while (!seen()) await new Promise((resolve) => setTimeout(resolve, 5))
    await audit.close()
    lines = readFileSync(path, 'utf8').split('\n')
    events = lines.slice(0, -1).map((line) => JSON.parse(line))
  })

  test('is one JSON object a line, each with its newline', () => {
    expect(lines.at(-1)).toBe('')
    for (const event of events) expect(event).toMatchObject({ kind: 'Event', apiVersion: 'audit.k8s.io/v1' })
  })

  test.each(['create', 'get', 'list', 'patch', 'forbidden', 'missing', 'path', 'impersonated'])(
    'tells of a %s when it comes and when it is answered',
    (id) => expect(stages(id)).toEqual(['RequestReceived', 'ResponseComplete']),
  )

  test('tells of a watch when it comes, when its answer begins and when it ends', () => {
    expect(stages('watch')).toEqual(['RequestReceived', 'ResponseStarted', 'ResponseComplete'])
    expect(told('watch').map(({ responseStatus }) => responseStatus)).toEqual([
      undefined,
      { metadata: {}, code: 200 },
      { metadata: {}, code: 200 },
    ])
    expect(complete('watch')).toMatchObject({ verb: 'watch', objectRef: { resource: 'widgets', namespace: 'audited' } })
  })

  test('tells of a panic in place of an answer', () => {
    expect(stages('panic')).toEqual(['RequestReceived', 'Panic'])
    expect(told('panic')[1]?.responseStatus).toEqual({
      metadata: {},
      status: 'Failure',
      message: "APIServer panic'd: the roof\nis on fire",
      reason: 'InternalError',
      code: 500,
    })
  })

  test('has the members of an event in the order in which Kubernetes writes them', () => {
    expect(Object.keys(complete('create'))).toEqual([
      'kind',
      'apiVersion',
      'level',
      'auditID',
      'stage',
      'requestURI',
      'verb',
      'user',
      'sourceIPs',
      'userAgent',
      'objectRef',
      'responseStatus',
      'requestObject',
      'responseObject',
      'requestReceivedTimestamp',
      'stageTimestamp',
      'annotations',
    ])
  })

  test('tells of a create with the object that was sent and the one that became of it', () => {
    expect(complete('create')).toMatchObject({
      level: 'RequestResponse',
      requestURI: ns,
      verb: 'create',
      user: { username: 'system:anonymous', groups: ['system:unauthenticated'] },
      sourceIPs: ['127.0.0.1'],
      userAgent: 'tester/1.0',
      responseStatus: { metadata: {}, code: 201 },
      requestObject: { kind: 'Widget', apiVersion: 'example.com/v2', metadata: { name: 'a' }, spec: { width: 1 } },
      annotations: { 'authorization.k8s.io/decision': 'allow', 'authorization.k8s.io/reason': 'all may' },
    })
    expect(complete('create').responseObject).toEqual(body)
  })

  test('refers to a created object by the name in its body, and by nothing that it got only then', () => {
    expect(complete('create').objectRef).toEqual({
      resource: 'widgets',
      namespace: 'audited',
      name: 'a',
      apiGroup: 'example.com',
      apiVersion: 'v2',
    })
  })

  test('knows no bodies, answers or annotations when a request comes', () => {
    for (const unknown of ['responseStatus', 'requestObject', 'responseObject', 'annotations'])
      expect(told('create')[0]).not.toHaveProperty(unknown)
    expect(told('create')[0]?.stageTimestamp).toBe(told('create')[0]?.requestReceivedTimestamp)
  })

  test('has times with microseconds, in their order', () => {
    for (const { requestReceivedTimestamp, stageTimestamp } of events) {
      expect(stageTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
      expect(stageTimestamp >= requestReceivedTimestamp).toBe(true)
    }
  })

  test('tells of answers as JSON, in whatever form they were sent', () => {
    expect(complete('get').responseObject).toEqual(body)
    expect(complete('list').responseObject).toMatchObject({ kind: 'WidgetList', items: [body] })
  })

  test('tells of a patch as it was sent', () => {
    expect(complete('patch').requestObject).toEqual({ spec: { width: 2 } })
    expect(complete('patch').responseObject).toMatchObject({ spec: { width: 2 } })
  })

  test('tells of a refusal with its Status and who decided', () => {
    expect(complete('forbidden')).toMatchObject({
      responseStatus: {
        metadata: {},
        status: 'Failure',
        reason: 'Forbidden',
        details: { name: 'a', group: 'example.com', kind: 'widgets' },
        code: 403,
      },
      annotations: { 'authorization.k8s.io/decision': 'forbid', 'authorization.k8s.io/reason': 'nobody deletes' },
    })
    expect(complete('forbidden').responseStatus?.message).toMatch(/cannot delete resource "widgets".*: nobody deletes$/)
    expect(complete('forbidden').responseObject).toMatchObject({ kind: 'Status', code: 403 })
  })

  test('tells of an object that is not there with the Status that says so', () => {
    expect(complete('missing').responseStatus).toMatchObject({ reason: 'NotFound', code: 404 })
  })

  test('tells of a path that is no resource without a reference to an object', () => {
    expect(complete('path')).toMatchObject({ verb: 'get', requestURI: '/openapi/v3?x=1' })
    expect(complete('path')).not.toHaveProperty('objectRef')
  })

  test('tells who acts as whom, and through which proxies', () => {
    expect(told('impersonated')[0]).not.toHaveProperty('impersonatedUser')
    expect(complete('impersonated')).toMatchObject({
      user: { username: 'system:anonymous' },
      impersonatedUser: { username: 'jill', uid: '7', groups: ['system:authenticated'], extra: { scopes: ['a', 'b'] } },
      sourceIPs: ['1.2.3.4', '127.0.0.1'],
      objectRef: { name: 'a', subresource: 'status' },
    })
  })
})
