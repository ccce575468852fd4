import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { send } from '../support/server.js'
import { FLUNDERS, GADGETS, type Served, serveApi } from './watch/served.js'

let served: Served
beforeAll(async () => {
  served = await serveApi()
})
afterAll(() => served.close())

const JSON_TYPE = 'application/json'
const YAML = 'application/yaml'

async function refusal(collection: string, body: string, type: string): Promise<string> {
  const url = `${served.url}${collection}?fieldValidation=Strict`
  const answer = await send(url, { body, headers: { 'content-type': type } })
  const { code, message = '' } = answer.json<{ code?: number; message?: string }>()
  expect(code).toBe(400)
  return message.replace(/^.*: strict decoding error: /, '')
}

describe('what strict decoding has against a body', () => {
  it.each([
    [
      'in the order of the text',
      '{"x":1,"metadata":{"foo":1,"name":"a","name":"b"},"spec":{"reference":"a","y":1,"reference":"b"}}',
      'unknown field "x", unknown field "metadata.foo", duplicate field "metadata.name", unknown field "spec.y", duplicate field "spec.reference"',
    ],
    ['but for what unknown fields hold', '{"x":{"a":1,"a":2},"x":2,"metadata":{"name":"a"}}', 'unknown field "x"'],
    [
      'but for what a manager owns',
      '{"kind":"Flunder","kind":"Flunder","metadata":{"name":"a","managedFields":[{"fieldsV1":{"f:a":{},"f:a":{}}}]}}',
      'duplicate field "kind"',
    ],
  ])('of a built-in type is told %s', async (_, body, message) => {
    expect(await refusal(FLUNDERS, body, JSON_TYPE)).toBe(message)
  })

  it('of a custom resource is told with what stands twice first, then by paths, those of the metadata before others', async () => {
    const body =
      '{"x":1,"b":1,"apiVersion":"watched.example.com/v1","kind":"Gadget","metadata":{"foo":1,"bar":1,"name":"a","name":"b"}}'
    expect(await refusal(GADGETS, body, JSON_TYPE)).toBe(
      'duplicate field "metadata.name", unknown field "metadata.bar", unknown field "metadata.foo", unknown field "b", unknown field "x"',
    )
  })

  it.each([
    ['application/merge-patch+json', '{"x":1,"spec":{"y":1},"b":1}', ['b', 'spec.y', 'x']],
    [
      'application/json-patch+json',
      '[{"op":"add","path":"/x","value":1},{"op":"add","path":"/b","value":1}]',
      ['b', 'x'],
    ],
    ['application/strategic-merge-patch+json', '{"b":1,"spec":{"y":1}}', ['spec.y', 'b']],
  ])('of the result of a patch is told as it is put together: %s', async (type, body, fields) => {
    const name = `patched-${fields.join('-').replaceAll('.', '-')}`
    await served.create(FLUNDERS, { metadata: { name }, spec: { reference: 'a' } })
    const headers = { 'content-type': type }
    const answer = await send(`${served.url}${FLUNDERS}/${name}`, { method: 'PATCH', body, headers })
    const unknown = [...(answer.headers.warning ?? '').matchAll(/unknown field \\"([^\\]*)\\"/g)].map(
      ([, field]) => field,
    )
    expect(unknown).toEqual(fields)
  })

  it('in YAML is told by lines, and by the names of fields', async () => {
    const body = 'z: 1\nspec:\n  yy: 1\nmetadata:\n  name: a\n  name: b\nspec-x: 1\n'
    expect(await refusal(FLUNDERS, body, YAML)).toBe(
      'yaml: unmarshal errors:\n  line 6: key "name" already set in map, unknown field "spec.yy", unknown field "spec-x", unknown field "z"',
    )
    const answer = await send(`${served.url}${FLUNDERS}?dryRun=All`, { body, headers: { 'content-type': YAML } })
    expect(answer.headers.warning).toContain('299 - "line 6: key \\"name\\" already set in map", 299 - "unknown field')
  })
})
