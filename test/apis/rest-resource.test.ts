import { lmdb } from 'express-apiserver'
import { describe, expect, test } from 'vitest'
import { AdmissionChain } from '../../lib/admission/index.js'
import { alwaysAllow } from '../../lib/authorization/index.js'
import { defineRestResource, type RestResource } from '../../lib/endpoints/index.js'
import { notFound } from '../../lib/meta/errors.js'
import { installGroups } from '../../lib/server/api-groups.js'
import { flunders, GROUP, guarded } from './harness.js'

const group = 'games.example.com'
const names = ['penny', 'dime']

/** Answers are computed, in a group of its own. */
const coins = defineRestResource({
  group,
  version: 'v1',
  kind: 'Coin',
  path: 'coins',
  schema: { type: 'object', properties: { heads: { type: 'boolean' }, edge: { $ref: 'com.example.Edge' } } },
  definitions: { 'com.example.Edge': { type: 'object', properties: { milled: { type: 'boolean', default: true } } } },
  storage: ({ answer }) => ({
    kind: 'Coin',
    namespaceScoped: () => false,
    singularName: () => 'coin',
    shortNames: () => ['cn'],
    create: async (ctx, object, validate) => {
      await validate(ctx, object)
      return answer({ ...object, heads: true })
    },
    get: async (_ctx, name) => {
      if (!names.includes(name)) throw notFound({ group, resource: 'coins' }, name)
      return answer({ metadata: { name, resourceVersion: '7' }, heads: false })
    },
    list: async () => ({
      items: names.map((name) => answer({ metadata: { name } })),
      resourceVersion: '9',
      continue: '',
      remainingItemCount: undefined,
    }),
    convertToTable: (_ctx, objects) => ({
      columnDefinitions: [{ name: 'Coin', type: 'string', format: '', description: '', priority: 0 }],
      cells: objects.map(({ object }) => [object.metadata.name]),
    }),
  }),
})

/** In a group that has stored resources too. */
const weighings = defineRestResource({
  group: 'wardle.example.com',
  version: 'v1',
  kind: 'Weighing',
  path: 'weighings',
  schema: { type: 'object', properties: { grams: { type: 'integer' } } },
  storage: ({ answer }) => ({
    kind: 'Weighing',
    namespaceScoped: () => true,
    create: async (_ctx, object) => answer({ ...object, grams: 3 }),
  }),
})

describe('a resource with a storage of its own', () => {
  const server = guarded({ authorizer: alwaysAllow, restResources: [coins, weighings] })
  const path = `/apis/${group}/v1/coins`

  test('answers the verbs that its storage has, and no others', async () => {
    const made = await server.send(path, { body: { kind: 'Coin', apiVersion: `${group}/v1`, edge: {} } })
    expect([made.status, made.json()]).toEqual([
      201,
      expect.objectContaining({ kind: 'Coin', apiVersion: `${group}/v1`, edge: { milled: true }, heads: true }),
    ])
    expect((await server.send(`${path}/dime`)).json()).toEqual({
      kind: 'Coin',
      apiVersion: `${group}/v1`,
      metadata: { name: 'dime', resourceVersion: '7' },
      heads: false,
    })
    expect((await server.send(`${path}/ducat`)).status).toBe(404)
    const list = (await server.send(path)).json<{ kind: string; items: { metadata: { name: string } }[] }>()
    expect([list.kind, list.items.map(({ metadata }) => metadata.name)]).toEqual(['CoinList', names])
    for (const [method, at] of [
      ['DELETE', path],
      ['DELETE', `${path}/dime`],
      ['PUT', `${path}/dime`],
    ] as const)
      expect((await server.send(at, { method })).status, `${method} ${at}`).toBe(405)
  })

  test('is shown as a table', async () => {
    const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io'
    const table = (await server.send(path, { headers: { accept } })).json<{ rows: { cells: string[] }[] }>()
    expect(table.rows.map(({ cells }) => cells)).toEqual([['penny'], ['dime']])
  })

  test('is discovered', async () => {
    const { resources } = (await server.send(`/apis/${group}/v1`)).json<{ resources: unknown[] }>()
    expect(resources).toEqual([
      {
        name: 'coins',
        singularName: 'coin',
        namespaced: false,
        kind: 'Coin',
        verbs: ['create', 'get', 'list'],
        shortNames: ['cn'],
      },
    ])
  })

  test('may stand beside stored resources of its group, in namespaces', async () => {
    const { resources } = (await server.send(GROUP)).json<{ resources: { name: string }[] }>()
    expect(resources.map(({ name }) => name)).toEqual(['fischers', 'flunders', 'flunders/status', 'weighings'])
    const answer = await server.send(`${GROUP}/namespaces/default/weighings`, { body: {} })
    expect(answer.json()).toMatchObject({ metadata: { namespace: 'default' }, grams: 3 })
  })
})

describe('resources that do not go together are refused', () => {
  const install = (...restResources: RestResource[]) =>
    installGroups({
      resources: [flunders],
      restResources,
      kv: lmdb('/nowhere'),
      prefix: '/registry',
      transformer: undefined,
      admission: new AdmissionChain([]),
      version: {} as never,
      onParsedBody() {},
    })
  const withOptions = (options: Partial<RestResource['options']>) =>
    defineRestResource({ ...coins.options, ...options })

  test('two of one path', () => {
    expect(() => install(coins, coins)).toThrow('coins is served twice in games.example.com/v1')
    const shadow = withOptions({ group: 'wardle.example.com', path: 'flunders' })
    expect(() => install(shadow)).toThrow('flunders is served twice in wardle.example.com/v1')
  })

  test('a reference to nothing', () => {
    expect(() => withOptions({ definitions: {} })).toThrow('com.example.Edge is referred to, but not defined')
  })

  test.each([
    [{ group: 'no_group' }, 'group "no_group" is no DNS subdomain'],
    [{ kind: 'coin' }, 'kind "coin" is not in CamelCase'],
    [{ version: '1' }, 'version "1" of Coin is not of the form v1, v1beta1 or v1alpha1'],
    [{ path: 'Coins' }, 'plural "Coins" is no DNS label'],
    [{ path: 'watch' }, 'plural watch has a meaning of its own in paths'],
  ])('names that cannot stand in a path: %j', (options, message) => {
    expect(() => withOptions(options)).toThrow(message)
  })

  test('a path that is none', () => {
    expect(() => install(withOptions({ path: 'a/b/c' }))).toThrow(
      'resource path a/b/c is neither RESOURCE nor RESOURCE/SUBRESOURCE',
    )
  })
})
