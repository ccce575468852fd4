import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { IWatchRequest, IWatchResponse } from 'etcd3'
import { afterEach, describe, expect, it } from 'vitest'
import { backgroundContext } from '../../../lib/meta/context.js'
import { etcd } from '../../../lib/storage/kv/etcd/index.js'
import type { WatchBatch } from '../../../lib/storage/kv/types.js'

const ctx = backgroundContext()
// gRPC comes with etcd3; the project itself does not depend on it.
const require = createRequire(createRequire(import.meta.url).resolve('etcd3'))

interface Call {
  readonly metadata: { get(key: string): unknown[] }
  on(event: 'data', listener: (request: IWatchRequest) => void): void
  write(response: object): void
  end(): void
}
type Unary = (call: { request: { readonly key?: Buffer } }, callback: (error: null, response: object) => void) => void

interface Grpc {
  readonly Server: new () => {
    addService(service: object, methods: object): void
    bindAsync(address: string, credentials: object, callback: (error: Error | null, port: number) => void): void
    forceShutdown(): void
  }
  readonly ServerCredentials: { createInsecure(): object }
  loadPackageDefinition(definition: object): { etcdserverpb: Record<string, { service: object }> }
}

const cleanups: (() => void)[] = []
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup()
})

/** A server that says what a test wants: no etcd of every version is at hand. */
async function fakeEtcd(
  version: string,
  onWatch: (request: IWatchRequest, call: Call) => void,
  revision = 100,
  stored: (key: string) => object[] = (key) => (/\d+$/.test(key) ? [pair(Number(key.match(/\d+$/)![0]))] : []),
): Promise<string> {
  const grpc = require('@grpc/grpc-js') as Grpc
  const { loadSync } = require('@grpc/proto-loader') as { loadSync(path: string, options: object): object }
  const proto = join(dirname(require.resolve('etcd3')), '..', 'proto', 'rpc.proto')
  const { etcdserverpb } = grpc.loadPackageDefinition(loadSync(proto, { keepCase: true, longs: String, enums: String }))
  const server = new grpc.Server()
  const range: Unary = ({ request }, callback) =>
    callback(null, { header: { revision }, kvs: stored(request.key?.toString() ?? ''), count: 0 })
  const status: Unary = (_call, callback) => callback(null, { header: { revision }, version })
  server.addService(etcdserverpb.KV!.service, { range })
  server.addService(etcdserverpb.Maintenance!.service, { status })
  server.addService(etcdserverpb.Watch!.service, {
    watch: (call: Call) => call.on('data', (request) => onWatch(request, call)),
  })
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    )
  })
  cleanups.push(() => server.forceShutdown())
  return `127.0.0.1:${port}`
}

async function open(hosts: string) {
  const kv = etcd({ hosts, compactionIntervalMs: 0 })
  await kv.open(ctx)
  cleanups.push(() => void kv.close())
  return kv
}

const created = (revision: number) => ({ header: { revision }, watch_id: 0, created: true })
const progress = (revision: number) => ({ header: { revision }, watch_id: -1 })
const change = (revision: number, more: Partial<Record<keyof IWatchResponse, unknown>> = {}) => ({
  header: { revision },
  watch_id: 0,
  events: [
    {
      type: 'Put',
      kv: pair(revision),
    },
  ],
  ...more,
})
/** What stands under the key that was written at a revision. */
const pair = (revision: number) => ({
  key: Buffer.from(`/a/${revision}`),
  value: Buffer.from('v'),
  create_revision: revision,
  mod_revision: revision,
})

describe('a server that can be asked for progress', () => {
  it('is asked on request, and its answer is a mark', async () => {
    const host = await fakeEtcd('3.5.13', (request, call) => {
      if (request.create_request) call.write(created(10))
      else call.write(progress(25))
    })
    const watch = (await open(host)).watch(ctx, '/a/', { startRevision: 0 })
    watch.requestProgress()
    expect(await watch[Symbol.asyncIterator]().next()).toEqual({ done: false, value: { events: [], revision: 25 } })
  })

  it('is asked again and again at the interval, and marks never go back', async () => {
    const answers = [20, 15, 30]
    const host = await fakeEtcd('3.6.1', (request, call) => {
      if (request.create_request) call.write(created(10))
      else call.write(progress(answers.shift() ?? 40))
    })
    const watch = (await open(host)).watch(ctx, '/a/', { startRevision: 0, progressIntervalMs: 5 })
    const marks: number[] = []
    for await (const batch of watch) {
      marks.push(batch.revision)
      if (batch.revision === 40) break
    }
    expect(marks.filter((mark) => mark >= 20).slice(0, 3)).toEqual([20, 30, 40])
    expect(marks).toEqual([...marks].sort((a, b) => a - b))
  })

  it('is resumed after the last mark, one revision early, with a leader demanded each time', async () => {
    const starts: unknown[] = []
    const leaders: unknown[] = []
    const host = await fakeEtcd('3.5.21', (request, call) => {
      if (request.progress_request) {
        call.write(progress(30))
        call.end()
        return
      }
      starts.push(request.create_request?.start_revision)
      leaders.push(call.metadata.get('hasleader'))
      call.write(created(10))
      if (starts.length === 2) call.write(change(31))
    })
    const watch = (await open(host)).watch(ctx, '/a/', { startRevision: 0 })
    watch.requestProgress()
    const batches: WatchBatch[] = []
    for await (const batch of watch) {
      batches.push(batch)
      if (batch.events.length > 0) break
    }
    expect(batches.map((batch) => batch.revision)).toEqual([30, 31])
    expect(starts).toEqual(['0', '30'])
    expect(leaders).toEqual([['true'], ['true']])
  })
})

