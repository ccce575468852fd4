import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import {
  type Attributes,
  type Authorizer,
  type AuthorizerResult,
  authorizerOf,
  rbac,
} from '../../../lib/authorization/index.js'
import type { RequestContext } from '../../../lib/endpoints/index.js'
import { auditDecision } from '../../../lib/server/filters/authorization.js'
import { GROUP, type Guarded, guarded } from '../../apis/harness.js'

const FLUNDERS = `${GROUP}/namespaces/default/flunders`

/** Answers whatever a test wants next. */
let decision: () => Promise<AuthorizerResult> | AuthorizerResult = () => ({ decision: 'allow', reason: '' })
const seen: Attributes[] = []
const told: [string, string][] = []
const served: RequestContext[] = []
/** The request that was asked about last. */
let waiting: RequestContext | undefined
const steered: Authorizer = {
  authorize(attributes, ctx) {
    seen.push(attributes)
    waiting = ctx as RequestContext
    return decision()
  },
}

describe('a request', () => {
  const server = guarded({
    authorizer: steered,
    onServed: (ctx) => void served.push(ctx),
    onDecision: (_ctx: RequestContext, _attributes, result) => void told.push([auditDecision(result), result.reason]),
  })
  const asked = async (path: string, method = 'GET', query = '') => {
    seen.length = 0
    decision = () => ({ decision: 'noOpinion', reason: '' })
    await server.send(path + query, { method, as: 'jane' })
    const { user: _, ...attributes } = seen[0]!
    return attributes
  }

  test('that is allowed goes on, whether the decision was at hand or not', async () => {
    for (const later of [false, true]) {
      const result = { decision: 'allow', reason: 'yes' } as const
      decision = () => (later ? new Promise((resolve) => setImmediate(() => resolve(result))) : result)
      expect((await server.send(`${FLUNDERS}/one`, { as: 'jane' })).status).toBe(200)
    }
  })

  test.each(['noOpinion', 'deny'] as const)(
    'that nobody allows (%s) is answered 403 as Kubernetes does',
    async (word) => {
      decision = () => ({ decision: word, reason: '' })
      const answer = await server.send(`${FLUNDERS}/one`, { as: 'jane', method: 'DELETE' })
      expect(answer.status).toBe(403)
      expect(answer.headers['x-content-type-options']).toBe('nosniff')
      expect(answer.headers['content-type']).toBe('application/json')
      expect(answer.text).toBe(
        `${JSON.stringify({
          kind: 'Status',
          apiVersion: 'v1',
          metadata: {},
          status: 'Failure',
          message:
            'flunders.wardle.example.com "one" is forbidden: User "jane" cannot delete resource "flunders" in API group "wardle.example.com" in the namespace "default"',
          reason: 'Forbidden',
          details: { name: 'one', group: 'wardle.example.com', kind: 'flunders' },
          code: 403,
        })}\n`,
      )
      decision = () => ({ decision: 'allow', reason: '' })
      expect((await server.send(`${FLUNDERS}/one`, { as: 'jane' })).status, 'it is still there').toBe(200)
    },
  )

  test.each<[string, string, string, string]>([
    [
      'of a list in a namespace',
      'GET',
      FLUNDERS,
      'flunders.wardle.example.com is forbidden: User "jane" cannot list resource "flunders" in API group "wardle.example.com" in the namespace "default"',
    ],
    [
      'of a watch over all namespaces',
      'GET',
      `${GROUP}/flunders?watch=1`,
      'flunders.wardle.example.com is forbidden: User "jane" cannot watch resource "flunders" in API group "wardle.example.com" at the cluster scope',
    ],
    [
      'of a subresource',
      'PUT',
      `${FLUNDERS}/one/status`,
      'flunders.wardle.example.com "one" is forbidden: User "jane" cannot update resource "flunders/status" in API group "wardle.example.com" in the namespace "default"',
    ],
    [
      'of the core group, served or not',
      'GET',
      '/api/v1/pods/x',
      'pods "x" is forbidden: User "jane" cannot get resource "pods" in API group "" at the cluster scope',
    ],
    ['of a path', 'GET', '/foo', 'forbidden: User "jane" cannot get path "/foo"'],
    ['of a path with another method', 'POST', '/foo', 'forbidden: User "jane" cannot post path "/foo"'],
    ['of a path that is markup', 'GET', '/%3Cb%3E%26', 'forbidden: User "jane" cannot get path "/&lt;b&gt;&amp;"'],
    ['of a path with a control character', 'GET', '/a%0Ab', 'forbidden: User "jane" cannot get path "/a\\nb"'],
  ])('%s is refused in the words of Kubernetes', async (_, method, path, message) => {
    decision = () => ({ decision: 'noOpinion', reason: '' })
    const answer = await server.send(path, { as: 'jane', method })
    expect([answer.status, answer.json().message]).toEqual([403, message])
  })

  test('hears the reason, which is told as it is', async () => {
    decision = () => ({ decision: 'deny', reason: 'a <b> & "c"' })
    expect((await server.send('/foo', { as: 'jane' })).json().message).toBe(
      'forbidden: User "jane" cannot get path "/foo": a <b> & "c"',
    )
  })

  test('of nobody is one of system:anonymous', async () => {
    decision = () => ({ decision: 'noOpinion', reason: '' })
    expect((await server.send('/foo')).json().message).toBe('forbidden: User "system:anonymous" cannot get path "/foo"')
  })

  test('is answered in the form that it accepts', async () => {
    decision = () => ({ decision: 'noOpinion', reason: '' })
    const answer = await server.send('/foo', { as: 'jane', headers: { accept: 'application/yaml' } })
    expect(answer.headers['content-type']).toBe('application/yaml')
    expect(answer.text).toContain('reason: Forbidden')
  })

  test('with a body that nobody reads is answered all the same', async () => {
    decision = () => ({ decision: 'noOpinion', reason: '' })
    expect((await server.send(FLUNDERS, { as: 'jane', body: { x: 'y'.repeat(500_000) } })).status).toBe(403)
  })

  test('that cannot be decided is answered 500 in plain text, without the words of a program, and reported', async () => {
    server.reported.length = 0
    decision = () => {
      throw new Error('the <directory> is away')
    }
    const answer = await server.send('/foo?a=1&b=2', { as: 'jane' })
    expect([
      answer.status,
      answer.headers['content-type'],
      answer.headers['x-content-type-options'],
      answer.text,
    ]).toEqual([
      500,
      'text/plain; charset=utf-8',
      'nosniff',
      'Internal Server Error: "/foo?a=1&amp;b=2": the &lt;directory&gt; is away\n',
    ])
    decision = () => Promise.reject(new TypeError('x.y is not a function'))
    const mistake = await server.send('/foo', { as: 'jane' })
    expect(mistake.text).toBe('Internal Server Error: "/foo": an unexpected error, which the log of the server tells\n')
    expect(server.reported.map(String)).toEqual(['Error: the <directory> is away', 'TypeError: x.y is not a function'])
  })

  test('goes on when it is allowed although something went wrong', async () => {
    decision = () => ({ decision: 'allow', reason: '', error: new Error('half of it') })
    expect((await server.send('/healthz', { as: 'jane' })).status).toBe(200)
  })

  test('that was answered while it waited for a decision goes no further, whatever is decided then', async () => {
    for (const word of ['allow', 'deny'] as const) {
      server.reported.length = 0
      told.length = 0
      served.length = 0
      let decide = (_: AuthorizerResult) => {}
      const later = new Promise<AuthorizerResult>((resolve) => {
        decide = resolve
      })
      decision = () => later
      seen.length = 0
      const answer = server.send('/healthz', { as: 'jane' })
      await expect.poll(() => seen.length).toBe(1)
      waiting!.response.writeHead(504).end('too late')
      decide({ decision: word, reason: '' })
      expect((await answer).text).toBe('too late')
      await expect.poll(() => told.length).toBe(1)
      expect([server.reported, served]).toEqual([[], []])
    }
  })

  test('is told to audit and metrics, allowed or not', async () => {
    told.length = 0
    decision = () => ({ decision: 'allow', reason: 'yes' })
    await server.send('/healthz', { as: 'jane' })
    decision = () => ({ decision: 'deny', reason: 'no' })
    await server.send('/healthz', { as: 'jane' })
    expect(told).toEqual([
      ['allow', 'yes'],
      ['forbid', 'no'],
    ])
  })

  const nothing = {
    namespace: '',
    apiGroup: '',
    apiVersion: '',
    resource: '',
    subresource: '',
    name: '',
    fieldSelector: '',
    labelSelector: '',
  }
  const flunder = { isResourceRequest: true, apiGroup: 'wardle.example.com', apiVersion: 'v1', resource: 'flunders' }

  test.each<[string, [path: string, method?: string, query?: string], Partial<Attributes>]>([
    ['a path', ['/healthz'], { verb: 'get', path: '/healthz', isResourceRequest: false }],
    ['a path with HEAD', ['/healthz', 'HEAD'], { verb: 'head', path: '/healthz', isResourceRequest: false }],
    ['a get', [`${FLUNDERS}/one`], { ...flunder, verb: 'get', namespace: 'default', name: 'one' }],
    [
      'a HEAD of an object',
      [`${FLUNDERS}/one`, 'HEAD'],
      { ...flunder, verb: 'get', namespace: 'default', name: 'one' },
    ],
    ['a create', [FLUNDERS, 'POST'], { ...flunder, verb: 'create', namespace: 'default' }],
    ['a patch', [`${FLUNDERS}/one`, 'PATCH'], { ...flunder, verb: 'patch', namespace: 'default', name: 'one' }],
    ['a deletion of all', [FLUNDERS, 'DELETE'], { ...flunder, verb: 'deletecollection', namespace: 'default' }],
    [
      'a list by name',
      [FLUNDERS, 'GET', '?fieldSelector=metadata.name%3Done'],
      { ...flunder, verb: 'list', namespace: 'default', name: 'one', fieldSelector: 'metadata.name=one' },
    ],
    [
      'a watch by the old path',
      [`${GROUP}/watch/namespaces/default/flunders`],
      { ...flunder, verb: 'watch', namespace: 'default' },
    ],
    ['a discovery document', [GROUP], { verb: 'get', path: GROUP, isResourceRequest: false }],
  ])('asks for what it is: %s', async (_, [path, method, query], expected) => {
    expect(await asked(path, method, query)).toEqual({ ...nothing, path, ...expected })
  })
})

