import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildTimeoutMs, type ExampleProcess, ensureBuilt, runExample, startExample } from '../support/cli.js'
import { kubectl, kubectlBinaries } from '../support/kubectl.js'
import { openWatch, send } from '../support/server.js'

const scratch = mkdtempSync(join(tmpdir(), 'express-apiserver-metrics-'))
const processes = '/apis/metrics.example.com/v1alpha1/processes'
let server: ExampleProcess

beforeAll(async () => {
  ensureBuilt()
  server = await startExample(['--example', 'process-metrics'])
}, buildTimeoutMs)

afterAll(async () => {
  await server?.stop()
  rmSync(scratch, { recursive: true, force: true })
})

interface Metrics {
  readonly metadata: { readonly name: string; readonly resourceVersion: string }
  readonly usage: { readonly memoryBytes: number }
}

test('what is read is measured when it is asked for', async () => {
  const list = (await send(`${server.url}${processes}`)).json<{ items: Metrics[] }>()
  expect(list.items.map(({ metadata }) => metadata.name)).toEqual([`process-${server.pid}`])
  const one = (await send(`${server.url}${processes}/process-${server.pid}`)).json<Metrics>()
  expect(Number(one.metadata.resourceVersion)).toBeGreaterThan(Number(list.items[0]?.metadata.resourceVersion))
  expect(one.usage.memoryBytes).toBeGreaterThan(1_000_000)
  expect((await send(`${server.url}${processes}/other`)).json()).toMatchObject({ reason: 'NotFound' })
})

test.each([
  ['labelSelector=runtime%3Dnode', 1],
  ['labelSelector=runtime%3Ddeno', 0],
  ['fieldSelector=metadata.name%3Dother', 0],
])('a list is what its selectors choose: %s', async (query, count) => {
  expect((await send(`${server.url}${processes}?${query}`)).json<{ items: unknown[] }>().items).toHaveLength(count)
})

test('a watch tells of each measurement', async () => {
  const watch = await openWatch(`${server.url}${processes}?watch=true`)
  const events = await watch.until((seen) => seen.length === 3)
  expect(events.map(({ type }) => type)).toEqual(['ADDED', 'MODIFIED', 'MODIFIED'])
  watch.cancel()
})

test('nothing of it can be written, and no store be chosen', async () => {
  for (const method of ['POST', 'DELETE'])
    expect((await send(`${server.url}${processes}`, { method })).status, method).toBe(405)
  const { code, stderr } = await runExample(['--example', 'process-metrics', '--data', 'x'])
  expect([code, stderr]).toEqual([
    2,
    'process-metrics keeps no objects: --data and --etcd-servers mean nothing to it\n',
  ])
})

for (const binary of kubectlBinaries)
  describe.runIf(binary.there)(binary.name, () => {
    test('gets it by its short name in columns of its own, and explains it', async () => {
      const k = kubectl(binary, server.url, join(scratch, binary.name.replaceAll(/\W/g, '-')))
      expect(await k.ok(['get', 'ps'])).toMatch(/^NAME +CPU +MEMORY +AGE\nprocess-\d+ +[\d.]+s +\d+Mi +\d/)
      expect(await k.ok(['explain', 'processes.usage'])).toContain('Memory that is its own.')
    })
  })
