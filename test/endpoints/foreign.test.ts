import type { KubeObject } from 'express-apiserver'
import { describe, expect, test } from 'vitest'
import { backgroundContext } from '../../lib/meta/context.js'
import { create, freshPath, served, V1, V2, widget } from '../server/harness.js'
import { openWatch } from '../support/server.js'

const server = served()
const ctx = backgroundContext()

const keyOf = (path: string, name: string) =>
  `/registry/example.com/widgets/${path.split('/namespaces/')[1]?.split('/')[0]}/${name}`

/** Puts bytes where the object of this name would stand. */
async function store(path: string, name: string, value: string | Buffer): Promise<void> {
  await server.api.ready()
  const result = await server.kv.create(ctx, keyOf(path, name), Buffer.from(value))
  expect(result.ok).toBe(true)
}

/** A custom resource as kube-apiserver writes it: keys sorted, a newline behind it. */
const sorted = (name: string, namespace: string) =>
  `{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"annotations":{"metadata":"{}"},"creationTimestamp":"2024-05-01T10:00:00Z","generation":1,"managedFields":[{"apiVersion":"example.com/v1","fieldsType":"FieldsV1","fieldsV1":{"f:spec":{"f:size":{}}},"manager":"kubectl","operation":"Update","time":"2024-05-01T10:00:00Z"}],"name":"${name}","namespace":"${namespace}","uid":"5f0e1d2c-0000-4000-8000-000000000000"},"spec":{"color":"red","size":"3x4"},"status":{"metadata":{"resourceVersion":"1"}}}\n`

describe('objects that a kube-apiserver wrote', () => {
  test('are got, listed, watched, converted, changed and deleted', async () => {
    const path = freshPath(V1)
    const namespace = path.split('/').at(-2) ?? ''
    await store(path, 'foreign', sorted('foreign', namespace))
    await create(server, path, widget('own', { size: '1x1' }))

    const got = (await server.send(`${path}/foreign`)).json<KubeObject>()
    const stored = JSON.parse(sorted('foreign', namespace))
    expect(got).toEqual({
      ...stored,
      metadata: { ...stored.metadata, resourceVersion: expect.stringMatching(/^\d+$/) },
    })

    const { items } = (await server.send(path)).json<{ items: KubeObject[] }>()
    expect(items.map(({ metadata }) => metadata.name)).toEqual(['foreign', 'own'])
    const watch = await openWatch(`${server.url}${path}?watch=true`)
    const events = await watch.until((seen) => seen.length === 2)
    expect(events[0]).toEqual({ type: 'ADDED', object: got })

    const converted = (await server.send(`${path.replace(V1, V2)}/foreign`)).json<KubeObject>()
    expect(converted).toMatchObject({ apiVersion: 'example.com/v2', spec: { color: 'red', width: 3, height: 4 } })

    const headers = { 'content-type': 'application/merge-patch+json' }
    const body = '{"spec":{"size":"5x6"}}'
    const patched = await server.send(`${path}/foreign`, { method: 'PATCH', headers, body })
    expect(patched.json()).toMatchObject({ spec: { color: 'red', size: '5x6' }, metadata: { generation: 2 } })
    expect((await server.send(`${path}/foreign`, { method: 'DELETE' })).json()).toMatchObject({ status: 'Success' })
    const last = await watch.until((seen) => seen.length === 4)
    expect(last.slice(2).map(({ type, object }) => `${type} ${object.metadata.name}`)).toEqual([
      'MODIFIED foreign',
      'DELETED foreign',
    ])
    watch.cancel()
  })
})

describe('values that cannot be read', () => {
  const bad: readonly (readonly [string, string])[] = [
    ['protobuf', 'k8s\0\n\x10\n\x02v1\x12\x06Widget'],
    ['half an object', '{"kind":"Widget","apiVersion":"example.com/v1","metadata":{"name":"bad"},"spec":{'],
    ['another kind', '{"kind":"Secret","apiVersion":"v1","metadata":{"name":"bad"}}'],
    ['something behind the object', '{"apiVersion":"example.com/v1","kind":"Widget","metadata":{}}{}'],
  ]

  test.each(bad)('%s is an error that names the key, and the others are served', async (_, value) => {
    const path = freshPath(V1)
    await create(server, path, widget('good'))
    await store(path, 'bad', value)
    for (const at of [`${path}/bad`, path, `${path}?labelSelector=a`, `${path.replace(V1, V2)}/bad`]) {
      const answer = await server.send(at)
      expect(answer.json(), at).toMatchObject({ kind: 'Status', status: 'Failure', code: 500 })
      expect(answer.json<{ message: string }>().message).toContain(
        `the value stored at ${keyOf(path, 'bad')} cannot be read: `,
      )
    }
    expect((await server.send(`${path}/good`)).status).toBe(200)
    expect((await server.send(`${path}?fieldSelector=metadata.name%3Dgood`)).status).toBe(200)
  })

  test('end a watch with an error event, after what could be read', async () => {
    const path = freshPath(V1)
    await create(server, path, widget('good'))
    const watch = await openWatch(`${server.url}${path}?watch=true`)
    await watch.until((seen) => seen.length === 1)
    await store(path, 'bad', 'k8s\0')
    const [, error] = await watch.until((seen) => seen.length === 2)
    const message = expect.stringContaining(`${keyOf(path, 'bad')} cannot be read`)
    expect(error).toMatchObject({
      type: 'ERROR',
      object: { kind: 'Status', code: 500, reason: 'InternalError', message },
    })
    await watch.ended
  })
})
