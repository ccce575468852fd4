import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AdmissionPlugin, forbidden, lmdb } from 'express-apiserver'
import { Counter, Registry } from 'prom-client'
import { afterAll, describe, expect, test } from 'vitest'
import { parseExposition, sumOf } from '../support/prometheus.js'
import { openWatch } from '../support/server.js'
import { create, freshPath, served, V2, widget } from './harness.js'

const server = served({ metrics: true, health: true })
const scrape = async (from = server) => parseExposition((await from.send('/metrics')).text)
const widgets = { group: 'example.com', version: 'v2', resource: 'widgets' }

describe('requests', () => {
  test('are counted by verb, scope and code, with the labels of a kube-apiserver', async () => {
    const path = freshPath()
    await server.send(path, { body: widget('a') })
    await server.send(`${path}/a`)
    await server.send(`${path}/a`)
    await server.send(`${path}/b`)
    await server.send(path)
    await server.send(`${V2}/widgets`)
    await server.send(`${path}/a/status`)
    await server.send(`${path}?dryRun=All`, { body: widget('c') })
    await server.send(`${path}/a?fieldManager=me`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/apply-patch+yaml' },
      body: JSON.stringify({ apiVersion: 'example.com/v2', kind: 'Widget', metadata: { name: 'a' } }),
    })
    await server.send(path, { method: 'DELETE' })
    const families = await scrape()
    const count = (labels: Record<string, string>) =>
      sumOf(families, 'apiserver_request_total', { ...widgets, ...labels })
    expect(count({ verb: 'POST', scope: 'resource', code: '201', dry_run: '' })).toBe(1)
    expect(count({ verb: 'POST', dry_run: 'All' })).toBe(1)
    expect(count({ verb: 'GET', scope: 'resource', code: '200', subresource: '' })).toBe(2)
    expect(count({ verb: 'GET', code: '404' })).toBe(1)
    expect(count({ verb: 'GET', subresource: 'status' })).toBe(1)
    expect(count({ verb: 'LIST', scope: 'namespace' })).toBe(1)
    expect(count({ verb: 'LIST', scope: 'cluster' })).toBe(1)
    expect(count({ verb: 'APPLY' })).toBe(1)
    expect(count({ verb: 'DELETECOLLECTION' })).toBe(1)
    const labels = Object.keys(families.get('apiserver_request_total')?.samples[0]?.labels ?? {})
    const named = ['code', 'component', 'dry_run', 'group', 'resource', 'scope', 'subresource', 'verb', 'version']
    expect(labels.sort()).toEqual(named)
  })

  test('are timed and weighed: what is read by what is sent, what is written by what came', async () => {
    const path = freshPath()
    await create(server, path, widget('a', { color: 'x'.repeat(60_000) }))
    const before = await scrape()
    const answer = await server.send(`${path}/a`)
    const after = await scrape()
    const grown = (name: string, labels: Record<string, string>) =>
      sumOf(after, name, labels) - sumOf(before, name, labels)
    const get = { ...widgets, verb: 'GET', subresource: '', scope: 'resource' }
    expect(grown('apiserver_response_sizes_sum', get)).toBe(Buffer.byteLength(answer.text))
    expect(grown('apiserver_response_sizes_bucket', { ...get, le: '10000' })).toBe(0)
    expect(grown('apiserver_response_sizes_bucket', { ...get, le: '100000' })).toBe(1)
    expect(grown('apiserver_request_duration_seconds_count', get)).toBe(1)
    expect(grown('apiserver_request_duration_seconds_bucket', { ...get, le: '60' })).toBe(1)
    const body = { resource: 'widgets.example.com', verb: 'post' }
    expect(sumOf(after, 'apiserver_request_body_size_bytes_sum', body)).toBeGreaterThan(60_000)
  })

  test('beside the API are told apart by the paths that a server knows', async () => {
    await server.send('/healthz')
    const labels = { verb: 'GET', resource: '', subresource: '/healthz', code: '200' }
    expect(sumOf(await scrape(), 'apiserver_request_total', labels)).toBe(1)
  })

  test('make no series of what strangers think up', async () => {
    await server.send(`${V2}/unknown`)
    await server.send(`${V2}/widgets`, { method: 'PROPFIND' })
    await server.send(freshPath(), { method: 'GET' })
    const series = async () => (await scrape()).get('apiserver_request_total')?.samples ?? []
    const before = (await series()).length
    for (let i = 0; i < 20; i++) {
      await server.send(`/apis/example.com/v${i + 100}%22%7D/widgets`)
      await server.send(`${V2}/thing${i}`)
      await server.send(`${V2}/namespaces/n/widgets/a/thing${i}`)
      await server.send(`${V2}/widgets`, { method: 'PROPFIND' })
      await server.send(`/apis/group${i}.com/v1/things`)
    }
    const after = await series()
    // One for the sub-resource that is none, one for the paths that nobody owns.
    expect(after.length).toBeLessThanOrEqual(before + 2)
    expect(JSON.stringify(after)).not.toMatch(/thing|v1\d\d|PROPFIND/)
  })
})

