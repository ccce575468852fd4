import { describe, expect, test } from 'vitest'
import { freshPath, served, V2, widget } from './harness.js'

const ROLE = 'rbac.authorization.k8s.io'
const rule = (...verbs: string[]) => ({ apiGroups: ['example.com'], resources: ['widgets', 'gadgets'], verbs })
const role = (name: string, ...verbs: string[]) => [
  { kind: 'ClusterRole' as const, metadata: { name }, rules: [rule(...verbs)] },
  {
    kind: 'ClusterRoleBinding' as const,
    metadata: { name },
    subjects: [{ kind: 'User' as const, name, apiGroup: ROLE }],
    roleRef: { kind: 'ClusterRole' as const, name, apiGroup: ROLE },
  },
]

let reads = 0
const seen: { verb: string; name: string; path: string }[] = []
const server = served({
  authenticate: ({ headers }) => String(headers['x-user'] ?? ''),
  authorize({ user, verb, name, path }) {
    reads++
    if (user.name === 'broken' && verb === 'create') throw new Error('the store of rights is down')
    if (user.name === 'broken') return 'allow'
    seen.push({ verb, name, path })
    return user.name === 'told' && verb === 'create' ? { decision: 'deny', reason: 'makers only' } : 'noOpinion'
  },
  authorization: {
    rbac: {
      objects: [
        ...role('editor', 'get', 'update', 'patch'),
        ...role('told', 'get', 'update', 'patch'),
        ...role('maker', 'get', 'update', 'patch', 'create'),
      ],
    },
  },
})

const APPLY = { 'content-type': 'application/apply-patch+yaml' }
const applied = (name: string) => ({ apiVersion: 'example.com/v2', kind: 'Widget', metadata: { name } })
const gadget = (name: string) => ({ apiVersion: 'example.com/v2', kind: 'Gadget', metadata: { name } })

/** Both ways by which a change makes its object. */
const ways = [
  [
    'a PUT',
    'gadgets',
    (as: string, name: string, query = '') =>
      server.send(`${V2}/gadgets/${name}${query}`, { method: 'PUT', headers: { 'x-user': as }, body: gadget(name) }),
  ],
  [
    'an apply',
    'widgets',
    (as: string, name: string, query = '') =>
      server.send(`${V2}/namespaces/made/widgets/${name}?fieldManager=me${query.replace('?', '&')}`, {
        method: 'PATCH',
        headers: { ...APPLY, 'x-user': as },
        body: JSON.stringify(applied(name)),
      }),
  ],
] as const
const where = (plural: string) => (plural === 'gadgets' ? 'at the cluster scope' : 'in the namespace "made"')

describe.each(ways)('%s of an object that is not there', (_, plural, change) => {
  test.each(['', '?dryRun=All'])('makes it where its sender may create as well (%s)', async (query) => {
    expect((await change('maker', `new-${query.length}`, query)).status).toBe(201)
  })

  test.each(['', '?dryRun=All'])('is forbidden as a create where its sender may only change (%s)', async (query) => {
    const name = `refused-${query.length}`
    const answer = await change('editor', name, query)
    expect(answer.json()).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: `${plural}.example.com "${name}" is forbidden: User "editor" cannot create resource "${plural}" in API group "example.com" ${where(plural)}`,
      reason: 'Forbidden',
      details: { name, group: 'example.com', kind: plural },
      code: 403,
    })
    expect(answer.status).toBe(403)
    const path = plural === 'gadgets' ? `${V2}/gadgets/${name}` : `${V2}/namespaces/made/widgets/${name}`
    expect((await server.send(path, { headers: { 'x-user': 'maker' } })).status).toBe(404)
  })

  test('is told why it may not be made', async () => {
    const { message } = (await change('told', 'why')).json<{ message: string }>()
    expect(message).toMatch(/: makers only$/)
  })

  test('is answered 500 where nobody can tell whether it may be made', async () => {
    const answer = await change('broken', 'unknown')
    expect(answer.json()).toMatchObject({
      code: 500,
      reason: 'InternalError',
      message: "Internal error occurred: the application's rules failed, as the log of the server tells",
    })
    const causes = server.log.errors.map((err) => String((err as Error).cause))
    expect(causes).toContain('Error: the store of rights is down')
  })

  test('asks for the right to create what it names, once', async () => {
    seen.length = 0
    const answer = await change('maker', 'asked')
    expect(answer.status).toBe(201)
    expect(seen.map(({ verb, name }) => [verb, name])).toEqual([
      [plural === 'gadgets' ? 'update' : 'patch', 'asked'],
      ['create', 'asked'],
    ])
    expect(seen[1]!.path).toBe(seen[0]!.path)
  })

  test('does not ask for it when the object is there', async () => {
    await change('maker', 'there')
    const before = reads
    const answer = await change('editor', 'there')
    expect([answer.status, reads - before]).toEqual([200, 1])
  })
})

test('a patch of an object that is not there is not found, whoever sends it: it makes nothing', async () => {
  const path = `${freshPath()}/none`
  const headers = { 'x-user': 'editor', 'content-type': 'application/merge-patch+json' }
  expect((await server.send(path, { method: 'PATCH', headers, body: JSON.stringify({ spec: {} }) })).status).toBe(404)
  const put = { method: 'PUT', headers: { 'x-user': 'editor' }, body: { ...applied('none'), ...widget('none') } }
  expect((await server.send(path, put)).status).toBe(404)
})
