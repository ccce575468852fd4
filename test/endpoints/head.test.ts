import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { send } from '../support/server.js'
import { FLUNDERS, GADGETS, type Served, serveApi } from './watch/served.js'

let served: Served
beforeAll(async () => {
  served = await serveApi()
  await served.create(GADGETS, { metadata: { name: 'a' }, spec: { text: 'x' } })
  await served.create(FLUNDERS, { metadata: { name: 'a' } })
})
afterAll(() => served.close())

const ask = (method: string, path: string) => send(served.url + path, { method })

describe('HEAD', () => {
  it.each([
    ['an object', `${GADGETS}/a`],
    ['a list', GADGETS],
  ])('of %s that behaves as custom resources do is a GET without a body', async (_, path) => {
    const [head, get] = [await ask('HEAD', path), await ask('GET', path)]
    expect([head.status, head.text]).toEqual([200, ''])
    for (const name of ['content-type', 'content-length']) expect(head.headers[name]).toBe(get.headers[name])
  })

  it('of what is not there says so', async () => {
    expect((await ask('HEAD', `${GADGETS}/none`)).status).toBe(404)
  })

  it.each([`${FLUNDERS}/a`, FLUNDERS])('of a built-in type is no method that the path has: %s', async (path) => {
    expect((await ask('HEAD', path)).status).toBe(405)
  })

  it('stands in no document: GET speaks for it', async () => {
    const document = (await ask('GET', '/openapi/v3/apis/watched.example.com/v1')).json<{
      paths: Record<string, object>
    }>()
    const methods = Object.values(document.paths).flatMap((path) => Object.keys(path))
    expect(methods).toContain('get')
    expect(methods).not.toContain('head')
  })
})
