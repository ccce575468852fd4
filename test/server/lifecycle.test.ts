import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AdmissionPlugin, apiserver, lmdb } from 'express-apiserver'
import { afterEach, describe, expect, test } from 'vitest'
import { backgroundContext } from '../../lib/index.js'
import { type ListeningServer, listenOn, openWatch, send } from '../support/server.js'
import { freshPath, gadgets, served, V2, widget, widgets } from './harness.js'

const cleanups: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'express-apiserver-life-'))
  cleanups.push(() => rmSync(path, { recursive: true, force: true }))
  return path
}

const quiet = { info() {}, warn() {}, error() {} }

/** A server that a test may close itself. */
async function started(options: { storage?: ReturnType<typeof lmdb>; admission?: AdmissionPlugin[] } = {}) {
  const storage = options.storage ?? lmdb(folder(), { unsafeNoSync: true })
  const admission = options.admission ?? []
  const api = apiserver({
    resources: [widgets, gadgets],
    storage,
    admission,
    health: true,
    metrics: true,
    logger: quiet,
  })
  const server: ListeningServer = await listenOn(api.handler() as Parameters<typeof listenOn>[0])
  cleanups.push(async () => {
    await api.close()
    await server.close()
  })
  return { api, url: server.url }
}

/** A plugin that holds creates until told to let them go. */
function gate() {
  let open = () => {}
  let reached = () => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  const held = new Promise<void>((resolve) => {
    reached = resolve
  })
  const plugin: AdmissionPlugin = {
    name: 'Gate',
    handles: ['CREATE'],
    async validate() {
      reached()
      await opened
    },
  }
  return { plugin, held, open: () => open() }
}

describe('closing', () => {
  test('ends watches cleanly, and finishes what has begun', async () => {
    const { plugin, held, open } = gate()
    const { api, url } = await started({ admission: [plugin] })
    const path = freshPath()
    const watch = await openWatch(`${url}${path}?watch=true`)
    const creating = send(`${url}${path}`, { body: widget('a') })
    await held
    const closing = api.close()
    await watch.ended
    open()
    expect((await creating).status).toBe(201)
    await closing
  })

  test('tells new requests to come back later, and goes on telling how it is', async () => {
    const { plugin, held, open } = gate()
    const { api, url } = await started({ admission: [plugin] })
    const creating = send(`${url}${freshPath()}`, { body: widget('a') })
    await held
    const closing = api.close()
    const refused = await send(`${url}${V2}/widgets`)
    expect([refused.status, refused.text]).toEqual([429, 'The apiserver is shutting down, please try again later.'])
    expect(refused.headers).toMatchObject({ 'retry-after': '5', connection: 'close' })
    expect((await send(`${url}/livez`)).status).toBe(200)
    const readyz = await send(`${url}/readyz?verbose`)
    expect(readyz.status).toBe(500)
    expect(readyz.text).toContain('[-]shutdown failed: reason withheld')
    expect((await send(`${url}/metrics`)).status).toBe(200)
    open()
    await creating
    await closing
    expect((await send(`${url}${V2}/widgets`)).status).toBe(429)
    expect((await send(`${url}/livez`)).status).toBe(200)
    expect((await send(`${url}/healthz`)).status).toBe(500)
  })

  test('several times at once is closing once', async () => {
    const { api, url } = await started()
    const watch = await openWatch(`${url}${freshPath()}?watch=true`)
    const first = api.close()
    expect(api.close()).toBe(first)
    await Promise.all([first, watch.ended])
    await api.close()
  })

  test('a server that never served anything is no work', async () => {
    const api = apiserver({ resources: [widgets], storage: lmdb(folder()), logger: quiet })
    await api.close()
  })

  test('stops informers', async () => {
    const { api } = await started()
    await api.ready()
    const informer = api.informer('widgets.example.com')
    await informer.synced()
    await api.close()
    expect([...informer.list()]).toEqual([])
  })
})

describe('a store that cannot be used', () => {
  test('is an answer to every request, not a wait, until it can', async () => {
    const path = folder()
    const holder = lmdb(path, { unsafeNoSync: true })
    await holder.open(backgroundContext())
    const { api, url } = await started({ storage: lmdb(path, { unsafeNoSync: true }) })
    await expect(api.ready()).rejects.toThrow()
    for (const at of [`${V2}/widgets`, '/apis', `${freshPath()}/a`]) {
      const answer = await send(`${url}${at}`)
      expect(answer.json(), at).toMatchObject({ kind: 'Status', code: 503, reason: 'ServiceUnavailable' })
      expect(answer.headers['retry-after']).toBe('5')
      expect(answer.text).not.toContain(path)
    }
    expect((await send(`${url}/livez`)).status).toBe(200)
    expect((await send(`${url}/readyz`)).status).toBe(500)
    await holder.close()
    await api.ready()
    expect((await send(`${url}${V2}/widgets`)).status).toBe(200)
    await expect.poll(async () => (await send(`${url}/readyz`)).status).toBe(200)
  })

  test('opens with the first request when nobody waited for it', async () => {
    const { url } = await started()
    const answers = await Promise.all(Array.from({ length: 5 }, () => send(`${url}${V2}/widgets`)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
  })
})

describe('in the same process', () => {
  const { api } = served()

  test('the stores of resources are at hand, by plural and group', async () => {
    await api.ready()
    expect(api.store('widgets.example.com').kind).toBe('Widget')
    expect(api.store(widgets)).toBe(api.store('widgets.example.com'))
    expect(() => api.store('widgets')).toThrow(
      'no resource widgets is served; there are widgets.example.com, widgets.example.com/status, gadgets.example.com',
    )
  })

  test('a controller hears of changes and writes status', async () => {
    await api.ready()
    const ctx = backgroundContext({ namespace: 'controlled' })
    const write = { dryRun: false, fieldManager: 'sizer' }
    const informer = api.informer(widgets)
    await informer.synced()
    const heard = new Promise<string>((resolve) => {
      informer.subscribe((type, object) => resolve(`${type} ${object.metadata.name}`))
    })
    await api.store(widgets).create(ctx, { metadata: { name: 'c' }, spec: { width: 1 } }, () => {}, write)
    expect(await heard).toBe('ADDED c')
    expect(informer.get('c', 'controlled')?.metadata.namespace).toBe('controlled')

    const status = api.store('widgets.example.com/status')
    const change = {
      preconditions: undefined,
      updatedObject: () => ({ ...informer.get('c', 'controlled')!, status: { ready: true } }),
    }
    const hooks = { forceAllowCreate: false, createValidation: () => {}, updateValidation: () => {} }
    const { object } = await status.update(ctx, 'c', change, { ...write, ...hooks })
    expect(object.object).toMatchObject({ metadata: { name: 'c' }, status: { ready: true } })
    expect((await status.get(ctx, 'c')).revision).toBe(object.revision)
  })
})
