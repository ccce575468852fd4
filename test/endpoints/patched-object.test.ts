import type { KubeObject } from 'express-apiserver'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, send } from '../support/server.js'
import { FLUNDERS, GADGETS, type Served, serveApi } from './watch/served.js'

const MERGE = 'application/merge-patch+json'
const JSON_PATCH = 'application/json-patch+json'
const STRATEGIC = 'application/strategic-merge-patch+json'
const AFTER = 'contains duplicate entries after mutating admission happens'
const BEFORE = 'contains duplicate entries; API server dedups'

let served: Served
beforeAll(async () => {
  served = await serveApi()
})
afterAll(() => served.close())

let made = 0
/** The path of a new object. */
async function fresh(collection: string, object: object = {}, metadata: object = {}): Promise<string> {
  const name = `object-${++made}`
  await served.create(collection, { metadata: { name, ...metadata }, ...object })
  return `${collection}/${name}`
}

const read = async (path: string) => (await send(served.url + path)).json<KubeObject>()
const patch = (path: string, body: unknown, type = MERGE, query = '') =>
  send(`${served.url}${path}${query}`, { method: 'PATCH', headers: { 'content-type': type }, body })
const refusal = (answer: Answer) => {
  const { code, reason, details } = answer.json<{ code: number; reason?: string; details?: object }>()
  return [code, reason, details]
}
const causeAt = (field: string) => expect.objectContaining({ causes: [expect.objectContaining({ field })] })

describe('what a patch makes of an object of a built-in type', () => {
  it.each([
    ['another kind', { kind: 'Fischer' }],
    ['an unknown kind', { kind: 'Founder' }],
    ['an unknown version', { apiVersion: 'wardle.example.com/v7' }],
    ['another group', { apiVersion: 'v1' }],
    ['an apiVersion that is none', { apiVersion: 'a/b/c' }],
    ['a kind that is no text', { kind: 5 }],
    ['a field of another type', { spec: { reference: 5 } }],
  ])('may not be %s', async (_, change) => {
    const answer = await patch(await fresh(FLUNDERS), change)
    expect(refusal(answer)).toEqual([422, 'Invalid', causeAt('patch')])
  })

  it('is of the kind of its path where it says none', async () => {
    const path = await fresh(FLUNDERS)
    expect((await patch(path, { kind: null })).status).toBe(200)
    expect((await read(path)).kind).toBe('Flunder')
  })

  it('may be of another version, whose fields it has then', async () => {
    const path = await fresh(FLUNDERS, { spec: { reference: 'a' } })
    const change = { apiVersion: 'wardle.example.com/v1beta1', spec: { reference: null, flunderReference: 'b' } }
    const answer = await patch(path, change)
    expect([answer.status, answer.json<KubeObject>().spec]).toEqual([200, { reference: 'b', referenceType: 'Flunder' }])
  })

  it('has no name in the internal form, which it is in without a version', async () => {
    const answer = await patch(await fresh(FLUNDERS, { spec: { reference: 'a' } }), { apiVersion: null })
    expect(refusal(answer)).toEqual([400, 'BadRequest', undefined])
    expect(answer.headers.warning).toContain('unknown field \\"metadata\\"')
  })
})

describe('the type of a patch', () => {
  it.each([
    ['application/merge-patch+json ;charset=utf-8', FLUNDERS],
    ['application/merge-patch+json, application/json', FLUNDERS],
    [STRATEGIC, GADGETS],
  ])('%s is refused before anything is looked for', async (type, collection) => {
    expect((await patch(`${collection}/not-there`, {}, type)).json()).toMatchObject({ code: 415 })
    expect((await patch(`${collection}/not-there`, {}, MERGE)).status).toBe(404)
  })
})

describe('what a patch makes of a custom resource', () => {
  it.each([
    ['kind', { kind: 'Widget' }, 'kind'],
    ['version', { apiVersion: 'watched.example.com/v2' }, 'apiVersion'],
    ['version at all', { apiVersion: null }, 'apiVersion'],
    ['kind at all', { kind: null }, 'patch'],
  ])('has no other %s', async (_, change, field) => {
    const answer = await patch(await fresh(GADGETS), change)
    expect(refusal(answer)).toEqual([422, 'Invalid', causeAt(field)])
  })
})

