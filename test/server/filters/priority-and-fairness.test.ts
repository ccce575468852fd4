import { request as plainRequest } from 'node:http'
import { afterEach, describe, expect, test } from 'vitest'
import {
  FlowController,
  type FlowControllerOptions,
  type PriorityLevelConfiguration,
} from '../../../lib/flowcontrol/index.js'
import { withPriorityAndFairness } from '../../../lib/server/filters/priority-and-fairness.js'
import { writeText } from '../../../lib/server/text.js'
import { send } from '../../support/server.js'
import { endings, type Held, held, until } from './held.js'

const PODS = '/api/v1/namespaces/a/pods'
const ADMIN = { headers: { 'x-user': 'admin', 'x-groups': 'system:masters' } }

/** One seat and one place to wait for everybody but the masters. */
const narrow: PriorityLevelConfiguration = {
  metadata: { name: 'global-default', uid: '11111111-1111-4111-8111-111111111111' },
  spec: {
    type: 'Limited',
    limited: {
      nominalConcurrencyShares: 1,
      limitResponse: { type: 'Queue', queuing: { queues: 1, handSize: 1, queueLengthLimit: 1 } },
    },
  },
}

let open: Held | undefined
let controller: FlowController | undefined
afterEach(async () => {
  controller?.close()
  await open?.server.close()
})

async function limited(options: FlowControllerOptions = {}, serve?: Parameters<typeof held>[1]) {
  const flowControl = new FlowController({ priorityLevels: [narrow], totalConcurrency: 1, ...options })
  controller = flowControl
  open = await held(withPriorityAndFairness(flowControl), serve)
  const { url } = open.server
  const { queueSet } = flowControl.levels.find(({ name }) => name === 'global-default')!
  return { ...open, ask: (path: string, sent = {}) => send(url + path, sent), url, queueSet, flowControl }
}

describe('a request', () => {
  test('is told its flow schema and its level by their uids', async () => {
    const { ask, flowControl } = await limited({}, (ctx) => writeText(ctx, 200, 'served'))
    const uidOf = (name: string) => flowControl.schemas.find((schema) => schema.name === name)?.uid
    const { headers } = await ask(PODS)
    expect(headers['x-kubernetes-pf-flowschema-uid']).toBe(uidOf('global-default'))
    expect(headers['x-kubernetes-pf-prioritylevel-uid']).toBe('11111111-1111-4111-8111-111111111111')
    const admin = await ask(PODS, ADMIN)
    expect(admin.headers['x-kubernetes-pf-flowschema-uid']).toBe(uidOf('exempt'))
  })

  test('waits for a seat, and is served then', async () => {
    const { ask, serving, release, served, queueSet } = await limited()
    const first = ask(PODS)
    await serving(1)
    const second = ask(PODS)
    await until(() => queueSet.requestsWaiting === 1)
    expect(served).toHaveLength(1)
    release()
    await serving(1)
    release()
    expect([(await first).text, (await second).text]).toEqual(['served', 'served'])
  })

  test('that finds its queue full is turned away as Kubernetes does it', async () => {
    const { ask, serving, release, queueSet } = await limited()
    const first = ask(PODS)
    await serving(1)
    const second = ask(PODS)
    await until(() => queueSet.requestsWaiting === 1)
    const { status, text, headers } = await ask(PODS)
    expect([status, text, headers['retry-after'], headers['content-type'], headers['x-content-type-options']]).toEqual([
      429,
      'Too many requests, please try again later.\n',
      '1',
      'text/plain; charset=utf-8',
      'nosniff',
    ])
    expect(headers['x-kubernetes-pf-prioritylevel-uid']).toBe('11111111-1111-4111-8111-111111111111')
    release()
    await serving(1)
    release()
    await Promise.all([first, second])
  })

  test('that waited too long is turned away, and leaves its place', async () => {
    const { ask, serving, release, queueSet } = await limited({ requestWaitLimit: 50 })
    const first = ask(PODS)
    await serving(1)
    expect((await ask(PODS)).status).toBe(429)
    expect([queueSet.requestsWaiting, queueSet.timedOut]).toEqual([0, 1])
    release()
    await first
  })

  test('whose client leaves gives up its place, and is never served', async () => {
    const { ask, serving, release, url, queueSet, served } = await limited()
    const first = ask(PODS)
    await serving(1)
    const leaving = plainRequest(url + PODS, { agent: false }).end()
    leaving.on('error', () => {})
    await until(() => queueSet.requestsWaiting === 1)
    leaving.destroy()
    await until(() => queueSet.requestsWaiting === 0)
    expect(queueSet.cancelled).toBe(1)
    release()
    await first
    expect(served).toEqual([])
    await until(() => queueSet.seatsInUse === 0)
  })

  test('of an exempt level never waits', async () => {
    const { ask, serving, release } = await limited()
    const answers = [ask(PODS), ...Array.from({ length: 5 }, () => ask(PODS, ADMIN))]
    await serving(6)
    for (let i = 0; i < 6; i++) release()
    expect(new Set((await Promise.all(answers)).map(({ text }) => text))).toEqual(new Set(['served']))
  })

  test.each([`${PODS}/x/exec`, `${PODS}/x/log`, '/debug/pprof/heap'])(
    'that is meant to last (%s) takes no seat, and is told no level',
    async (path) => {
      const { ask, serving, release, queueSet } = await limited()
      const answers = [ask(path), ask(path)]
      await serving(2)
      expect(queueSet.seatsInUse).toBe(0)
      release()
      release()
      const [first] = await Promise.all(answers)
      expect(first?.headers['x-kubernetes-pf-flowschema-uid']).toBeUndefined()
    },
  )

  test.each(endings)('gives its seat back when it %s', async (_, serve, status) => {
    const { ask, queueSet } = await limited({}, serve)
    expect([(await ask(PODS)).status, (await ask(PODS)).status]).toEqual([status, status])
    await until(() => queueSet.seatsInUse === 0)
    expect(queueSet.dispatched).toBe(2)
  })

  test('about many objects takes more seats', async () => {
    const { ask, serving, release, queueSet } = await limited({
      totalConcurrency: 7500,
      objectCount: (resource) => (resource === 'deployments.apps' ? 450 : undefined),
    })
    const answer = ask('/apis/apps/v1/deployments')
    await serving(1)
    expect(queueSet.seatsInUse).toBe(5)
    release()
    await answer
  })
})

