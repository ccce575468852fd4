import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lmdb } from 'express-apiserver'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { backgroundContext } from '../../lib/meta/context.js'
import { buildTimeoutMs, ensureBuilt } from '../support/cli.js'
import { parseExposition, sumOf } from '../support/prometheus.js'
import { openWatch, send } from '../support/server.js'
import { Child } from './child/spawn.js'
import { V2, widget } from './harness.js'

beforeAll(ensureBuilt, buildTimeoutMs)

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

function started(program: string, ...args: string[]): Child {
  const child = new Child(program, ...args)
  cleanups.push(() => child.kill())
  return child
}

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'express-apiserver-process-'))
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function serving(folder: string, options: object = {}): Promise<{ readonly child: Child; readonly url: string }> {
  const child = started('serve.mjs', folder, JSON.stringify(options))
  return { child, url: (await child.said(/^on (\S+)/))[1]! }
}

/** The code of the answer; undefined when there was none. */
function post(url: string, body: object, agent: Agent | false): Promise<number | undefined> {
  return new Promise((resolve) => {
    const sent = request(
      url,
      { method: 'POST', agent, headers: { 'content-type': 'application/json' } },
      (response) => {
        response.resume().once('end', () => resolve(response.statusCode))
        response.once('error', () => resolve(undefined))
      },
    )
    sent.once('error', () => resolve(undefined))
    sent.end(JSON.stringify(body))
  })
}

describe.each(['SIGTERM', 'SIGINT'] as const)('%s under load', (signal) => {
  test('loses no write that was acknowledged, leaves none unanswered, ends watches, and ends the process', async () => {
    const folder = newFolder()
    const { child, url } = await serving(folder)
    const path = `${url}${V2}/namespaces/load/widgets`
    const watches = await Promise.all(Array.from({ length: 5 }, () => openWatch(`${path}?watch=true`)))
    const acknowledged: string[] = []
    const codes = new Set<number | undefined>()
    let ended = false
    const writer = async (w: number) => {
      const agent = w % 2 === 0 ? new Agent({ keepAlive: true, maxSockets: 1 }) : false
      for (let i = 0; !ended; i++) {
        const name = `w${w}-${i}`
        const code = await post(path, widget(name), agent)
        codes.add(code)
        if (code === 201) acknowledged.push(name)
      }
      if (agent) agent.destroy()
    }
    const writers = Array.from({ length: 16 }, (_, w) => writer(w))
    await expect.poll(() => acknowledged.length, { timeout: 20_000 }).toBeGreaterThan(300)
    child.process.kill(signal)
    expect(await child.exited).toEqual({ code: 0, signal: null })
    ended = true
    await Promise.all([...writers, ...watches.map((watch) => watch.ended)])
    // Created, told to come back later, or never taken.
    expect([...codes].filter((code) => code !== 201 && code !== 429 && code !== undefined)).toEqual([])
    const store = lmdb(folder)
    await store.open(backgroundContext())
    const { items } = await store.range(backgroundContext(), '/registry/example.com/widgets/load/')
    await store.close()
    expect(items.map(({ key }) => key.split('/').at(-1)).sort()).toEqual(acknowledged.sort())
  })
})

/** Files that a process may have open, less what it needs otherwise. */
const limit = Number(execFileSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).trim()) || 1_000_000
const COUNT = Math.min(10_000, limit - 500)
const MAX = Math.floor(COUNT / 10)

describe(`${COUNT} connections that say nothing, of another process`, () => {
  test('are cut down to the limit, and those who ask are served meanwhile', async () => {
    const { url } = await serving(newFolder(), { maxConnections: MAX, headersTimeoutMs: 60_000 })
    const watch = await openWatch(`${url}${V2}/namespaces/a/widgets?watch=true`)
    const holder = started('hold.mjs', String(new URL(url).port), String(COUNT))
    const counts = () =>
      (/^(\d+) open, (\d+) closed$/.exec(holder.lines.at(-1) ?? '') ?? [0, 0, 0]).slice(1).map(Number)
    const asked: number[] = []
    while (counts()[1]! < COUNT - MAX) asked.push((await send(`${url}${V2}/namespaces/a/widgets`)).status)
    for (let i = 0; i < 50; i++) asked.push((await send(`${url}${V2}/namespaces/a/widgets`)).status)
    expect(new Set(asked)).toEqual(new Set([200]))
    expect((await send(`${url}${V2}/namespaces/a/widgets`, { body: widget('after') })).status).toBe(201)
    await watch.until((events) => events.some(({ object }) => object.metadata.name === 'after'))
    expect(counts()[0]).toBeLessThanOrEqual(MAX)
    const families = parseExposition((await send(`${url}/metrics`)).text)
    expect(sumOf(families, 'process_open_fds')).toBeLessThan(MAX + 100)
    watch.cancel()
  }, 180_000)

  test('are ended when they have not asked in time', async () => {
    const { url } = await serving(newFolder(), { headersTimeoutMs: 500, maxConnections: 0 })
    const holder = started('hold.mjs', String(new URL(url).port), '1000')
    await holder.said(/^0 open, 1000 closed$/)
    expect((await send(`${url}/livez`)).status).toBe(200)
  })
})