describe('a patch', () => {
  it.each([
    [MERGE, '{'],
    [JSON_PATCH, '{}'],
    [STRATEGIC, '[]'],
  ])('of what is not there is not looked at: %s', async (type, body) => {
    expect((await patch(`${FLUNDERS}/none`, body, type)).status).toBe(404)
    expect((await patch(await fresh(FLUNDERS), body, type)).status).toBe(400)
  })

  it('that is null is no patch, but no operations are none', async () => {
    const path = await fresh(FLUNDERS)
    expect((await patch(path, 'null', MERGE)).status).toBe(400)
    expect((await patch(path, 'null', JSON_PATCH)).status).toBe(200)
    expect((await patch(path, '[null]', JSON_PATCH)).status).toBe(422)
  })

  it('whose fields are not validated is read by what applies it', async () => {
    const path = await fresh(FLUNDERS)
    const ignore = '?fieldValidation=Ignore'
    const message = async (body: string, type: string) => (await patch(path, body, type, ignore)).json<Error>().message
    expect(await message('{', MERGE)).toBe('Invalid JSON Patch')
    expect(await message('"x"', MERGE)).toBe('Invalid JSON Patch')
    expect((await patch(path, '[]', MERGE, ignore)).status).toBe(422)
    expect(await message('{', JSON_PATCH)).toBe('unexpected end of JSON input')
    expect((await patch(path, '[{"op":5}]', JSON_PATCH, ignore)).status).toBe(422)
    expect((await patch(path, '[{"op":5}]', JSON_PATCH)).status).toBe(400)
  })

  it('cannot give an object another uid', async () => {
    const answer = await patch(await fresh(FLUNDERS), { metadata: { uid: 'other' } })
    expect(refusal(answer)).toEqual([422, 'Invalid', causeAt('metadata.uid')])
  })

  it('with a resourceVersion that is no number is an error without a reason', async () => {
    const answer = await patch(await fresh(FLUNDERS), { metadata: { resourceVersion: 'abc' } })
    expect(refusal(answer)).toEqual([500, undefined, undefined])
  })
})

describe('an update', () => {
  it('says another creationTimestamp in vain', async () => {
    const path = await fresh(FLUNDERS)
    const object = await read(path)
    const { creationTimestamp } = object.metadata
    object.metadata.creationTimestamp = '2001-01-01T00:00:00Z'
    const put = await send(served.url + path, { method: 'PUT', body: object })
    const patched = await patch(path, { metadata: { creationTimestamp: '2001-01-01T00:00:00Z' } })
    for (const answer of [put, patched])
      expect([answer.status, answer.json<KubeObject>().metadata.creationTimestamp]).toEqual([200, creationTimestamp])
  })

  it('cannot move a deletion that has begun', async () => {
    const path = await fresh(FLUNDERS, {}, { finalizers: ['example.com/a'] })
    await send(served.url + path, { method: 'DELETE' })
    const { deletionTimestamp } = (await read(path)).metadata
    const answer = await patch(path, { metadata: { deletionTimestamp: '2001-01-01T00:00:00Z' } })
    expect([answer.status, answer.json<KubeObject>().metadata.deletionTimestamp]).toEqual([200, deletionTimestamp])
  })
})

describe('what is wrong with a new object', () => {
  const metadata = { name: 'no/name' }

  it('is told of the object first where it is of a built-in type', async () => {
    const body = { metadata, spec: { referenceType: 'Flunder' } }
    const fields = async (object: object) => {
      const { details } = (await send(served.url + FLUNDERS, { body: object })).json<{
        details: { causes: { field: string }[] }
      }>()
      return details.causes.map(({ field }) => field)
    }
    expect(await fields(body)).toEqual(['spec.flunderReference'])
    expect(await fields({ metadata })).toEqual(['metadata.name'])
  })

  it('is told at once of a custom resource', async () => {
    const answer = await send(served.url + GADGETS, { body: { metadata, spec: { text: 5 } } })
    const { causes } = answer.json<{ details: { causes: { field: string }[] } }>().details
    expect(causes.map(({ field }) => field)).toEqual(['metadata.name', 'spec.text'])
  })
})

describe('owners that are said twice', () => {
  const owner = { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u-1' }
  const other = { ...owner, name: 'q' }
  const ownerReferences = [owner, other, owner, owner]

  it('are stored once, with a warning that says when they were found', async () => {
    const created = await send(served.url + GADGETS, { body: { metadata: { name: 'owned', ownerReferences } } })
    const { metadata } = created.json<KubeObject>()
    expect(metadata.ownerReferences).toEqual([owner, other])
    expect(created.headers.warning).toContain(BEFORE)
    expect(created.headers.warning).toContain('observed: u-1, u-1')
    const put = await send(`${served.url}${GADGETS}/owned`, {
      method: 'PUT',
      body: { ...created.json<KubeObject>(), metadata: { ...metadata, ownerReferences } },
    })
    expect([put.json<KubeObject>().metadata.resourceVersion, put.headers.warning]).toEqual([
      metadata.resourceVersion,
      expect.stringContaining(BEFORE),
    ])
    const patched = await patch(`${GADGETS}/owned`, { metadata: { ownerReferences } })
    expect(patched.json<KubeObject>().metadata.ownerReferences).toEqual([owner, other])
    expect(patched.headers.warning).toContain(AFTER)
  })
})

describe('a create with a name and a generateName', () => {
  it('hears that no name could be generated where the name is taken', async () => {
    const body = { metadata: { name: 'chosen', generateName: 'gen-' } }
    expect((await send(served.url + GADGETS, { body })).status).toBe(201)
    const again = await send(served.url + GADGETS, { body })
    expect(refusal(again)).toEqual([
      409,
      'AlreadyExists',
      expect.objectContaining({ name: 'chosen', retryAfterSeconds: 1 }),
    ])
    expect([again.headers['retry-after'], again.json<Error>().message]).toEqual([
      '1',
      'gadgets.watched.example.com "chosen" already exists, the server was not able to generate a unique name for the object',
    ])
  })
})