describe('a server that cannot be asked for progress', () => {
  it('is not asked; what it tells by itself moves the marks on', async () => {
    const asked: unknown[] = []
    const calls: Call[] = []
    const host = await fakeEtcd('3.4.23', (request, call) => {
      if (request.progress_request) asked.push(request)
      if (!request.create_request) return
      calls.push(call)
      call.write(created(10))
    })
    const watch = (await open(host)).watch(ctx, '/a/', { startRevision: 0, progressIntervalMs: 5 })
    watch.requestProgress()
    const marks = new Set<number>()
    for await (const batch of watch) {
      if (marks.size === 0) calls[0]?.write({ header: { revision: 17 }, watch_id: 0 })
      marks.add(batch.revision)
      if (batch.revision === 17) break
    }
    expect([...marks]).toEqual([10, 17])
    expect(asked).toEqual([])
  })
})

describe('a watch that repeats its place for want of better', () => {
  it('goes on doing so after events', async () => {
    const host = await fakeEtcd('3.4.23', (_request, call) => {
      call.write(created(10))
      call.write(change(11))
    })
    const watch = (await open(host)).watch(ctx, '/a/', { startRevision: 0, progressIntervalMs: 5 })
    let marks = 0
    for await (const batch of watch) {
      if (batch.revision === 11 && batch.events.length === 0) marks++
      if (marks === 3) break
    }
    expect(marks).toBe(3)
  })
})

describe('a server that lags behind the one before', () => {
  it('tells nothing twice, and nothing as progress that is past', async () => {
    let streams = 0
    const host = await fakeEtcd('3.5.13', (request, call) => {
      if (request.progress_request) return
      streams++
      call.write(created(streams === 1 ? 10 : 8))
      if (streams === 1) {
        for (const revision of [11, 12]) call.write(change(revision))
        call.end()
      } else {
        for (const revision of [11, 12]) call.write(change(revision))
        call.write(progress(9))
        call.write(change(13, { fragment: true }))
        call.write(change(14))
      }
    })
    const watch = (await open(host)).watch(ctx, '/a/', { startRevision: 0 })
    const told: number[] = []
    for await (const batch of watch) {
      told.push(...batch.events.map((event) => event.revision))
      if (batch.revision >= 14) break
    }
    expect(told).toEqual([11, 12, 13, 14])
  })

  it('is told from one that has lost revisions, for which no watch can wait', async () => {
    let streams = 0
    const onWatch = (_request: IWatchRequest, call: Call) => {
      streams++
      call.write(created(streams === 1 ? 50 : 10))
      if (streams === 1) call.end()
    }
    const host = await fakeEtcd('3.5.13', onWatch, 10)
    const watch = (await open(host)).watch(ctx, '/a/', { startRevision: 0 })
    await expect(watch[Symbol.asyncIterator]().next()).rejects.toThrow('went back from revision 50 to 10')
  })

  it.each([
    ['another value', () => [{ ...pair(12), value: Buffer.from('other') }]],
    ['another revision', () => [pair(11)]],
    ['nothing', () => []],
  ])(
    'is told from one put back to an older state that has come as far again, where there is now %s',
    async (_, stored) => {
      let streams = 0
      const onWatch = (_request: IWatchRequest, call: Call) => {
        streams++
        call.write(created(streams === 1 ? 10 : 60))
        if (streams === 1) call.write(change(12))
        else call.write(change(13))
        if (streams === 1) call.end()
      }
      const host = await fakeEtcd('3.5.13', onWatch, 100, stored)
      const told: number[] = []
      const read = async () => {
        for await (const batch of (await open(host)).watch(ctx, '/a/', { startRevision: 0 })) told.push(batch.revision)
      }
      await expect(read()).rejects.toThrow('the store is not the one it was')
      expect(told).toEqual([12])
    },
  )
})
