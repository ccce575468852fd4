import { afterEach, expect, test } from 'vitest'
import { defineResource, type KubeObject } from '../../lib/index.js'
import { served } from './harness.js'

const text = (pattern?: string) => ({ type: 'string' as const, ...(pattern ? { pattern } : {}) })
const sizeOf = (object: KubeObject): string => (object.spec as { size: string }).size

const crates = defineResource({
  group: 'example.com',
  kind: 'Crate',
  plural: 'crates',
  scope: 'Cluster',
  versions: [
    { name: 'v1', schema: { type: 'object', properties: { spec: { type: 'object', properties: { width: text() } } } } },
    {
      name: 'v1alpha1',
      schema: {
        type: 'object',
        required: ['spec'],
        properties: { spec: { type: 'object', required: ['size'], properties: { size: text('^[0-9]+x[0-9]+$') } } },
      },
      toInternal: (object) => ({ ...object, spec: { width: sizeOf(object).split('x')[0] } }),
      fromInternal: (object) => ({ ...object, spec: { size: `${(object.spec as { width: string }).width}x1` } }),
    },
  ],
  validate: (object) => {
    if (object.metadata.name === 'broken') throw new TypeError('secret of the program')
    return undefined
  },
})

const logged: unknown[] = []
afterEach(() => logged.splice(0))
const logger = { info() {}, warn() {}, error: ({ err }: { err?: unknown }) => void logged.push(err) }
const server = served({ resources: [crates], logger })
const post = (version: string, body: object) =>
  server.send(`/apis/example.com/${version}/crates`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

test('a client hears of the fields of its own version, before anything is converted', async () => {
  const missing = await post('v1alpha1', { metadata: { name: 'a' }, spec: {} })
  expect([missing.status, missing.json<{ message: string }>().message]).toEqual([
    422,
    'Crate.example.com "a" is invalid: spec.size: Required value',
  ])
  const wrong = await post('v1alpha1', { metadata: { name: 'a' }, spec: { size: 'wide' } })
  expect(wrong.json<{ message: string }>().message).toContain('spec.size: Invalid value: "wide"')
  expect((await post('v1alpha1', { metadata: { name: 'a' }, spec: { size: '2x3' } })).status).toBe(201)
})

test('a mistake in a hook is told to the log, not to the client', async () => {
  const answer = await post('v1', { metadata: { name: 'broken' } })
  expect(answer.status).toBe(500)
  expect(answer.text).not.toContain('secret')
  expect(logged).toEqual([expect.objectContaining({ message: 'secret of the program' })])
})

test('a kind without merge keys names the patches that it takes', async () => {
  const answer = await server.send('/apis/example.com/v1/crates/a', {
    method: 'PATCH',
    headers: { 'content-type': 'application/strategic-merge-patch+json' },
    body: '{}',
  })
  expect(answer.status).toBe(415)
  expect(answer.json<{ message: string }>().message).toBe(
    'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml',
  )
})

test('a definition that cannot be used says whose schema it was', () => {
  const define = () =>
    defineResource({
      group: 'example.com',
      version: 'v1',
      kind: 'Odd',
      plural: 'odds',
      scope: 'Cluster',
      schema: { type: 'object', properties: { a: {} } },
    })
  expect(define).toThrow(/^the schema of Odd v1 cannot be used: .*properties\[a\]/)
})
