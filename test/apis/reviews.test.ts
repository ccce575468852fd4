import { describe, expect, test } from 'vitest'
import { AUTHENTICATION, AUTHORIZATION, asMaster, flunders, type Review, reviewServer } from './review-server.js'

const server = reviewServer()

describe('the reviews', () => {
  test('are discovered as resources that can be created alone', async () => {
    const discovered = async (path: string) => {
      const { resources } = (await server.send(path, { as: 'jane' })).json<{
        resources: { name: string; namespaced: boolean; verbs: string[] }[]
      }>()
      return resources.map(({ name, namespaced, verbs }) => `${name} ${namespaced} ${verbs}`)
    }
    expect(await discovered(AUTHORIZATION)).toEqual([
      'localsubjectaccessreviews true create',
      'selfsubjectaccessreviews false create',
      'selfsubjectrulesreviews false create',
      'subjectaccessreviews false create',
    ])
    expect(await discovered(AUTHENTICATION)).toEqual(['selfsubjectreviews false create', 'tokenreviews false create'])
  })

  test('are answered in YAML too, and to a dry run', async () => {
    const answer = await server.send(`${AUTHORIZATION}/selfsubjectaccessreviews?dryRun=All`, {
      as: 'jane',
      headers: { accept: 'application/yaml', 'content-type': 'application/yaml' },
      body: 'spec:\n  resourceAttributes: {verb: list, resource: flunders, group: wardle.example.com, namespace: default}\n',
    })
    expect(answer.status).toBe(201)
    expect(answer.text).toContain('status:\n  allowed: true\n')
  })

  test('can be asked in protobuf, as the clients do that have the kinds compiled in', async () => {
    const field = (number: number, content: string | Buffer): Buffer => {
      const bytes = Buffer.from(content)
      return Buffer.concat([Buffer.from([number * 8 + 2, bytes.length]), bytes])
    }
    const attributes = [field(1, 'default'), field(2, 'list'), field(3, 'wardle.example.com'), field(5, 'flunders')]
    const scopes = Buffer.concat([field(1, 'scopes'), field(2, Buffer.concat([field(1, 'a'), field(1, 'b')]))])
    const spec = [
      field(1, Buffer.concat(attributes)),
      field(3, 'kim'),
      field(4, 'devs'),
      field(5, scopes),
      field(6, 'u1'),
    ]
    const type = Buffer.concat([field(1, 'authorization.k8s.io/v1'), field(2, 'SubjectAccessReview')])
    const body = Buffer.concat([Buffer.from('k8s\0'), field(1, type), field(2, field(2, Buffer.concat(spec)))])
    const headers = {
      'content-type': 'application/vnd.kubernetes.protobuf',
      accept: 'application/vnd.kubernetes.protobuf,application/json',
    }
    const path = `${AUTHORIZATION}/subjectaccessreviews`
    const answer = await server.send(path, { ...asMaster, headers, body })
    expect(answer.headers['content-type']).toBe('application/json')
    expect(answer.json<Review>()).toMatchObject({
      spec: {
        resourceAttributes: flunders('list'),
        user: 'kim',
        groups: ['devs'],
        extra: { scopes: ['a', 'b'] },
        uid: 'u1',
      },
      status: { allowed: true, reason: expect.stringContaining('to Group "devs"') },
    })
    const other = await server.send(`${AUTHORIZATION}/selfsubjectaccessreviews`, { ...asMaster, headers, body })
    expect([other.status, other.json().message]).toEqual([
      400,
      expect.stringContaining('SubjectAccessReview in version "v1" cannot be handled as a SelfSubjectAccessReview'),
    ])
    const broken = await server.send(path, { ...asMaster, headers, body: body.subarray(0, -3) })
    expect([broken.status, broken.json().message]).toEqual([400, expect.stringContaining('unexpected EOF')])
    const insisting = { ...headers, accept: 'application/vnd.kubernetes.protobuf' }
    expect((await server.send(path, { ...asMaster, headers: insisting, body })).status).toBe(406)
    const flunder = { ...asMaster, headers, body, method: 'POST' }
    expect((await server.send('/apis/wardle.example.com/v1/namespaces/default/flunders', flunder)).status).toBe(415)
  })
})
