import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { apiserver, type KubeObject, lmdb } from 'express-apiserver'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ListeningServer, listenOn, send } from '../support/server.js'
import { GADGETS, gadgets } from './watch/served.js'

const MAX_BYTES = 3000
const TOO_LARGE = { status: 'Failure', message: 'etcdserver: request is too large', code: 500 }
const APPLY = { 'content-type': 'application/apply-patch+yaml' }
const MERGE = { 'content-type': 'application/merge-patch+json' }

const folder = mkdtempSync(join(tmpdir(), 'express-apiserver-too-large-'))
const api = apiserver({ resources: [gadgets], storage: lmdb(folder, { maxValueBytes: MAX_BYTES }) })
let server: ListeningServer
beforeAll(async () => {
  await api.ready()
  server = await listenOn(api.handler())
})
afterAll(async () => {
  await server.close()
  await api.close()
  rmSync(folder, { recursive: true })
})

/** Labels that fit into the store, but not together with the managedFields that speak of each of them. */
const labels = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`label-number-${i}`, 'x']))
const crowded = (name: string): KubeObject => ({
  apiVersion: 'watched.example.com/v1',
  kind: 'Gadget',
  metadata: { name, labels },
})
const huge = (name: string) => ({ ...crowded(name), spec: { text: 'x'.repeat(MAX_BYTES) } })
const empty = async (name: string) => {
  const made = await send(server.url + GADGETS, { body: { metadata: { name } } })
  expect(made.status).toBe(201)
  return made.json<KubeObject>()
}

describe('an object that is too large for the store with its managedFields', () => {
  it('is created without them', async () => {
    const answer = await send(server.url + GADGETS, { body: crowded('created') })
    expect(answer.status).toBe(201)
    const { metadata } = answer.json<KubeObject>()
    expect(metadata.labels).toEqual(labels)
    expect(metadata).not.toHaveProperty('managedFields')
  })

  it.each(['PUT', 'PATCH'])('loses them by a %s', async (method) => {
    const name = `by-${method.toLowerCase()}`
    const { metadata } = await empty(name)
    expect(metadata.managedFields).toHaveLength(1)
    const body = { ...crowded(name), metadata: { name, labels, resourceVersion: metadata.resourceVersion } }
    const headers = method === 'PATCH' ? MERGE : {}
    const answer = await send(`${server.url + GADGETS}/${name}`, { method, body, headers })
    expect(answer.status).toBe(200)
    expect(answer.json<KubeObject>().metadata.labels).toEqual(labels)
    expect(answer.json<KubeObject>().metadata).not.toHaveProperty('managedFields')
  })

  it('cannot be applied, which is about them', async () => {
    const path = `${server.url + GADGETS}/applied?fieldManager=me`
    const answer = await send(path, { method: 'PATCH', headers: APPLY, body: crowded('applied') })
    expect([answer.status, answer.json()]).toEqual([500, expect.objectContaining(TOO_LARGE)])
    expect((await send(`${server.url + GADGETS}/applied`)).status).toBe(404)
  })
})

describe('an object that is too large in itself', () => {
  it('is refused in the words of etcd, without a reason', async () => {
    const { metadata } = await empty('small')
    const put = { ...huge('small'), metadata: { name: 'small', resourceVersion: metadata.resourceVersion } }
    for (const [method, path, body, headers] of [
      ['POST', '', huge('big'), {}],
      ['PUT', '/small', put, {}],
      ['PATCH', '/small', { spec: { text: 'x'.repeat(MAX_BYTES) } }, MERGE],
    ] as const) {
      const answer = await send(server.url + GADGETS + path, { method, body, headers })
      expect(answer.json()).toEqual({ kind: 'Status', apiVersion: 'v1', metadata: {}, ...TOO_LARGE })
    }
  })

  it('is refused in the words of etcd’s client where that sends no more', async () => {
    const body = { ...crowded('giant'), spec: { text: 'x'.repeat(2_200_000) } }
    const answer = await send(server.url + GADGETS, { body })
    expect(answer.status).toBe(500)
    expect(answer.json<Error>().message).toMatch(
      /^rpc error: code = ResourceExhausted desc = trying to send message larger than max \(22\d{5} vs\. 2097152\)$/,
    )
  })

  it('may be tried out: a dry run stores nothing', async () => {
    expect((await send(`${server.url + GADGETS}?dryRun=All`, { body: huge('dry') })).status).toBe(201)
  })
})
