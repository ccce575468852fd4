import type { Request } from 'express'
import { type ApiServerOptions, apiserver, lmdb } from 'express-apiserver'
import { describe, expect, test } from 'vitest'
import { freshPath, served, widgets } from './harness.js'

/** What a host app writes, in types: an app's own request, pino's and the console's shape of a log. */
const written: Partial<ApiServerOptions>[] = [
  { authenticate: (req) => req.user },
  { authenticate: (req: Request) => req.header('x-user') },
  { authorize: ({ user, verb }) => (user.groups.includes('staff') || verb === 'get' ? 'allow' : 'noOpinion') },
  { authorization: { rbac: true }, authentication: { anonymous: { paths: ['/livez', '/readyz'] } }, flowControl: true },
  { logger: console },
]

describe('options for security', () => {
  test.each(written.map((options) => [Object.keys(options).join(), options] as const))(
    '%s make a server',
    (_, options) => {
      expect(apiserver({ resources: [widgets], storage: lmdb('/nowhere'), ...options }).ready).toBeTypeOf('function')
    },
  )

  test('that cannot be used are refused when the server is made', () => {
    const making = (options: Partial<ApiServerOptions>) => () =>
      apiserver({ resources: [widgets], storage: lmdb('/nowhere'), ...options })
    expect(making({ audit: { policy: { rules: [{ level: 'Everything' as never }] } } })).toThrow()
    expect(making({ authentication: { oidc: [{ url: 'ftp://x', audiences: ['a'] }] } })).toThrow()
    expect(making({ authorization: { rbac: { file: '/no/such/file' } } })).toThrow()
    expect(making({ flowControl: { flowSchemas: [{ metadata: { name: '' }, spec: {} } as never] } })).toThrow()
  })
})

describe('both the app’s login and other ways', () => {
  const server = served({
    authenticate: ({ headers }) => (headers.cookie === 'ann' ? 'ann' : undefined),
    authentication: { tokens: [{ token: 'secret', user: 'bob' }], anonymous: true },
    authorize: ({ user }) => ({ decision: user.name === 'bob' ? 'allow' : 'noOpinion', reason: `I know ${user.name}` }),
    authorization: { alwaysAllowPaths: ['/version'] },
  })

  test('are asked', async () => {
    const path = freshPath()
    const message = async (headers: Record<string, string>) => {
      const answer = await server.send(path, { headers })
      return answer.status === 200 ? 'served' : answer.json<{ message: string }>().message
    }
    expect(await message({ authorization: 'Bearer secret' })).toBe('served')
    expect(await message({ cookie: 'ann' })).toMatch(/User "ann" cannot list .*: I know ann$/)
    expect(await message({})).toMatch(/User "system:anonymous" cannot list/)
    expect((await server.send('/version')).status).toBe(200)
  })
})
