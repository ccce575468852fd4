import { setInterval } from 'node:timers/promises'
import {
  type Context,
  defineRestResource,
  type KubeObject,
  notFound,
  type StoredObject,
  type WatchEvent,
} from 'express-apiserver'

const GROUP = 'metrics.example.com'

/** How this process does. Nothing of it is stored: each answer is measured when it is asked for. */
export interface ProcessMetrics extends KubeObject {
  readonly usage: { readonly cpuSeconds: number; readonly memoryBytes: number }
}

export interface MetricsOptions {
  /** How often those who watch are told, in milliseconds. Default 1,000. */
  readonly intervalMs?: number
}

/** One object for this process, which can be read, listed and watched, and not be written. */
export function processMetrics({ intervalMs = 1_000 }: MetricsOptions = {}) {
  const started = new Date(Date.now() - process.uptime() * 1000).toISOString().replace(/\.\d+Z$/, 'Z')
  const name = `process-${process.pid}`
  let version = 1

  /** Each measurement is a version of its own. */
  function measure(): ProcessMetrics {
    const { user, system } = process.cpuUsage()
    return {
      metadata: {
        name,
        labels: { runtime: 'node' },
        creationTimestamp: started,
        resourceVersion: String(version++),
      },
      usage: { cpuSeconds: (user + system) / 1e6, memoryBytes: process.memoryUsage.rss() },
    }
  }

  return defineRestResource({
    group: GROUP,
    version: 'v1alpha1',
    kind: 'ProcessMetrics',
    path: 'processes',
    schema: {
      type: 'object',
      description: 'What a process of the server uses.',
      properties: {
        usage: {
          type: 'object',
          properties: {
            cpuSeconds: { type: 'number', description: 'Time on the processor since the start.' },
            memoryBytes: { type: 'integer', description: 'Memory that is its own.' },
          },
        },
      },
    },
    storage: ({ answer, list, table }) => ({
      kind: 'ProcessMetrics',
      namespaceScoped: () => false,
      singularName: () => 'process',
      shortNames: () => ['ps'],
      async get(_ctx, asked) {
        if (asked !== name) throw notFound({ group: GROUP, resource: 'processes' }, asked)
        return answer(measure())
      },
      async list(_ctx, query) {
        const metrics = measure()
        return list([metrics], query, metrics.metadata.resourceVersion)
      },
      async watch(ctx, query) {
        const startsAnew = query.resourceVersion === '' || query.resourceVersion === '0'
        return changes(ctx, startsAnew ? 'ADDED' : 'MODIFIED', () => list([measure()], query).items)
      },
      ...table([
        { name: 'CPU', type: 'string', value: (object) => `${usageOf(object).cpuSeconds.toFixed(1)}s` },
        { name: 'Memory', type: 'string', value: (object) => `${Math.round(usageOf(object).memoryBytes / 2 ** 20)}Mi` },
        { name: 'Age', type: 'date', value: ({ metadata }) => metadata.creationTimestamp },
      ]),
    }),
  })

  /** Until the client goes away, or the watch has lasted its time. */
  async function* changes(
    { signal }: Context,
    first: 'ADDED' | 'MODIFIED',
    now: () => readonly StoredObject[],
  ): AsyncGenerator<WatchEvent> {
    for (const object of now()) yield { type: first, object }
    try {
      for await (const _ of setInterval(intervalMs, undefined, { signal }))
        for (const object of now()) yield { type: 'MODIFIED', object }
    } catch (err) {
      if (!signal.aborted) throw err
    }
  }
}

const usageOf = (object: KubeObject) => (object as ProcessMetrics).usage
