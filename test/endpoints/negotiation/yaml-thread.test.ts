import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import ts from 'typescript'
import { afterAll, describe, expect, it } from 'vitest'
import { jsonSerializer, readAhead, yamlSerializer } from '../../../lib/endpoints/negotiation/serializers.js'
import { YAMLThread } from '../../../lib/endpoints/negotiation/yaml-thread.js'
import { decodeJSON } from '../../../lib/runtime/json/index.js'
import { decodeYAML } from '../../../lib/runtime/yaml/index.js'

const keys = (count: number) => Array.from({ length: count }, (_, i) => `k${i}: v${i}\n`).join('')
/** Some hundred kilobytes, so much more than may be read at once. */
const LARGE = Buffer.from(`__proto__: {a: 1}\nbig: 9007199254740993\nk0: first\n${keys(20_000)}`)
/** Seconds of work in little text. */
const HOSTILE = Buffer.from(keys(190_000))

describe('a thread that reads YAML', () => {
  it('reads what the decoder reads, to the last digit and key', async () => {
    const { json, duplicates } = await new YAMLThread().read(LARGE)
    const { value } = decodeJSON(json)
    expect({ value, duplicates }).toEqual(decodeYAML(LARGE))
    expect(duplicates).toEqual(['k0'])
    expect(Object.getOwnPropertyDescriptor(value, '__proto__')?.value).toEqual({ a: 1 })
    expect((value as { big: bigint }).big).toBe(9007199254740993n)
  })

  it('leaves the event loop to others', async () => {
    let turns = 0
    const count = () => {
      turns++
      next = setImmediate(count)
    }
    let next = setImmediate(count)
    await new YAMLThread().read(LARGE)
    clearImmediate(next)
    expect(turns).toBeGreaterThan(100)
  })

  it('refuses a text that takes too long, and goes on with the next', async () => {
    const thread = new YAMLThread({ deadlineMs: 300 })
    const [slow, next] = await Promise.allSettled([thread.read(HOSTILE), thread.read(Buffer.from('a: b'))])
    expect(slow).toMatchObject({
      reason: {
        status: {
          code: 413,
          reason: 'RequestEntityTooLarge',
          message: `Request entity too large: YAML of ${HOSTILE.length} bytes takes more than 0.3 s to read; send JSON`,
        },
      },
    })
    expect(next.status === 'fulfilled' || (next.reason as { status?: { code: number } }).status?.code === 413).toBe(
      true,
    )
  })

  it('refuses a text that takes too much memory, and reads the next', async () => {
    const thread = new YAMLThread({ heapMB: 24, deadlineMs: 60_000 })
    await expect(thread.read(HOSTILE)).rejects.toMatchObject({
      status: { code: 413, message: expect.stringContaining('takes too much memory to read; send JSON') },
    })
    expect((await thread.read(Buffer.from('a: b'))).json.toString()).toBe('{"a":"b"}')
  })

  it('lets no more wait than it is told', async () => {
    const thread = new YAMLThread({ maxWaiting: 1 })
    const first = thread.read(LARGE)
    const second = thread.read(Buffer.from('a: b'))
    await expect(thread.read(Buffer.from('a: b'))).rejects.toMatchObject({
      status: { code: 429, details: { retryAfterSeconds: 1 } },
    })
    await Promise.all([first, second])
  })

  it('says what is wrong with a text as the decoder does', async () => {
    await expect(new YAMLThread().read(Buffer.from('a: [b\nc: d'))).rejects.toThrow(/^yaml: line \d/)
  })

  it('starts again after it ended for want of work', async () => {
    const thread = new YAMLThread({ idleMs: 1 })
    await thread.read(Buffer.from('a: b'))
    await new Promise((tick) => setTimeout(tick, 50))
    expect((await thread.read(Buffer.from('c: d'))).json.toString()).toBe('{"c":"d"}')
  })
})

describe('reading ahead', () => {
  it('gives what the serializer would, of JSON and of what a person writes', async () => {
    const small = Buffer.from(keys(100))
    expect((await readAhead(yamlSerializer, small, {}))()).toEqual(decodeYAML(small))
    const json = Buffer.from(JSON.stringify({ text: 'x'.repeat(100_000) }))
    const value = { text: 'x'.repeat(100_000) }
    for (const serializer of [jsonSerializer, yamlSerializer])
      expect((await readAhead(serializer, json, {}))()).toEqual({ value, duplicates: [] })
  })

  it('gives a fresh value each time: handlers change what they decode, and may decode again', async () => {
    const decode = await readAhead(yamlSerializer, LARGE, {})
    const first = decode()
    expect(first).toEqual(decodeYAML(LARGE))
    expect(decode().value).not.toBe(first.value)
  })

  it('keeps what cannot be read for whoever decodes', async () => {
    const flow = Buffer.from(`{a: [${'b, '.repeat(10_000)}`)
    const decode = await readAhead(yamlSerializer, flow, {})
    expect(decode).toThrow(/^yaml: /)
  })

  it.each([
    ['JSON', jsonSerializer, Buffer.from(JSON.stringify({ list: Array(200).fill(1) }))],
    ['JSON under the YAML type', yamlSerializer, Buffer.from(JSON.stringify({ list: Array(20_000).fill(1) }))],
    ['a few lines of YAML', yamlSerializer, Buffer.from('- a\n'.repeat(200))],
    ['YAML that a thread reads', yamlSerializer, Buffer.from('- a\n'.repeat(20_000))],
    ['aliases, with what they stand for', yamlSerializer, Buffer.from(`a: &a [${'b,'.repeat(30)}]\nb: [*a, *a, *a]`)],
  ])('refuses more members than allowed, of %s', async (_, serializer, body) => {
    const decode = await readAhead(serializer, body, { maxMembers: 100 })
    expect(decode).toThrow('Request entity too large: limit is 100 fields and list items')
  })
})

describe('compiled', () => {
  const folder = mkdtempSync(join(tmpdir(), 'express-apiserver-compiled-'))
  const root = fileURLToPath(new URL('../../../', import.meta.url))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('the thread finds its module, and does not keep the process alive', () => {
    for (const room of ['meta', 'runtime', 'endpoints/negotiation'])
      cpSync(join(root, 'lib', room), join(folder, 'lib', room), { recursive: true })
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
    for (const name of readdirSync(join(folder, 'lib'), { recursive: true, encoding: 'utf8' })) {
      if (!name.endsWith('.ts')) continue
      const file = join(folder, 'lib', name)
      const compilerOptions = {
        module: ts.ModuleKind.ESNext,
        target: ts.ScriptTarget.ES2022,
        verbatimModuleSyntax: true,
      }
      writeFileSync(
        file.replace(/\.ts$/, '.js'),
        ts.transpileModule(readFileSync(file, 'utf8'), { compilerOptions }).outputText,
      )
      rmSync(file)
    }
    const thread = pathToFileURL(join(folder, 'lib/endpoints/negotiation/yaml-thread.js')).href
    const program = `
      const { YAMLThread } = await import(${JSON.stringify(thread)})
      const { json } = await new YAMLThread().read(Buffer.from('a: [1, yes]'))
      console.log(json.toString())`
    const said = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
      encoding: 'utf8',
      timeout: 20_000,
    })
    expect(said).toBe('{"a":[1,true]}\n')
  })
})
