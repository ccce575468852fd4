import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildTimeoutMs, ensureBuilt } from '../support/cli.js'
import { type Consumer, installTarball } from './consumer.js'

const tsc = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url))
let consumer: Consumer

beforeAll(() => {
  ensureBuilt()
  consumer = installTarball()
}, buildTimeoutMs)

afterAll(() => consumer?.remove())

/** Behind a line whose user has no name that we could know. */
const NOT_TAKEN = '/* not taken */'

/** What an app declares of its requests, and the lines of authentication that it may write then. */
const apps = [
  [
    'nothing',
    '',
    ['(req) => req.user', '(req: Request) => req.header("x-user")', 'async ({ headers }) => headers.cookie'],
  ],
  [
    'a user as Passport’s types have it',
    `interface User { email: string; roles: string[] }
     interface Request { authInfo?: object; user?: User; isAuthenticated(): this is { user: User } }`,
    [
      '({ user }) => user && { name: user.email, groups: user.roles }',
      '(req) => req.isAuthenticated() && req.user.email',
      `(req) => req.user ${NOT_TAKEN}`,
    ],
  ],
  [
    'a user of its own, and a session',
    `interface Request {
       user?: { readonly name: string; readonly groups: readonly string[]; readonly shift: number } | null
       session: { userName?: string }
     }`,
    ['(req) => req.user', '(req) => req.session.userName', '({ user }) => user?.shift === 1 && user'],
  ],
] as const

test.each(apps)(
  'an app that declares %s writes its login in a line without casts',
  (_, declared, lines) => {
    const uses = lines.map((line) => {
      const expected = line.includes(NOT_TAKEN) ? '// @ts-expect-error it has to be made one\n' : ''
      return `${expected}apiserver({ resources, storage, authenticate: ${line} })`
    })
    consumer.write(
      'main.ts',
      `import type { Request } from 'express'
import { apiserver, type ResourceDefinition, type RevisionedKV } from 'express-apiserver'
declare global { namespace Express { ${declared} } }
declare const resources: ResourceDefinition[]
declare const storage: RevisionedKV
export type Asked = Request
${uses.join('\n')}
`,
    )
    const strict = {
      strict: true,
      noUncheckedIndexedAccess: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: true,
    }
    const compilerOptions = { target: 'ES2022', module: 'NodeNext', noEmit: true, types: ['node'], ...strict }
    consumer.write('tsconfig.json', JSON.stringify({ compilerOptions, files: ['main.ts'] }))
    expect(consumer.node(tsc, '-p', '.', '--pretty', 'false').stdout).toBe('')
  },
  60_000,
)
