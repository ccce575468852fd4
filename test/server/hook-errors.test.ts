import { describe, expect, test } from 'vitest'
import { badRequest, defineResource, defineRestResource, type KubeObject } from '../../lib/index.js'
import { served } from './harness.js'

const SECRET = 'postgres://u:pw@db failed'
const fail = (): never => {
  throw new Error(SECRET)
}
const failFor = (name: string) => (object: KubeObject) => (object.metadata.name === name ? fail() : undefined)

const crates = defineResource({
  group: 'example.com',
  kind: 'Crate',
  plural: 'crates',
  scope: 'Cluster',
  validate: failFor('invalid'),
  versions: [
    { name: 'v1', default: (object) => void failFor('undefaulted')(object) },
    { name: 'v1beta1', toInternal: (object) => failFor('unconverted')(object) ?? object },
  ],
})

const hosts = defineRestResource({
  group: 'example.com',
  version: 'v1',
  kind: 'Host',
  path: 'hosts',
  schema: { type: 'object' },
  storage: ({ list }) => ({
    kind: 'Host',
    namespaceScoped: () => false,
    async get(_ctx, name) {
      if (name === 'plain') throw { hidden: SECRET }
      throw name === 'refused' ? badRequest('not that one') : new Error(SECRET)
    },
    list: async (_ctx, query) => list([], query),
    watch: async () => ({ [Symbol.asyncIterator]: () => ({ next: async () => fail() }) }),
    convertToTable: () => ({ columnDefinitions: [], cells: [] }),
  }),
})

const server = served({
  resources: [crates],
  restResources: [hosts],
  admission: [
    { name: 'Failing', handles: ['CREATE'], admit: (_ctx, { object }) => void failFor('unadmitted')(object!) },
    { name: 'Doubting', handles: ['DELETE'], validate: fail },
  ],
  authorize: ({ resource }) => (resource === 'secrets' ? fail() : 'allow'),
})

const JSON_BODY = { 'content-type': 'application/json' }
const V1 = '/apis/example.com/v1'
const generic = {
  kind: 'Status',
  code: 500,
  reason: 'InternalError',
  message: 'Internal error occurred: an unexpected error, which the log of the server tells',
}

/** What a request is answered, and what the log heard meanwhile. */
async function asked(path: string, sent: { method?: string; body?: object; headers?: Record<string, string> } = {}) {
  server.log.errors.splice(0)
  const answer = await server.send(path, sent)
  return { answer, logged: server.log.errors.map((err) => (err as Error).message) }
}

describe('the text of an error that a hook did not mean for clients', () => {
  test.each(['invalid', 'undefaulted', 'unadmitted'])('goes to the log alone: a create that is %s', async (name) => {
    const { answer, logged } = await asked(`${V1}/crates`, { body: { metadata: { name } } })
    expect(answer.json()).toMatchObject(generic)
    expect(answer.text).not.toContain('postgres')
    expect(logged).toEqual([SECRET])
  })

  test('goes to the log alone: a conversion of a body, of a patch and of an apply', async () => {
    const create = await asked('/apis/example.com/v1beta1/crates', { body: { metadata: { name: 'unconverted' } } })
    expect(create.answer.json()).toMatchObject(generic)
    expect(create.logged).toEqual([SECRET])
    await server.send(`${V1}/crates`, { body: { metadata: { name: 'unconverted' } } })
    const object = { apiVersion: 'example.com/v1beta1', kind: 'Crate', metadata: { name: 'unconverted' }, a: 1 }
    for (const [type, manager] of [
      ['merge-patch+json', ''],
      ['apply-patch+yaml', '?fieldManager=me'],
    ]) {
      const { answer, logged } = await asked(`/apis/example.com/v1beta1/crates/unconverted${manager}`, {
        method: 'PATCH',
        headers: { 'content-type': `application/${type}` },
        body: object,
      })
      expect(answer.json(), type).toMatchObject(generic)
      expect(logged, type).toEqual([SECRET])
    }
  })

  test('goes to the log alone: a deletion that is not admitted', async () => {
    await server.send(`${V1}/crates`, { body: { metadata: { name: 'kept' } } })
    const { answer, logged } = await asked(`${V1}/crates/kept`, { method: 'DELETE' })
    expect(answer.json()).toMatchObject(generic)
    expect(logged).toEqual([SECRET])
  })

  test('goes to the log alone: a storage of the application, whatever it throws', async () => {
    const { answer, logged } = await asked(`${V1}/hosts/a`)
    expect(answer.json()).toMatchObject(generic)
    expect(logged).toEqual([SECRET])
    const thrown = await asked(`${V1}/hosts/plain`)
    expect(thrown.answer.json()).toMatchObject(generic)
    expect(thrown.logged).toHaveLength(1)
  })

  test('goes to the log alone: a watch that has begun', async () => {
    const { answer, logged } = await asked(`${V1}/hosts?watch=true`)
    expect(answer.status).toBe(200)
    expect(JSON.parse(answer.text)).toMatchObject({ type: 'ERROR', object: generic })
    expect(logged).toEqual([SECRET])
  })

  test('goes to the log alone: the rules of the application', async () => {
    const { answer } = await asked('/apis/example.com/v1/secrets')
    expect(answer.status).toBe(500)
    expect(answer.text).not.toContain('postgres')
    expect(server.log.errors).toEqual([
      expect.objectContaining({ cause: expect.objectContaining({ message: SECRET }) }),
    ])
  })

  test('is told where it was meant: a Status is answered as it is, and nothing is logged', async () => {
    const { answer, logged } = await asked(`${V1}/hosts/refused`)
    expect([answer.status, answer.json<{ message: string }>().message]).toEqual([400, 'not that one'])
    expect(logged).toEqual([])
  })

  test('is not what a client hears of its own mistake: that is told, and is nothing for the log', async () => {
    for (const [path, text] of [
      [`${V1}/crates?resourceVersion=x`, 'parsing \\"x\\": invalid syntax'],
      [`${V1}/crates/kept`, 'unexpected end of JSON input'],
    ] as const) {
      const del = path.endsWith('kept') ? { method: 'DELETE', headers: JSON_BODY, body: Buffer.from('{') } : {}
      const { answer, logged } = await asked(path, del)
      expect([answer.status, logged], path).toEqual([500, []])
      expect(answer.text).toContain(text)
    }
  })
})

test('what a listener of an informer throws, or is rejected with, is told to the log of the server', async () => {
  await server.api.ready()
  const informer = server.api.informer(crates)
  informer.subscribe(() => fail())
  informer.subscribe(async () => fail())
  await informer.synced()
  await new Promise(setImmediate)
  server.log.errors.splice(0)
  await server.send(`${V1}/crates`, { body: { metadata: { name: 'heard' } } })
  await expect.poll(() => server.log.errors.map((err) => (err as Error).message)).toEqual([SECRET, SECRET])
})
