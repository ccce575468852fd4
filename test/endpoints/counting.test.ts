import { request as plainRequest } from 'node:http'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { create, freshPath, type Served, served, V1, V2, widget } from '../server/harness.js'

const server = served()
const OBJECTS = 10

// Every text that is parsed while a test looks; the tests themselves parse nothing meanwhile.
let parsed: string[] = []
beforeEach(() => {
  parsed = []
  const parse = JSON.parse
  vi.spyOn(JSON, 'parse').mockImplementation((text: string, reviver) => {
    if (typeof text === 'string' && text.includes('"marked"')) parsed.push(text)
    return parse(text, reviver)
  })
})
afterEach(() => {
  vi.restoreAllMocks()
})

async function filled(version: string): Promise<string> {
  const path = freshPath(version)
  for (let i = 0; i < OBJECTS; i++) await create(server, path, widget(`w${i}`, {}, { labels: { marked: 'yes' } }))
  parsed = []
  return path
}

/** Reads a watch as bytes until so many lines have come; `begun` is called once so many less two have. */
function lines({ url }: Served, path: string, count: number, begun = () => {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = plainRequest(url + path, { agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
        const come = text.split('\n').length - 1
        if (come >= count - 2) begun()
        if (come < count) return
        sent.destroy()
        resolve(text)
      })
    })
    sent.on('error', reject)
    sent.end()
  })
}

/** How many texts of objects were parsed. */
async function parses(work: () => Promise<unknown>): Promise<number> {
  parsed = []
  await work()
  return parsed.length
}

test('a GET of the stored version parses nothing, one of another version parses the object', async () => {
  const path = await filled(V1)
  const other = path.replace(V1, V2)
  expect(await parses(() => server.send(`${path}/w0`))).toBe(0)
  expect(await parses(() => server.send(`${other}/w0`))).toBe(1)
})

test('a LIST of the stored version parses nothing, with a selector or in another version every object once', async () => {
  const path = await filled(V1)
  const read = (query: string, from = path) => parses(() => server.send(from + query))
  expect(await read('')).toBe(0)
  expect(await read('?limit=3')).toBe(0)
  expect(await read('?resourceVersion=0')).toBe(0)
  expect(await read('?labelSelector=marked')).toBe(OBJECTS)
  expect(await read('?labelSelector=marked')).toBe(0)
  expect(await read('', path.replace(V1, V2))).toBe(0)
  expect(await read('', (await filled(V1)).replace(V1, V2))).toBe(OBJECTS)
})

test('a watch of the stored version parses nothing, with a selector every object', async () => {
  const path = await filled(V1)
  const watch = (query: string) => parses(() => lines(server, `${path}?watch=true${query}`, OBJECTS))
  expect(await watch('')).toBe(0)
  expect(await watch('&labelSelector=marked')).toBe(OBJECTS)
})

test('a change reaches a watcher of the stored version with no parsing of its own', async () => {
  const path = await filled(V1)
  const { headers } = await server.send(path)
  expect(headers['content-type']).toBe('application/json')
  // What a create and a delete parse for themselves.
  const writes = async (name: string) => {
    const body = widget(name, {}, { labels: { marked: 'yes' } })
    await server.send(path, { body })
    await server.send(`${path}/${name}`, { method: 'DELETE' })
  }
  const alone = await parses(() => writes('unseen'))
  let watched: Promise<string> | undefined
  const together = await parses(async () => {
    await new Promise<void>((begun) => {
      watched = lines(server, `${path}?watch=true`, OBJECTS + 2, begun)
    })
    await writes('seen')
    await watched
  })
  expect(together).toBe(alone)
  expect((await watched)?.split('\n').at(-2)).toContain('"DELETED"')
})
