import { readFileSync } from 'node:fs'
import { apiserver, defineRestResource, type KubeObject, notFound } from 'express-apiserver'
import { expect, onTestFinished, test } from 'vitest'
import { listenOn, send } from '../support/server.js'

const measureAll = async (): Promise<KubeObject[]> => [
  { metadata: { name: 'a', labels: { rack: '1' } }, load: 0.5 },
  { metadata: { name: 'b' }, load: 2 },
]

// README
const hosts = defineRestResource({
  group: 'infra.example.com',
  version: 'v1',
  kind: 'Host',
  path: 'hosts',
  schema: { type: 'object', properties: { load: { type: 'number' } } },
  storage: ({ answer, list, table }) => ({
    kind: 'Host',
    namespaceScoped: () => false,
    async get(_ctx, name) {
      const host = (await measureAll()).find(({ metadata }) => metadata.name === name)
      if (!host) throw notFound({ group: 'infra.example.com', resource: 'hosts' }, name)
      return answer(host)
    },
    list: async (_ctx, query) => list(await measureAll(), query), // label and field selectors applied
    ...table([{ name: 'Load', type: 'number', value: (host) => host.load }]),
  }),
})
const api = apiserver({ resources: [], restResources: [hosts] })
// end

test('the computed resource in the README is this one', () => {
  const here = readFileSync(new URL(import.meta.url), 'utf8')
  const code = here.slice(here.indexOf('// README\n') + '// README\n'.length, here.indexOf('// end\n'))
  expect(readFileSync(new URL('../../README.md', import.meta.url), 'utf8')).toContain(code)
})

test('the computed resource works as the README says', async () => {
  const server = await listenOn(api.handler((_req, res) => void res.end()) as Parameters<typeof listenOn>[0])
  onTestFinished(async () => {
    await api.close()
    await server.close()
  })
  const collection = `${server.url}/apis/infra.example.com/v1/hosts`
  expect((await send(`${collection}/b`)).json()).toMatchObject({ kind: 'Host', load: 2 })
  expect((await send(`${collection}/c`)).json()).toMatchObject({ reason: 'NotFound' })
  expect((await send(`${collection}?labelSelector=rack`)).json()).toMatchObject({ items: [{ load: 0.5 }] })
  const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io'
  const table = (await send(collection, { headers: { accept } })).json()
  expect(table).toMatchObject({
    columnDefinitions: [{ name: 'Name' }, { name: 'Load' }],
    rows: [{ cells: ['a', 0.5] }, { cells: ['b', 2] }],
  })
})