describe('a watch', () => {
  const watching =
    (begin: (initialized: () => void) => void) => (ctx: Parameters<NonNullable<Parameters<typeof held>[1]>>[0]) =>
      ctx.requestInfo?.verb === 'watch'
        ? new Promise<void>((resolve) => {
            ctx.response.writeHead(200).flushHeaders()
            begin(() => ctx.onWatchInitialized?.())
            ctx.response.once('close', resolve)
          })
        : void ctx.response.end('served')

  test('takes its seat until its initial events are out', async () => {
    let begin = () => {}
    const { ask, url, queueSet } = await limited(
      {},
      watching((initialized) => (begin = initialized)),
    )
    const stream = plainRequest(`${url}${PODS}?watch=true`, { agent: false }).end()
    stream.on('error', () => {})
    await until(() => queueSet.requestsExecuting === 1)
    const waiting = ask(PODS)
    await until(() => queueSet.requestsWaiting === 1)
    begin()
    expect((await waiting).text).toBe('served')
    expect(queueSet.seatsInUse).toBe(0)
    stream.destroy()
  })

  test('makes writes dearer until it ends', async () => {
    const { url, flowControl } = await limited(
      {},
      watching((initialized) => initialized()),
    )
    const write = {
      isResourceRequest: true,
      path: '',
      verb: 'update',
      apiPrefix: 'api',
      apiGroup: '',
      apiVersion: 'v1',
    }
    const info = {
      ...write,
      namespace: 'a',
      resource: 'pods',
      subresource: '',
      name: 'x',
      parts: [],
      fieldSelector: '',
      labelSelector: '',
    }
    const streams = Array.from({ length: 3 }, () => plainRequest(`${url}${PODS}?watch=true`, { agent: false }).end())
    for (const stream of streams) stream.on('error', () => {})
    await until(() => flowControl.watches.interested(info) === 3)
    for (const stream of streams) stream.destroy()
    await until(() => flowControl.watches.interested(info) === 0)
  })

  test('that waits for its seat is turned away like any other', async () => {
    const { ask, serving, release } = await limited({ requestWaitLimit: 30 })
    const first = ask(PODS)
    await serving(1)
    expect((await ask(`${PODS}?watch=true`)).status).toBe(429)
    release()
    await first
  })

  test('that fails before its answer begins gives its seat back', async () => {
    const { ask, queueSet } = await limited({}, () => {
      throw new Error('no')
    })
    expect((await ask(`${PODS}?watch=true`)).status).toBe(500)
    await until(() => queueSet.seatsInUse === 0)
    expect(queueSet.dispatched).toBe(1)
  })
})

describe('flows', () => {
  test('of two users take turns, whoever has more waiting', async () => {
    const queuing = { queues: 64, handSize: 1, queueLengthLimit: 50 }
    const level: PriorityLevelConfiguration = {
      metadata: { name: 'global-default' },
      spec: { type: 'Limited', limited: { nominalConcurrencyShares: 1, limitResponse: { type: 'Queue', queuing } } },
    }
    const { ask, serving, served, release, queueSet } = await limited({ priorityLevels: [level] })
    const as = (user: string) => ask(PODS, { headers: { 'x-user': user } })
    const answers = [as('many')]
    await serving(1)
    for (let i = 0; i < 6; i++) answers.push(as('many'))
    await until(() => queueSet.requestsWaiting === 6)
    answers.push(as('one'))
    await until(() => queueSet.requestsWaiting === 7)
    const order: (string | undefined)[] = []
    for (let i = 0; i < 8; i++) {
      await serving(1)
      order.push(served[0]?.user.name)
      release()
    }
    await Promise.all(answers)
    expect(order).toEqual(['many', 'one', ...new Array<string>(6).fill('many')])
  })
})
