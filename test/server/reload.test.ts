import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ApiServer, apiserver, type LogFields, lmdb } from 'express-apiserver'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { authenticatorOf, TokenFile } from '../../lib/authentication/index.js'
import { authorizerOf, type RBACAuthorizer, rbac } from '../../lib/authorization/index.js'
import { type ListeningServer, listenOn, send } from '../support/server.js'
import { V2, widgets } from './harness.js'

const PATH = `${V2}/namespaces/default/widgets`
const bound = (user: string) => `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: admins }
subjects: [{ kind: User, name: ${user} }]
roleRef: { kind: ClusterRole, name: cluster-admin }
`

let folder: string
let tokenFile: string
let rbacFile: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'express-apiserver-reload-'))
  // As a secret is mounted: a link to a link that is swapped.
  tokenFile = join(folder, 'tokens.csv')
  rbacFile = join(folder, 'rbac.yaml')
  for (const name of ['tokens.csv', 'rbac.yaml']) symlinkSync(join('..data', name), join(folder, name))
  install('one,ann,1', bound('ann'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

let versions = 0
/** Both files at once, as a kubelet does. */
function install(tokens: string, roles: string): void {
  const version = `..v${++versions}`
  mkdirSync(join(folder, version))
  writeFileSync(join(folder, version, 'tokens.csv'), tokens)
  writeFileSync(join(folder, version, 'rbac.yaml'), roles)
  symlinkSync(version, join(folder, '..tmp'))
  renameSync(join(folder, '..tmp'), join(folder, '..data'))
}

function swap(link: string, target: string): void {
  symlinkSync(target, `${link}.new`)
  renameSync(`${link}.new`, link)
}

describe('a server', () => {
  let api: ApiServer
  let server: ListeningServer
  const lines: [fields: LogFields, message: string][] = []
  const told = (fields: LogFields, message: string) => void lines.push([fields, message])
  beforeEach(async () => {
    lines.length = 0
    api = apiserver({
      resources: [widgets],
      storage: lmdb(join(folder, 'data'), { unsafeNoSync: true }),
      logger: { info: told, warn: told, error: told },
      authentication: { tokenFile, tokenFileReloadIntervalMs: 10 },
      authorization: { rbac: { file: rbacFile, reloadIntervalMs: 10 } },
    })
    server = await listenOn((req, res) => api(req, res, () => res.end()))
  })
  afterEach(async () => {
    await api.close()
    await server.close()
  })
  const status = async (token: string) =>
    (await send(server.url + PATH, { headers: { authorization: `Bearer ${token}` } })).status
  const becomes = (token: string, expected: number) => expect.poll(() => status(token)).toBe(expected)

  test('takes new tokens and roles as they are swapped into place, and drops old ones', async () => {
    expect([await status('one'), await status('two')]).toEqual([200, 401])
    install('two,bob,2', bound('bob'))
    await becomes('two', 200)
    await becomes('one', 401)
    const files = lines.filter(([, message]) => message.includes('read anew')).map(([{ file }]) => file)
    expect(files.sort()).toEqual([rbacFile, tokenFile])
  })

  test('keeps the last good ones while the new ones cannot be used, and says so once', async () => {
    install('"one,ann', 'kind: Secret')
    await expect.poll(() => lines).toHaveLength(2)
    expect([await status('one'), await status('two')]).toEqual([200, 401])
    expect(lines).toEqual(
      expect.arrayContaining([
        [
          { file: tokenFile, err: expect.objectContaining({ message: expect.stringContaining('is no CSV') }) },
          'a changed file of tokens, certificates or roles cannot be used, the old one holds',
        ],
        [
          { file: rbacFile, err: expect.objectContaining({ message: expect.stringContaining('"Secret"') }) },
          'a changed file of tokens, certificates or roles cannot be used, the old one holds',
        ],
      ]),
    )
    install('two,ann,1', bound('ann'))
    await becomes('two', 200)
    await expect.poll(() => lines.filter(([{ file }]) => file !== undefined)).toHaveLength(4)
  })

  test('looks no more once it is closed', async () => {
    await api.close()
    let witness: RBACAuthorizer | undefined
    const seen = await new Promise<string>((resolve) => {
      witness = rbac({ file: rbacFile, reloadIntervalMs: 30, onReload: resolve })
      install('two,bob,2', bound('carl'))
    })
    expect(seen).toBe(rbacFile)
    expect(lines).toEqual([])
    witness?.close()
  })
})

test('who joins ways of their own is told, and ends it', async () => {
  const told: unknown[] = []
  const authenticator = authenticatorOf({ tokenFile, tokenFileReloadIntervalMs: 10 }, undefined, (...args) =>
    told.push(args),
  )
  const known = async (token: string) => (await authenticator.tokens?.authenticateToken(token))?.user.name
  expect(await known('one')).toBe('ann')
  install('one,eve,1', bound('ann'))
  await expect.poll(() => told).toEqual([[tokenFile, undefined]])
  expect(await known('one')).toBe('eve')
  authenticator.close()
})

test('roles that were given as objects and by a file hold together after it has changed', async () => {
  const told: unknown[] = []
  const authorizer = authorizerOf({
    rbac: {
      file: rbacFile,
      reloadIntervalMs: 10,
      onReload: (...args) => told.push(args),
      objects: [
        {
          kind: 'ClusterRoleBinding',
          metadata: { name: 'given' },
          subjects: [{ kind: 'User', name: 'given' }],
          roleRef: { kind: 'ClusterRole', name: 'cluster-admin' },
        },
      ],
    },
  })
  const rules = async (name: string) => (await authorizer.rulesFor({ name, groups: [] }, '')).resourceRules.length
  expect([await rules('ann'), await rules('given'), await rules('bob')]).toEqual([1, 1, 0])
  install('', bound('bob'))
  await expect.poll(() => told).toEqual([[rbacFile, undefined]])
  expect([await rules('ann'), await rules('given'), await rules('bob')]).toEqual([0, 1, 1])
  authorizer.close()
})

describe('tokens that were read stay in force', () => {
  const told: string[] = []
  let tokens: TokenFile
  beforeEach(() => {
    told.length = 0
    const onReload = (_: string, err?: unknown) => void told.push(err === undefined ? 'taken' : String(err))
    tokens = new TokenFile(tokenFile, { reloadIntervalMs: 10, onReload, tokens: [{ token: 'given', user: 'zoe' }] })
  })
  afterEach(() => tokens.close())
  const known = () => ['one', 'two', 'given'].filter((token) => tokens.authenticateToken(token) !== undefined)

  test.each([
    ['empty', '', 'is empty'],
    ['nothing but line breaks', '\uFEFF\r\n\n', 'is empty'],
    ['null', 'null\n', 'must have at least 3 columns'],
    ['a comment', '# being written\n', 'must have at least 3 columns'],
  ])('while their file is %s, which is told once', async (_, text, why) => {
    install(text, '')
    await expect.poll(() => told).toHaveLength(1)
    expect(told).toEqual([expect.stringContaining(`token file '${tokenFile}' ${why}`)])
    expect(known()).toEqual(['one', 'given'])
    install('two,bob,2', '')
    await expect.poll(() => told).toHaveLength(2)
    expect([told[1], known()]).toEqual(['taken', ['two', 'given']])
  })

  test.skipIf(process.platform === 'win32')('while their file is a pipe that nobody writes to', async () => {
    execFileSync('mkfifo', [join(folder, 'pipe')])
    swap(tokenFile, join(folder, 'pipe'))
    await expect.poll(() => told).toHaveLength(1)
    expect(told[0]).toContain(
      `authentication.tokenFile: the file ${tokenFile} cannot be read: it is a pipe, not a regular file`,
    )
    expect(known()).toEqual(['one', 'given'])
  })

  test('until a line without a token takes them all away', async () => {
    install(',,\n', '')
    await expect.poll(() => told).toEqual(['taken'])
    expect(known()).toEqual(['given'])
  })

  test('and a file that begins empty is none', async () => {
    install('', '')
    const late = new TokenFile(tokenFile, { reloadIntervalMs: 10, onReload: (_, err) => void told.push(String(err)) })
    expect(late.authenticateToken('one')).toBeUndefined()
    late.close()
  })
})

describe('roles that were read stay in force', () => {
  const told: string[] = []
  let authorizer: RBACAuthorizer
  beforeEach(() => {
    told.length = 0
    const onReload = (_: string, err?: unknown) => void told.push(err === undefined ? 'taken' : String(err))
    authorizer = rbac({ file: rbacFile, reloadIntervalMs: 10, onReload })
  })
  afterEach(() => authorizer.close())
  const rules = () => authorizer.rulesFor({ name: 'ann', groups: [] }, '').resourceRules.length

  test.each([
    ['empty', ''],
    ['null', 'null'],
    ['of comments alone', '# being written\n---\n'],
  ])('while their file is %s, which is told once', async (_, text) => {
    install('', text)
    await expect.poll(() => told).toHaveLength(1)
    expect(told).toEqual([expect.stringContaining(`the RBAC file ${rbacFile} cannot be used: it is empty`)])
    expect(rules()).toBe(1)
    install('', bound('bob'))
    await expect.poll(() => told).toHaveLength(2)
    expect([told[1], rules()]).toEqual(['taken', 0])
  })

  test.skipIf(process.platform === 'win32')('while their file is a device without an end', async () => {
    swap(rbacFile, '/dev/zero')
    await expect.poll(() => told).toHaveLength(1)
    expect(told[0]).toContain(`the RBAC file ${rbacFile} cannot be used: it is a device, not a regular file`)
    expect(rules()).toBe(1)
  })

  test('until an empty list takes them all away', async () => {
    install('', 'kind: List\nitems: []')
    await expect.poll(() => told).toEqual(['taken'])
    expect(rules()).toBe(0)
  })
})

test('an authorizer that takes other roles looks at their file alone', async () => {
  const told: string[] = []
  const authorizer = rbac({ file: rbacFile, reloadIntervalMs: 10, onReload: () => told.push('old') })
  const other = join(folder, 'other.yaml')
  writeFileSync(other, bound('carl'))
  authorizer.replace({ file: other, reloadIntervalMs: 10, onReload: () => told.push('new') })
  install('', bound('bob'))
  writeFileSync(other, bound('dora'))
  await expect.poll(() => told).toEqual(['new'])
  expect(authorizer.rulesFor({ name: 'dora', groups: [] }, '').resourceRules).toHaveLength(1)
  authorizer.close()
})

test('many roles are read in turns of the event loop', async () => {
  const many = Array.from({ length: 300 }, (_, i) => bound(`u${i}`).replace('admins', `b${i}`)).join('---')
  let turns = 0
  let begun = 0
  const count = () => {
    turns++
    counting = setImmediate(count)
  }
  let counting = setImmediate(count)
  const [authorizer, took] = await new Promise<[RBACAuthorizer, number]>((resolve) => {
    const made = rbac({
      file: rbacFile,
      reloadIntervalMs: 10,
      onReload: () => resolve([made, turns - begun]),
      /** Asked for when reading begins. */
      get objects() {
        begun = turns
        return []
      },
    })
    install('', many)
  })
  clearImmediate(counting)
  expect(took).toBeGreaterThan(1)
  expect(authorizer.rulesFor({ name: 'u299', groups: [] }, '').resourceRules).toHaveLength(1)
  authorizer.close()
})
