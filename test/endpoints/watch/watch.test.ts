import { request } from 'node:http'
import { connect } from 'node:net'
import type { Filter } from 'express-apiserver'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { backgroundContext } from '../../../lib/meta/context.js'
import { send } from '../../support/server.js'
import { type Event, FLUNDERS, flunder, GADGETS, gadget, type Served, serveApi, watchToEnd } from './served.js'

let served: Served
beforeAll(async () => {
  served = await serveApi()
  await served.create(FLUNDERS, flunder('first'))
  await served.create(GADGETS, gadget('first'))
})
afterAll(() => served.close())

const WATCH_LIST =
  'watch=true&timeoutSeconds=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true'
const TABLE = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' }
const METADATA = { accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io' }

const bookmarksOf = (events: readonly Event[]) => events.filter(({ type }) => type === 'BOOKMARK').map((e) => e.object)
const blueprintOf = (event: Event['object'] | undefined) =>
  Buffer.from(event?.metadata.annotations?.['kubernetes.io/initial-events-list-blueprint'] ?? '', 'base64').toString()

describe('the bookmark that ends the initial state', () => {
  it('of a typed kind is the empty object with its zero values', async () => {
    const { text, events } = await watchToEnd(`${served.url}${FLUNDERS}?${WATCH_LIST}`)
    expect(events.map(({ type }) => type)).toEqual(['ADDED', 'BOOKMARK'])
    const shape = text
      .split('\n')[1]
      ?.replace(/"\d+"/, '"N"')
      .replace(/list-blueprint":"[^"]+"/, 'list-blueprint":"…"')
    expect(shape).toBe(
      '{"type":"BOOKMARK","object":{"kind":"Flunder","apiVersion":"wardle.example.com/v1alpha1","metadata":{"resourceVersion":"N",' +
        '"creationTimestamp":null,"annotations":{"k8s.io/initial-events-end":"true","kubernetes.io/initial-events-list-blueprint":"…"}},' +
        '"spec":{},"status":{}}}',
    )
  })

  it('of a custom kind has nothing but its metadata', async () => {
    const { events } = await watchToEnd(`${served.url}${GADGETS}?${WATCH_LIST}`)
    const [bookmark] = bookmarksOf(events)
    expect(Object.keys(bookmark ?? {})).toEqual(['kind', 'apiVersion', 'metadata'])
    expect(Object.keys(bookmark?.metadata ?? {}).sort()).toEqual(['annotations', 'resourceVersion'])
  })

  it('carries an empty list of the kind', async () => {
    const { events } = await watchToEnd(`${served.url}${FLUNDERS}?${WATCH_LIST}`)
    expect(blueprintOf(bookmarksOf(events)[0])).toBe(
      '{"kind":"FlunderList","apiVersion":"wardle.example.com/v1alpha1","metadata":{},"items":null}\n',
    )
  })

  it('carries an empty list of the form that was negotiated', async () => {
    const { events } = await watchToEnd(`${served.url}${FLUNDERS}?${WATCH_LIST}`, METADATA)
    const [bookmark] = bookmarksOf(events)
    expect(bookmark).toMatchObject({ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1' })
    expect(bookmark).not.toHaveProperty('spec')
    expect(blueprintOf(bookmark)).toBe(
      '{"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/v1","metadata":{},"items":null}\n',
    )
  })

  it('cannot be said in a table, which is refused', async () => {
    const answer = await send(`${served.url}${FLUNDERS}?${WATCH_LIST}`, { headers: TABLE })
    expect(answer.status).toBe(406)
    expect(answer.json().reason).toBe('NotAcceptable')
  })

  it('takes the next form of a client that would also like a table', async () => {
    const { status, events } = await watchToEnd(`${served.url}${FLUNDERS}?${WATCH_LIST}`, {
      accept: `${TABLE.accept},application/json`,
    })
    expect([status, events[0]?.object.kind]).toEqual([200, 'Flunder'])
  })
})

describe('the bookmark before the deadline', () => {
  it('says the version of the last event', async () => {
    const { metadata } = await served.create(GADGETS, gadget('deadline'))
    const from = Number(metadata.resourceVersion) - 1
    const { events } = await watchToEnd(
      `${served.url}${GADGETS}?watch=true&allowWatchBookmarks=true&timeoutSeconds=3&resourceVersion=${from}`,
    )
    expect(events.map(({ type }) => type)).toEqual(['ADDED', 'BOOKMARK'])
    expect(events[1]?.object.metadata).toEqual({ resourceVersion: metadata.resourceVersion })
  })

  it('says where a silent watch began', async () => {
    const { metadata } = await served.create(FLUNDERS, flunder('silent'))
    const { events } = await watchToEnd(
      `${served.url}${FLUNDERS}?watch=true&allowWatchBookmarks=true&timeoutSeconds=3&resourceVersion=${metadata.resourceVersion}`,
    )
    expect(events).toMatchObject([
      {
        type: 'BOOKMARK',
        object: { metadata: { resourceVersion: metadata.resourceVersion, creationTimestamp: null } },
      },
    ])
  })

  it('is not sent to those who did not ask for bookmarks, nor in a watch too short for it', async () => {
    const { metadata } = await served.create(GADGETS, gadget('unasked'))
    const from = `resourceVersion=${metadata.resourceVersion}`
    const [unasked, short] = await Promise.all([
      watchToEnd(`${served.url}${GADGETS}?watch=true&timeoutSeconds=3&${from}`),
      watchToEnd(`${served.url}${GADGETS}?watch=true&allowWatchBookmarks=true&timeoutSeconds=2&${from}`),
    ])
    expect([...unasked.events, ...short.events]).toEqual([])
  })
})

describe('a watch that begins with what is there', () => {
  const path = (query: string) => `${served.url}${FLUNDERS}?${WATCH_LIST}${query}`

  it('has no table, which is said before selectors are looked at', async () => {
    const refused = await send(path('&fieldSelector=spec.none%3Dx'), { headers: TABLE })
    expect(refused.status).toBe(406)
    expect((await send(path('&fieldSelector=spec.none%3Dx'), { headers: METADATA })).status).toBe(400)
  })

  it('takes the next media type instead of a table', async () => {
    const { events } = await watchToEnd(path(''), { accept: `${TABLE.accept},application/json` })
    expect(events[0]?.object.kind).toBe('Flunder')
  })
})

describe('a watch of one object by its path', () => {
  const watchPath = GADGETS.replace('/namespaces/', '/watch/namespaces/')

  it.each(['metadata.name=b', 'metadata.namespace=default', 'metadata.name!=a'])(
    'takes no selector that asks for another, or leaves the name open: %s',
    async (selector) => {
      const answer = await send(`${served.url}${watchPath}/a?timeoutSeconds=1&fieldSelector=${selector}`)
      expect(answer.status).toBe(400)
      expect(answer.text).toContain("fieldSelector metadata.name doesn't match requested name")
    },
  )

  it('is checked as a list is, and ends its initial state without a bookmark', async () => {
    const refused = await send(`${served.url}${watchPath}?sendInitialEvents=true&resourceVersionMatch=NotOlderThan`)
    expect([refused.status, refused.text]).toEqual([
      422,
      expect.stringContaining('sendInitialEvents is forbidden for list'),
    ])
    const { events } = await watchToEnd(`${served.url}${watchPath}?allowWatchBookmarks=true&timeoutSeconds=1`)
    expect(events.map(({ type }) => type)).toContain('ADDED')
    expect(bookmarksOf(events)).toEqual([])
  })
})

describe('the stream', () => {
  it('writes what is there at once in one piece', async () => {
    for (let i = 0; i < 20; i++) await served.create(GADGETS, gadget(`batch-${i}`))
    const { chunks, events } = await watchToEnd(`${served.url}${GADGETS}?watch=true&timeoutSeconds=1`)
    expect(events.length).toBeGreaterThanOrEqual(20)
    expect(chunks).toHaveLength(1)
  })

  it.each([
    '',
    '&resourceVersion=1',
    '&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true',
  ])('ends at once when its time is below nothing: %s', async (rest) => {
    const { text } = await watchToEnd(`${served.url}${GADGETS}?watch=true&timeoutSeconds=-1${rest}`)
    expect(text).toBe('')
  })

  it('of tables names the columns once', async () => {
    const { events } = await watchToEnd(`${served.url}${GADGETS}?watch=true&timeoutSeconds=1`, TABLE)
    expect(events[0]?.object.kind).toBe('Table')
    expect(events.map(({ object }) => object.columnDefinitions !== null)).toEqual(events.map((_, i) => i === 0))
  })

  it('ends with an ERROR event whose Status is not transformed', async () => {
    // A watch cache would still know what the store has forgotten.
    const own = await serveApi(undefined, { watchCache: false })
    await own.create(GADGETS, gadget('expired'))
    const { metadata } = await own.create(GADGETS, gadget('expired-b'))
    await own.storage.compact(backgroundContext(), Number(metadata.resourceVersion))
    const { status, events } = await watchToEnd(`${own.url}${GADGETS}?watch=true&resourceVersion=1`, TABLE)
    expect(status).toBe(200)
    expect(events).toMatchObject([{ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } }])
    expect(events[0]?.object.message).toMatch(/^too old resource version: \d+ \(\d+\)$/)
    await own.close()
  })

  it('ends with an ERROR event where its initial state is asked for as new as nothing is yet', async () => {
    const rest = '&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true'
    for (const watchCache of [true, false]) {
      const own = await serveApi(undefined, { watchCache })
      const { status, events } = await watchToEnd(`${own.url}${GADGETS}?watch=true&resourceVersion=999999${rest}`)
      expect(status).toBe(200)
      expect(events).toMatchObject([{ type: 'ERROR', object: { kind: 'Status', code: 504, reason: 'Timeout' } }])
      expect(events[0]?.object.message).toMatch(/^Timeout: Too large resource version: 999999, current: \d+$/)
      await own.close()
    }
  })

  it('does not hold up a server that ends, and ends cleanly', async () => {
    const own = await serveApi()
    const watch = watchToEnd(`${own.url}${GADGETS}?watch=true`)
    await own.create(GADGETS, gadget('a'))
    await own.close()
    expect((await watch).status).toBe(200)
  })

  it('cuts a reader off that takes nothing, once the server ends', async () => {
    const own = await serveApi()
    for (let i = 0; i < 40; i++) await own.create(GADGETS, gadget(`big-${i}`, 'x'.repeat(500_000)))
    const { port, hostname } = new URL(own.url)
    const socket = connect(Number(port), hostname, () => {
      socket.pause()
      socket.write(`GET ${GADGETS}?watch=true HTTP/1.1\r\nHost: a\r\n\r\n`)
    })
    socket.on('error', () => {})
    await new Promise((started) => own.server.once('request', started))
    await new Promise((tick) => setTimeout(tick, 200))
    await own.close()
    socket.destroy()
  })
})

describe('a filter around a watch', () => {
  it('waits for it until it has ended', async () => {
    const said: string[] = []
    const waits: Filter = async (ctx, next) => {
      await next()
      said.push(`${ctx.requestInfo?.verb} ended, ${ctx.response.writableEnded ? 'all said' : 'not all said'}`)
    }
    const own = await serveApi(undefined, {
      buildHandlerChain: (filters) => [...filters, { name: 'Waits', filter: waits }],
    })
    try {
      await new Promise<void>((resolve, reject) => {
        const sent = request(`${own.url}${GADGETS}?watch=true&timeoutSeconds=1`, { agent: false }, (response) => {
          said.push('begun')
          response.resume().once('end', resolve)
        })
        sent.once('error', reject).end()
      })
      await new Promise((resolve) => setImmediate(resolve))
      expect(said).toEqual(['begun', 'watch ended, all said'])
    } finally {
      await own.close()
    }
  })
})
