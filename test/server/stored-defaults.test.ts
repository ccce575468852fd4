import { expect, test } from 'vitest'
import { defineResource, type KubeObject } from '../../lib/index.js'
import { served } from './harness.js'

const tasks = defineResource({
  group: 'example.com',
  kind: 'Task',
  plural: 'tasks',
  scope: 'Cluster',
  statusSubresource: true,
  versions: [
    {
      name: 'v1',
      default: ({ spec }) => {
        const { command, label } = spec as { command: string; label?: string }
        Object.assign(spec as object, { label: label ?? command })
      },
      schema: {
        type: 'object',
        required: ['spec'],
        properties: {
          spec: {
            type: 'object',
            required: ['command', 'retries'],
            properties: {
              command: { type: 'string' },
              label: { type: 'string' },
              retries: { type: 'integer', default: 3 },
            },
          },
          status: { type: 'object', properties: { phase: { type: 'string', default: 'Pending' } } },
        },
      },
    },
    {
      name: 'v1beta1',
      schema: { type: 'object', properties: { run: { type: 'string' }, retries: { type: 'integer' } } },
      toInternal: ({ run, retries, ...rest }) => ({ ...rest, spec: { command: run, ...(retries ? { retries } : {}) } }),
      fromInternal: ({ spec, ...rest }) => {
        const { command, retries } = spec as { command: string; retries: number }
        return { ...rest, run: command, retries }
      },
    },
  ],
})
const server = served({ resources: [tasks] })
const V1 = '/apis/example.com/v1/tasks'
const OLD = '/apis/example.com/v1beta1/tasks'
const specAt = async (path: string) => (await server.send(path)).json<KubeObject>().spec

test('what is written in one version is stored with the defaults of the version that is stored', async () => {
  const made = await server.send(OLD, { body: { metadata: { name: 'a' }, run: 'date' } })
  expect([made.status, made.json()]).toMatchObject([201, { run: 'date', retries: 3 }])
  expect(await specAt(`${V1}/a`)).toEqual({ command: 'date', label: 'date', retries: 3 })
  const old = (await server.send(`${OLD}/a`)).json<KubeObject>()
  const { retries: _, ...without } = old
  const updated = await server.send(`${OLD}/a`, { method: 'PUT', body: { ...without, run: 'time' } })
  expect(updated.status).toBe(200)
  expect(await specAt(`${V1}/a`)).toEqual({ command: 'time', label: 'time', retries: 3 })
})

test('what says the field keeps what it says', async () => {
  await server.send(OLD, { body: { metadata: { name: 'b' }, run: 'date', retries: 7 } })
  expect(await specAt(`${V1}/b`)).toEqual({ command: 'date', label: 'date', retries: 7 })
})

test('no status comes of defaults that nobody wrote', async () => {
  await server.send(V1, { body: { metadata: { name: 'c' }, spec: { command: 'x' } } })
  expect((await server.send(`${V1}/c`)).json<KubeObject>().status).toBeUndefined()
})
