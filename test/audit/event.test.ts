import type { IncomingMessage } from 'node:http'
import { describe, expect, test } from 'vitest'
import { AuditContext, type AuditedRequest, type Level } from '../../lib/audit/index.js'
import { quoted } from '../../lib/audit/json-text.js'
import { formatMicroTime, preciseNow } from '../../lib/audit/micro-time.js'
import { NON_RESOURCE, type RequestInfo } from '../../lib/meta/context.js'

interface Asked {
  readonly level?: Level
  readonly url?: string
  readonly headers?: Record<string, string>
  readonly request?: Partial<AuditedRequest>
}

function begun({ level = 'Metadata', url = '/x', headers = {}, request = {} }: Asked = {}): AuditContext {
  const context = new AuditContext()
  context.begin(
    { level, omitStages: new Set(), omitManagedFields: false },
    {
      request: { url, headers, socket: {} } as unknown as IncomingMessage,
      info: { ...NON_RESOURCE, path: '/x', verb: 'get' },
      user: { name: 'tim', groups: [] },
      auditID: 'id',
      receivedAt: Date.UTC(2001, 1, 3, 4, 5, 6, 7),
      ...request,
    },
  )
  return context
}

const complete = (context: AuditContext, code = 200) => context.event('ResponseComplete', undefined, code)

/** Texts that a careless log would be fooled by. */
const HOSTILE = [
  '"},{"kind":"Event"',
  'a\nb\r\nc',
  '\u0000\u0001\u001b[2J\u007f\u009b31m',
  '\u2028\u2029\u0085',
  'lone \ud800 and \udc00',
  '\\" \\u0000 \\',
  'äöü 日本 🎉',
  '__proto__',
]

describe('an event', () => {
  const memberOf = (context: AuditContext) => complete(context).toJSON()

  test('has its annotations in the order of their keys, the empty one too, and the first value of each', () => {
    const context = begun()
    for (const [key, value] of [
      ['b', '1'],
      ['', '2'],
      ['a', '3'],
      ['b', '4'],
    ] as const)
      context.annotate(key, value)
    expect(complete(context).line).toContain('"annotations":{"":"2","a":"3","b":"1"}')
  })

  test('names who speaks on a connection, also when that changes from one request to the next', () => {
    const socket = { remoteAddress: '10.0.0.1' }
    const from = (headers: Record<string, string>) => {
      const request = { url: '/x', headers, socket } as unknown as IncomingMessage
      const { sourceIPs, userAgent } = memberOf(begun({ request: { request } }))
      return [sourceIPs, userAgent]
    }
    expect(from({ 'user-agent': 'one' })).toEqual([['10.0.0.1'], 'one'])
    expect(from({ 'user-agent': 'one' })).toEqual([['10.0.0.1'], 'one'])
    expect(from({ 'user-agent': 'two' })).toEqual([['10.0.0.1'], 'two'])
    expect(from({ 'user-agent': 'two', 'x-forwarded-for': '10.9.9.9' })).toEqual([['10.9.9.9', '10.0.0.1'], 'two'])
    expect(from({ 'user-agent': 'two', 'x-real-ip': '10.8.8.8' })).toEqual([['10.8.8.8', '10.0.0.1'], 'two'])
    expect(from({})).toEqual([['10.0.0.1'], undefined])
  })
})

describe('what a request was about', () => {
  const refOf = (info: Partial<RequestInfo>, named?: Parameters<AuditContext['objectMeta']>[0]) => {
    const context = begun({ request: { info: { ...NON_RESOURCE, isResourceRequest: true, verb: 'get', ...info } } })
    if (named) context.objectMeta(named)
    return JSON.stringify(complete(context).toJSON().objectRef)
  }
  const pods = { resource: 'pods', apiVersion: 'v1' }

  test('says the parts that there are, one request after the other', () => {
    expect(refOf(pods)).toBe('{"resource":"pods","apiVersion":"v1"}')
    expect(refOf({ ...pods, namespace: 'n', name: 'x' })).toBe(
      '{"resource":"pods","namespace":"n","name":"x","apiVersion":"v1"}',
    )
    expect(refOf({ ...pods, name: 'x', subresource: 'status' })).toBe(
      '{"resource":"pods","name":"x","apiVersion":"v1","subresource":"status"}',
    )
    expect(refOf({ ...pods, apiGroup: 'g', apiVersion: 'v2' })).toBe(
      '{"resource":"pods","apiGroup":"g","apiVersion":"v2"}',
    )
    expect(refOf(pods, { namespace: 'n', name: 'x', uid: 'u', resourceVersion: '7' })).toBe(
      '{"resource":"pods","namespace":"n","name":"x","uid":"u","apiVersion":"v1","resourceVersion":"7"}',
    )
    expect(refOf({ resource: '', namespace: 'n', apiVersion: 'v1' })).toBe('{"namespace":"n","apiVersion":"v1"}')
    expect(refOf({})).toBe('{}')
  })
})

