import type { RequestListener } from 'node:http'
import { type ApiServerOptions, apiserver, defineRestResource } from 'express-apiserver'
import { describe, expect, onTestFinished, test } from 'vitest'
import { NoStore } from '../../lib/server/no-store.js'
import { listenOn, send } from '../support/server.js'
import { widgets } from './harness.js'

const hosts = (group: string) =>
  defineRestResource({
    group,
    version: 'v1',
    kind: 'Host',
    path: 'hosts',
    schema: { type: 'object', properties: { zone: { type: 'string' } } },
    selectableFields: { zone: (object) => String(object.zone ?? '') },
    storage: ({ list, table }) => ({
      kind: 'Host',
      namespaceScoped: () => true,
      list: async (ctx, query) => {
        const namespace = ctx.requestInfo?.namespace
        const all = [
          { metadata: { name: 'one', namespace: 'a', labels: { up: 'yes' } }, zone: 'east' },
          { metadata: { name: 'two', namespace: 'a' }, zone: 'west' },
          { metadata: { name: 'three', namespace: 'b' } },
        ]
        return list(namespace ? all.filter(({ metadata }) => metadata.namespace === namespace) : all, query, '3')
      },
      ...table(),
    }),
  })

async function serving(options: Partial<ApiServerOptions>): Promise<string> {
  const api = apiserver({ resources: [], ...options })
  const app: RequestListener = (_req, res) => void res.end('the app')
  const server = await listenOn(api.handler(app) as RequestListener)
  onTestFinished(async () => {
    await api.close()
    await server.close()
  })
  return server.url
}

const namesAt = async (url: string) => {
  const { items } = (await send(url)).json<{ items: { metadata: { name: string } }[] }>()
  return items.map(({ metadata }) => metadata.name)
}

describe('a server of resources that are stored nowhere', () => {
  test('needs no store: it is healthy, discovered and documented, and lists what selectors choose', async () => {
    const url = await serving({ restResources: [hosts('example.com')], health: true, metrics: true, index: true })
    const collection = `${url}/apis/example.com/v1/hosts`
    expect(await namesAt(collection)).toEqual(['one', 'two', 'three'])
    expect(await namesAt(`${url}/apis/example.com/v1/namespaces/b/hosts`)).toEqual(['three'])
    expect(await namesAt(`${collection}?labelSelector=up`)).toEqual(['one'])
    expect(await namesAt(`${collection}?fieldSelector=zone%3Dwest`)).toEqual(['two'])
    expect(await namesAt(`${collection}?fieldSelector=metadata.namespace%3Da,zone!%3Dwest`)).toEqual(['one'])
    expect((await send(`${collection}?fieldSelector=color%3Dred`)).status).toBe(400)
    expect((await send(`${url}/readyz`)).text).toBe('ok')
    expect((await send(`${url}/metrics`)).text).toContain('apiserver_request_total')
    expect((await send(`${url}/openapi/v3`)).json()).toMatchObject({ paths: { 'apis/example.com/v1': {} } })
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io'
    const { rows } = (await send(collection, { headers: { accept } })).json<{ rows: { cells: unknown[] }[] }>()
    expect(rows.map(({ cells }) => cells[0])).toEqual(['one', 'two', 'three'])
  })

  test.each([
    ['', 'APIVersions'],
    ['example.com', 'the app'],
  ])('answers for /api where one of them is in the core group alone: %j', async (group, seen) => {
    const url = await serving({ restResources: [hosts(group)] })
    expect((await send(`${url}/api`)).text).toContain(seen)
  })

  test('needs a store for resources that are kept', () => {
    expect(() => apiserver({ resources: [widgets] })).toThrow(
      new TypeError("apiserver needs a storage for its resources: lmdb('./data') or etcd({ hosts: [...] })"),
    )
  })
})

test('a store that keeps nothing is empty, and says so when something is to be kept', async () => {
  const store = new NoStore()
  expect(await store.range()).toMatchObject({ items: [], revision: await store.currentRevision() })
  expect([store.readIndex(), (await store.get()).kv, (await store.count()).count]).toEqual([1, undefined, 0])
  for (const write of [store.create(), store.update(), store.delete(), store.grantLease()])
    await expect(write).rejects.toThrow('this server keeps nothing')
  expect(() => store.watch()).toThrow('this server keeps nothing')
  await Promise.all([store.open(), store.compact(), store.close()])
  expect(store.compactedRevision()).toBe(0)
})
