import type { AdmissionPlugin } from 'express-apiserver'
import { afterAll, describe, expect, test, vi } from 'vitest'
import type { EventObject } from '../../../lib/audit/index.js'
import { RequestContext } from '../../../lib/endpoints/index.js'
import { annotateLatency } from '../../../lib/server/filters/latency-annotations.js'
import { freshPath, served, widget } from '../harness.js'

// Time passes only where a test says so; the server takes its clock when it is made.
vi.useFakeTimers({ toFake: ['Date'] })
afterAll(() => {
  vi.useRealTimers()
})

const context = (startedAt: number): [RequestContext, Map<string, string>] => {
  const annotations = new Map<string, string>()
  const ctx = new RequestContext({} as RequestContext['request'], {} as RequestContext['response'], '/')
  ctx.startedAt = startedAt
  ctx.audit = { annotate: (key: string, value: string) => void annotations.set(key, value) } as never
  return [ctx, annotations]
}

describe('where a slow request spent its time', () => {
  test('is said layer by layer, as Go durations', () => {
    const [ctx, annotations] = context(Date.now() - 1500)
    ctx.addLatency('etcd', 400)
    ctx.addLatency('etcd', 0.25)
    annotateLatency(ctx)
    expect([...annotations.keys()]).toEqual(['apiserver.latency.k8s.io/total', 'apiserver.latency.k8s.io/etcd'])
    expect(annotations.get('apiserver.latency.k8s.io/etcd')).toBe('400.25ms')
    expect(annotations.get('apiserver.latency.k8s.io/total')).toBe('1.5s')
  })

  test('is not said of a quick one', () => {
    const [ctx, annotations] = context(Date.now() - 500)
    ctx.addLatency('etcd', 400)
    annotateLatency(ctx)
    expect(annotations.size).toBe(0)
  })
})

describe('a server with an audit log', () => {
  const events: EventObject[] = []
  const slow: AdmissionPlugin = {
    name: 'Slow',
    handles: ['CREATE'],
    validate() {
      vi.setSystemTime(Date.now() + 501)
    },
  }
  const server = served({
    admission: [slow],
    audit: {
      policy: { rules: [{ level: 'Metadata' }] },
      backends: [
        {
          name: 'collector',
          processEvents: (batch) => events.push(...batch.map((event) => event.toJSON())) > 0,
          close: () => Promise.resolve(),
        },
      ],
    },
  })

  test('says of a slow write how long the store took', async () => {
    const path = freshPath()
    expect((await server.send(path, { body: widget('a') })).status).toBe(201)
    await server.send(`${path}/a`)
    const ends = events.filter(({ stage }) => stage === 'ResponseComplete')
    expect(ends.map(({ annotations }) => Object.keys(annotations ?? {}))).toEqual([
      ['apiserver.latency.k8s.io/etcd', 'apiserver.latency.k8s.io/total'],
      [],
    ])
  })
})