describe('a watch', () => {
  test('is counted while it lasts, and so are its events', async () => {
    const path = freshPath()
    const watch = await openWatch(`${server.url}${path}?watch=true`)
    await create(server, path, widget('a'))
    await create(server, path, widget('b'))
    await watch.until((events) => events.length === 2)
    const kind = { group: 'example.com', version: 'v2', kind: 'Widget' }
    const during = await scrape()
    expect(sumOf(during, 'apiserver_longrunning_requests', { ...widgets, verb: 'WATCH' })).toBe(1)
    expect(sumOf(during, 'apiserver_current_inflight_requests', { request_kind: 'readOnly' })).toBe(1)
    expect(sumOf(during, 'apiserver_watch_events_total', kind)).toBe(2)
    expect(sumOf(during, 'apiserver_watch_events_sizes_count', kind)).toBe(2)
    expect(sumOf(during, 'apiserver_watch_events_sizes_sum', kind)).toBe(
      watch.events.reduce((sum, event) => sum + Buffer.byteLength(JSON.stringify(event)) + 1, 0),
    )
    watch.cancel()
    const active = async () => sumOf(await scrape(), 'apiserver_longrunning_requests')
    await expect.poll(active).toBe(0)
  })
})

describe('the text', () => {
  test('is what a scraper reads, and tells of the process', async () => {
    const answer = await server.send('/metrics')
    expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
    const families = parseExposition(answer.text)
    expect(sumOf(families, 'process_resident_memory_bytes')).toBeGreaterThan(1e7)
    expect(sumOf(families, 'process_cpu_seconds_total')).toBeGreaterThan(0)
    expect(sumOf(families, 'process_start_time_seconds')).toBeLessThan(Date.now() / 1000)
  })

  test('of two servers in one process is each one’s own', async () => {
    const { Metrics } = await import('../../lib/server/metrics/index.js')
    const other = new Metrics({ resources: [] })
    expect(sumOf(parseExposition(await other.registry.metrics()), 'apiserver_request_total')).toBe(0)
  })
})

describe('what stands behind a request', () => {
  const strict: AdmissionPlugin = {
    name: 'Strict',
    handles: ['CREATE'],
    validate(_, { resource, name }) {
      if (name === 'bad') throw forbidden(resource, name, 'it is bad')
    },
  }
  const broken = { fails: false }
  const folder = mkdtempSync(join(tmpdir(), 'express-apiserver-metrics-'))
  const kv = lmdb(folder, { unsafeNoSync: true })
  const { create: write } = kv
  kv.create = (...args: Parameters<typeof write>) => {
    if (broken.fails) return Promise.reject(new Error('the disk is gone'))
    return write.apply(kv, args)
  }
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const measured = served({ metrics: true, admission: [strict], storage: kv })

  test('is timed: what plugins decide, and what the store does, by resource', async () => {
    const path = freshPath()
    await measured.send(path, { body: widget('good') })
    await measured.send(path, { body: widget('bad') })
    broken.fails = true
    await measured.send(path, { body: widget('lost') })
    broken.fails = false
    const families = await scrape(measured)
    const admission = (rejected: string) =>
      sumOf(families, 'apiserver_admission_controller_admission_duration_seconds_count', {
        name: 'Strict',
        operation: 'CREATE',
        type: 'validate',
        rejected,
      })
    expect([admission('false'), admission('true')]).toEqual([2, 1])
    const created = { operation: 'create', type: 'widgets.example.com' }
    expect(sumOf(families, 'etcd_requests_total', created)).toBe(2)
    expect(sumOf(families, 'etcd_request_errors_total', created)).toBe(1)
    expect(sumOf(families, 'etcd_request_duration_seconds_count', created)).toBe(2)
    expect(sumOf(families, 'apiserver_storage_objects', { resource: 'widgets.example.com' })).toBe(1)
  })
})

describe('a registry of the app', () => {
  const registry = new Registry()
  new Counter({ name: 'app_orders_total', help: 'Orders.', registers: [registry] }).inc(3)
  const shared = served({ metrics: { registry } })

  test('stands beside the server’s own figures', async () => {
    const families = await scrape(shared)
    expect(sumOf(families, 'app_orders_total')).toBe(3)
    expect(families.has('apiserver_current_inflight_requests')).toBe(true)
  })
})
