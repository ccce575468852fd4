import { describe, expect, test } from 'vitest'
import { withCacheControl } from '../../../lib/server/filters/cache-control.js'
import { freshPath, served } from '../harness.js'

const replacedBy = (value: string | undefined) =>
  served({
    buildHandlerChain: (filters) => [
      {
        name: 'Host',
        filter: ({ request, response }, next) => {
          const { said } = request.headers
          if (typeof said === 'string') response.setHeader('Cache-Control', said)
          return next()
        },
      },
      ...filters.flatMap((slot) => {
        if (slot.name !== 'CacheControl') return [slot]
        return value === undefined ? [] : [{ name: slot.name, filter: withCacheControl(value) }]
      }),
    ],
  })

describe('how answers may be cached', () => {
  const usual = served()
  const other = replacedBy('no-store')
  const silent = replacedBy(undefined)

  test.each(['', '/none', '?watch=true&timeoutSeconds=1'])('is said of every answer: %j', async (rest) => {
    expect((await usual.send(freshPath() + rest)).headers['cache-control']).toBe('no-cache, private')
  })

  test('is said of documents beside the API', async () => {
    expect((await usual.send('/openapi/v3')).headers).toMatchObject({
      'cache-control': 'no-cache, private',
      'audit-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
    })
  })

  test('is what another filter says, or what stands on the response before it', async () => {
    expect((await other.send(freshPath())).headers['cache-control']).toBe('no-store')
    const answer = await other.send(freshPath(), { headers: { said: 'public' } })
    expect(answer.headers['cache-control']).toBe('public')
  })

  test('is not said without the filter', async () => {
    expect((await silent.send(freshPath())).headers).not.toHaveProperty('cache-control')
  })
})