describe('whatever a text holds, an event', () => {
  const everywhere = (text: string) => {
    const user = { name: text, uid: text, groups: [text], extra: { [text]: [text] } }
    const context = begun({ level: 'RequestResponse', request: { user, auditID: text } })
    context.annotate(text, text)
    context.responseStatus({ message: text, details: { name: text } })
    context.requestBody(Buffer.from(JSON.stringify({ [text]: text })))
    context.responseObject([Buffer.from(JSON.stringify({ [text]: text }))])
    return context.event('ResponseComplete', user, 200)
  }

  test.each(HOSTILE)('is one line of printable characters: %j', (text) => {
    const { line, item } = everywhere(text)
    expect(line).not.toMatch(/[\p{Cc}\u2028\u2029]/u)
    expect(Buffer.from(line).toString('utf8')).toBe(line)
    expect(item).toBe(`{${line.slice('{"kind":"Event","apiVersion":"audit.k8s.io/v1",'.length)}`)
  })

  test.each(HOSTILE)('tells it in its place and nowhere else: %j', (text) => {
    const whole = text.toWellFormed()
    const event = everywhere(text).toJSON()
    expect(event.user).toEqual({ username: whole, uid: whole, groups: [whole], extra: { [whole]: [whole] } })
    expect(event.impersonatedUser).toEqual(event.user)
    expect(event.auditID).toBe(whole)
    expect(Object.entries(event.annotations ?? {})).toEqual([[whole, whole]])
    expect(event.responseStatus?.message).toBe(whole)
    expect(Object.entries(event.requestObject as object)).toEqual([[whole, whole]])
  })
})

describe('a request body', () => {
  const told = (body: string | Buffer): unknown => {
    const context = begun({ level: 'Request' })
    context.requestBody(Buffer.from(body))
    return complete(context).toJSON().requestObject
  }

  test.each<[string, string, unknown]>([
    [
      'of JSON over several lines is its value',
      '[\n {"op":"remove",\n "path":"/a"}\n]',
      [{ op: 'remove', path: '/a' }],
    ],
    ['of YAML is its value', 'kind: Widget\nspec: {a: 1}\n', { kind: 'Widget', spec: { a: 1 } }],
    [
      'that says more than one value is a string',
      '{"a":1},"user":{"username":"root"}',
      '{"a":1},"user":{"username":"root"}',
    ],
    ['that is nothing known is a string', '{"a": [\n', '{"a": [\n'],
    ['of nothing is not told', '', undefined],
  ])('%s', (_, body, expected) => expect(told(body)).toEqual(expected))

  test('keeps numbers that no double holds', () => {
    const context = begun({ level: 'Request' })
    context.requestBody(Buffer.from('{"n":9007199254740993}'))
    expect(complete(context).line).toContain('"requestObject":{"n":9007199254740993}')
  })

  test('of bytes that are no UTF-8 is told as if they were', () => {
    expect(told(Buffer.from([0x22, 0xff, 0x22]))).toBe('\ufffd')
  })

  test('of much YAML is a string, for reading it takes long', () => {
    const yaml = `a: |\n${'  x\n'.repeat(5000)}`
    expect(told(yaml)).toBe(yaml)
  })
})

describe('at level Metadata', () => {
  test('no body is told, and none is asked for', () => {
    const context = begun()
    expect([context.wantsRequestObject, context.wantsResponseObject]).toEqual([false, false])
    context.requestBody(Buffer.from('{"password":"hunter2"}'))
    context.requestObject('{"password":"hunter2"}')
    context.responseObject([Buffer.from('{"password":"hunter2"}')])
    expect(complete(context).line).not.toContain('hunter2')
  })

  test('a body is not even looked at', () => {
    const touched = new Proxy(Buffer.from('{}'), {
      get: () => {
        throw new Error('the body was read')
      },
    })
    const context = begun()
    context.requestBody(touched)
    context.responseObject([touched])
    expect(() => complete(context)).not.toThrow()
  })
})

test('at level Request the answer is not told', () => {
  const context = begun({ level: 'Request' })
  context.requestObject('{"a":1}')
  context.responseObject([Buffer.from('{"b":1}')])
  expect(complete(context).toJSON()).toMatchObject({ requestObject: { a: 1 } })
  expect(complete(context).toJSON()).not.toHaveProperty('responseObject')
})

test('an answer of many pieces is joined, and its newline left out', () => {
  const context = begun({ level: 'RequestResponse' })
  context.responseObject([Buffer.from('{"items":['), Buffer.from('1'), Buffer.from(']}\n')])
  expect(complete(context).line).toContain(',"responseObject":{"items":[1]},"requestReceived')
})