describe('tricks with paths', () => {
  /** Sees flunders in one namespace and the health of the server, and nothing else. */
  const server = guarded({
    authorizer: authorizerOf({
      alwaysAllowPaths: ['/healthz', '/healthz/*'],
      rbac: rbac({
        bootstrapPolicy: false,
        objects: [
          {
            kind: 'ClusterRole',
            metadata: { name: 'r' },
            rules: [{ verbs: ['*'], apiGroups: ['wardle.example.com'], resources: ['flunders'] }],
          },
          {
            kind: 'RoleBinding',
            metadata: { name: 'b', namespace: 'default' },
            subjects: [{ kind: 'User', name: 'jane' }],
            roleRef: { kind: 'ClusterRole', name: 'r' },
          },
        ],
      }),
    }),
  })

  test('what is allowed is served', async () => {
    expect((await server.send(FLUNDERS, { as: 'jane' })).status).toBe(200)
    expect((await server.send('/healthz', { as: 'jane' })).text).toBe('served /healthz')
    const secret = await server.send(`${GROUP}/fischers`, { as: 'root', groups: ['system:masters'] })
    expect(secret.text).toContain('mark of secret')
  })

  test.each([
    '//healthz',
    '/healthz%00',
    '/HEALTHZ',
    '/healthzz',
    '/./healthz',
    '/metrics/../healthz',
    `${GROUP}/fischers`,
    `${GROUP}//fischers`,
    `${GROUP}/fischers/`,
    `${GROUP}/%66ischers`,
    `${GROUP}/namespaces/default/fischers`,
    `${GROUP}/namespaces/default/flunders/../fischers`,
    `${GROUP}/namespaces/default/flunders/../../../fischers/secret`,
    `${GROUP}/namespaces/default/../../fischers/secret`,
    `${GROUP}/namespaces/default%2F..%2F..%2Ffischers`,
    `${GROUP}/flunders`,
    `${GROUP}/namespaces//flunders`,
    `${GROUP}/namespaces/%20/flunders`,
    `${GROUP}/namespaces/other/flunders`,
    `${GROUP}/watch/fischers`,
    `${GROUP}/watch/flunders`,
    `${GROUP}/proxy/fischers`,
    '//apis/wardle.example.com/v1/fischers',
    '/%61pis/wardle.example.com/v1/fischers',
    '/apis%2Fwardle.example.com%2Fv1%2Ffischers',
    '/apis/wardle.example.com%2fv1/fischers',
    '/apis/wardle.example.com/v1/fischers?x=/healthz',
    '/apis/wardle.example.com/v1/fischers#/healthz',
    '/apis;/healthz/wardle.example.com/v1/fischers',
  ])('%s lets nobody see more', async (path) => {
    const answer = await rawGet(server, path)
    expect(answer.status, answer.text).toBe(403)
  })

  test.each([
    '/healthz/../apis/wardle.example.com/v1/fischers',
    '/healthz/../metrics',
    '/healthz/%2e%2e/metrics',
    '/healthz/..%2fmetrics',
  ])('%s is allowed as what it says, below /healthz, and leads nowhere else', async (path) => {
    expect((await rawGet(server, path)).status).toBe(404)
  })

  test('for any path made of tricky parts, nothing is served but what was authorised', async () => {
    const served: string[] = []
    const parts = [
      'apis',
      'wardle.example.com',
      'v1',
      'fischers',
      'flunders',
      'namespaces',
      'default',
      'secret',
      '',
      '.',
      '..',
      '%2e%2e',
      '%2F',
      'watch',
      'proxy',
      'healthz',
      'status',
      '%00',
    ]
    let state = 7
    const next = (below: number) => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
      return Math.floor((state / 2_147_483_648) * below)
    }
    for (let i = 0; i < 600; i++) {
      const tail = Array.from({ length: 1 + next(6) }, () => parts[next(parts.length)]!).join('/')
      const path = next(4) === 0 ? `/${tail}` : `${GROUP}/${tail}`
      const { status, text } = await rawGet(server, path)
      expect(text, path).not.toContain('mark of secret')
      if (status === 200) served.push(path)
      if (status === 200 && !path.includes('healthz')) expect(text, path).toContain('Flunder')
    }
    expect(served.length).toBeGreaterThan(0)
  })
})

/** The path exactly as it is: clients would tidy it. */
function rawGet(server: Guarded, path: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(server.url)
    const socket = connect(Number(port), hostname, () => {
      socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nX-User: jane\r\nConnection: close\r\n\r\n`)
    })
    let text = ''
    let timer: NodeJS.Timeout | undefined
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      // A watch goes on for ever; what else it would show has come soon after the first object.
      if (text.includes('Flunder')) timer ??= setTimeout(() => socket.destroy(), 200)
    })
    socket.once('error', reject)
    socket.once('close', () => {
      clearTimeout(timer)
      resolve({ status: Number(text.slice(9, 12)), text: text.slice(text.indexOf('\r\n\r\n')) })
    })
  })
}
