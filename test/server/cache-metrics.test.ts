import { expect, test } from 'vitest'
import { parseExposition, sumOf } from '../support/prometheus.js'
import { openWatch } from '../support/server.js'
import { create, freshPath, served, widget } from './harness.js'

const server = served({ metrics: true, health: true })
const uncached = served({ metrics: true, health: true, watchCache: false })
const scrape = async (from = server) => parseExposition((await from.send('/metrics')).text)
const widgets = { resource: 'widgets.example.com' }

test('a watch cache tells what it holds, what it was told, and who reads and watches it', async () => {
  const path = freshPath()
  const before = await scrape()
  await create(server, path, widget('a'))
  await server.send(`${path}/a`)
  await server.send(path)
  const watch = await openWatch(`${server.url}${path}?watch=true`)
  const after = await scrape()
  watch.cancel()
  const grown = (name: string, labels: Record<string, string> = {}) =>
    sumOf(after, name, { ...widgets, ...labels }) - sumOf(before, name, { ...widgets, ...labels })
  expect(grown('apiserver_watch_cache_events_received_total')).toBe(1)
  expect(grown('apiserver_watch_cache_consistent_read_total', { fallback: 'false' })).toBeGreaterThanOrEqual(2)
  expect(grown('apiserver_watch_cache_consistent_read_total', { fallback: 'true' })).toBe(0)
  expect(grown('apiserver_registered_watchers')).toBe(1)
  expect(sumOf(after, 'apiserver_watch_cache_initializations_total', widgets)).toBe(1)
  expect(sumOf(after, 'apiserver_watch_cache_capacity', widgets)).toBeGreaterThan(0)
  expect(sumOf(after, 'apiserver_watch_cache_resource_version', {})).toBeGreaterThan(1)
  expect(sumOf(after, 'apiserver_watch_cache_seconds_behind', {})).toBe(0)
})

test('a server without watch caches tells nothing of them', async () => {
  expect([...(await scrape(uncached)).keys()].filter((name) => name.includes('watch_cache'))).toEqual([])
})