test('an answer of more than 8 MiB is left out, and that is said', () => {
  const context = begun({ level: 'RequestResponse' })
  const piece = Buffer.from(`"${'x'.repeat(1024 * 1024)}"`)
  context.responseObject(Array.from({ length: 9 }, () => piece))
  expect(complete(context).toJSON()).toMatchObject({ annotations: { 'audit.k8s.io/truncated': 'true' } })
  expect(complete(context).size).toBeLessThan(1000)
})

describe('annotations', () => {
  test('stand in the order of their keys, and the first value of a key stays', () => {
    const context = begun()
    for (const key of ['c', 'a', 'b', 'a']) context.annotate(key, key === 'a' ? `${key}${Math.random()}` : key)
    const { annotations } = complete(context).toJSON()
    expect(Object.keys(annotations ?? {})).toEqual(['a', 'b', 'c'])
    context.annotate('a', 'other')
    expect(complete(context).toJSON().annotations).toEqual(annotations)
  })

  test('of an event do not change when others come', () => {
    const context = begun()
    context.annotate('a', '1')
    const first = complete(context)
    context.annotate('b', '2')
    expect(first.toJSON().annotations).toEqual({ a: '1' })
  })

  test('are bounded in number', () => {
    const context = begun()
    for (let i = 0; i < 10_000; i++) context.annotate(String(i), 'x')
    expect(Object.keys(complete(context).toJSON().annotations ?? {})).toHaveLength(128)
  })
})

describe('a User-Agent', () => {
  const told = (header: string) => complete(begun({ headers: { 'user-agent': header } })).toJSON().userAgent

  test('of more than 1024 characters is cut, and that is said', () => {
    expect(told('x'.repeat(1024 * 1024))).toBe(`${'x'.repeat(1024)}...TRUNCATED`)
    expect(told('x'.repeat(1024))).toBe('x'.repeat(1024))
  })

  test('is told as the UTF-8 that was sent', () => {
    expect(told(Buffer.from('köä').toString('latin1'))).toBe('köä')
    expect(told('k\u00f6')).toBe('k\ufffd')
  })
})

test('the URI is the whole one, also where the API is mounted below a path', () => {
  const request = { url: '/apis?a=b', originalUrl: '/prefix/apis?a=b', headers: {}, socket: {} }
  const mounted = begun({ request: { request: request as unknown as IncomingMessage } })
  expect(complete(mounted).toJSON().requestURI).toBe('/prefix/apis?a=b')
})

test('a connection that ended before its answer is told as Kubernetes tells it', () => {
  expect(begun().event('ResponseComplete', undefined).toJSON().responseStatus).toEqual({
    metadata: {},
    status: 'Success',
    message: 'Connection closed early',
    code: 200,
  })
})

test('a panic is told with at most 4096 characters', () => {
  const context = begun()
  context.panicked(new Error('x'.repeat(1_000_000)))
  expect(context.event('Panic', undefined, 500).toJSON().responseStatus?.message).toHaveLength(4096)
})

describe('an event without its objects', () => {
  test('says so, beside its other annotations', () => {
    const context = begun({ level: 'Request' })
    context.requestObject('{"a":1}')
    context.annotate('z', '1')
    const event = complete(context).withoutObjects().toJSON()
    expect(event.annotations).toEqual({ z: '1', 'audit.k8s.io/truncated': 'true' })
    expect(event).not.toHaveProperty('requestObject')
  })

  test('is the event itself if it never had any', () => {
    const event = complete(begun())
    expect(event.withoutObjects()).toBe(event)
  })
})

describe('a time', () => {
  test.each([
    [Date.UTC(2001, 1, 3, 4, 5, 6), '2001-02-03T04:05:06.000000Z'],
    [Date.UTC(2001, 1, 3, 4, 5, 6, 7) + 0.891, '2001-02-03T04:05:06.007891Z'],
    [Date.UTC(2001, 1, 3, 4, 5, 6, 999) + 0.9999, '2001-02-03T04:05:06.999999Z'],
    [Date.UTC(2001, 1, 3, 4, 5, 7), '2001-02-03T04:05:07.000000Z'],
  ])('%d is %s', (time, text) => expect(formatMicroTime(time)).toBe(text))

  test('of now follows the wall clock and never precedes it', () => {
    for (let i = 0; i < 1000; i++) {
      const before = Date.now()
      const now = preciseNow()
      expect(now).toBeGreaterThanOrEqual(before)
      expect(now).toBeLessThan(Date.now() + 1.5)
    }
  })
})

test('a plain text is quoted as it is', () => expect(quoted('system:admin /a?b=c')).toBe('"system:admin /a?b=c"'))
