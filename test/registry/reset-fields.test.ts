import { expect, test } from 'vitest'
import { defineResource } from '../../lib/index.js'
import { served } from '../server/harness.js'

const jobs = defineResource({
  group: 'example.com',
  version: 'v1',
  kind: 'Job',
  plural: 'jobs',
  scope: 'Cluster',
  statusSubresource: true,
  schema: {
    type: 'object',
    properties: {
      spec: { type: 'object', properties: { size: { type: 'integer' } } },
      status: { type: 'object', properties: { done: { type: 'boolean' } } },
    },
  },
})

interface Managed {
  readonly metadata: { readonly managedFields: { manager: string; subresource?: string; fieldsV1: object }[] }
}

const server = served({ resources: [jobs] })
const send = async (method: string, path: string, body: object, manager: string): Promise<Managed> => {
  const options = { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
  return (await server.send(`/apis/example.com/v1/jobs${path}?fieldManager=${manager}`, options)).json<Managed>()
}

test('who writes the main resource does not come to own the status it cannot write', async () => {
  const created = await send(
    'POST',
    '',
    { metadata: { name: 'a' }, spec: { size: 1 }, status: { done: true } },
    'author',
  )
  expect(created.metadata.managedFields).toMatchObject([{ manager: 'author', fieldsV1: { 'f:spec': {} } }])
  expect(created.metadata.managedFields[0]!.fieldsV1).not.toHaveProperty('f:status')
  const reported = await send('PUT', '/a/status', { ...created, status: { done: false } }, 'controller')
  expect(reported.metadata.managedFields).toContainEqual(
    expect.objectContaining({
      manager: 'controller',
      subresource: 'status',
      fieldsV1: { 'f:status': expect.anything() },
    }),
  )
})
