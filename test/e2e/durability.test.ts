import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildTimeoutMs, type ExampleProcess, ensureBuilt, startExample } from '../support/cli.js'
import { openWatch, send } from '../support/server.js'
import { type Store, type StoreKind, storeKinds } from './stores.js'

const rounds = 20
const writers = 4

interface Stored {
  readonly metadata: { readonly name: string; readonly uid: string; readonly resourceVersion: string }
}

const path = (namespace: string) => `/apis/wardle.example.com/v1alpha1/namespaces/${namespace}/flunders`
const flunder = (name: string) => ({ metadata: { name }, spec: { reference: `of-${name}` } })

for (const kind of storeKinds) describe.runIf(kind.there)(`on ${kind.name}`, () => killed(kind))
for (const kind of storeKinds.filter(({ name }) => name === 'etcd'))
  describe.runIf(kind.there)('etcd stopped and started under a running server', () => etcdRestarted(kind))

function killed(kind: StoreKind): void {
  let store: Store
  let server: ExampleProcess | undefined

  beforeAll(async () => {
    ensureBuilt()
    store = await kind.start()
  }, buildTimeoutMs)

  afterAll(async () => {
    await server?.stop('SIGKILL')
    await store?.remove()
  })

  test(`${rounds} times killed while writers create, the server keeps every object it acknowledged, unchanged`, async () => {
    const acknowledged = new Map<string, Stored>()
    for (let round = 0; round < rounds; round++) {
      server = await startExample(store.flags)
      await hammer(server, round, acknowledged)
      // Dead in mid-write: nothing was flushed on the way out.
      expect((await server.exited).signal).toBe('SIGKILL')
    }
    server = await startExample(store.flags)
    const answer = await send(`${server.url}${path('durable')}`)
    const found = new Map(answer.json<{ items: Stored[] }>().items.map((item) => [item.metadata.name, item]))
    expect(acknowledged.size).toBeGreaterThanOrEqual(rounds * 10)
    for (const [name, object] of acknowledged) expect(found.get(name)).toEqual(object)
  }, 240_000)
}

/** Creates from several connections at once, kills the server at some moment after enough acknowledgements. */
async function hammer(server: ExampleProcess, round: number, acknowledged: Map<string, Stored>): Promise<void> {
  const enough = acknowledged.size + 10 + ((round * 7) % 13)
  let ended = false
  const write = async (writer: number) => {
    for (let i = 0; !ended; i++) {
      const name = `r${round}-w${writer}-${i}`
      const answer = await send(`${server.url}${path('durable')}`, { body: flunder(name) }).catch(() => undefined)
      if (answer === undefined) return
      expect(answer.status, answer.text).toBe(201)
      // Items of a typed list name no kind; the rest must be the same to the last field.
      const { kind: _kind, apiVersion: _apiVersion, ...object } = answer.json<Stored & Record<string, unknown>>()
      acknowledged.set(name, object)
      if (acknowledged.size >= enough && !ended) {
        ended = true
        process.kill(server.pid, 'SIGKILL')
      }
    }
  }
  await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)))
}

function etcdRestarted(kind: StoreKind): void {
  let store: Store
  let server: ExampleProcess

  beforeAll(async () => {
    ensureBuilt()
    store = await kind.start()
    server = await startExample(store.flags)
  }, buildTimeoutMs)

  afterAll(async () => {
    await server?.stop()
    await store?.remove()
  })

  test('watches resume without gap or repeat, and writes during the outage are answered, not lost in silence', async () => {
    const { etcd } = store
    if (!etcd) throw new Error('this store has no etcd')
    const collection = `${server.url}${path('resumed')}`
    const create = (name: string) => send(collection, { body: flunder(name) })
    const created = async (name: string) => {
      const answer = await create(name)
      expect(answer.status, answer.text).toBe(201)
      return answer.json<Stored>()
    }
    const list = async () => (await send(collection)).json<{ items: Stored[] }>().items
    const start = (await created('first')).metadata.resourceVersion
    const watches = await Promise.all(
      [0, 1, 2].map(() => openWatch(`${collection}?watch=true&resourceVersion=${start}`)),
    )
    for (let i = 0; i < 10; i++) await created(`before-${i}`)

    await etcd.stop()
    const during = await create('during')
    expect(during.status).toBeGreaterThanOrEqual(500)
    expect(during.json()).toMatchObject({ kind: 'Status', status: 'Failure', code: during.status })
    await etcd.restart()

    await createOnceBack(create)
    for (let i = 0; i < 10; i++) await created(`after-${i}`)
    const items = (await list()).filter(({ metadata }) => metadata.name !== 'first')
    const inOrder = items.sort((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion))
    const expected = inOrder.map(({ metadata }) => `ADDED ${metadata.name} ${metadata.resourceVersion}`)
    for (const watch of watches) {
      const seen = await watch.until((events) => events.some(({ object }) => object.metadata.name === 'after-9'))
      const lines = seen.map(({ type, object }) => `${type} ${object.metadata.name} ${object.metadata.resourceVersion}`)
      expect(lines).toEqual(expected)
      watch.cancel()
    }
  }, 120_000)
}

/** Tries until the store answers again; each try has a name of its own, for a failed one may stand all the same. */
async function createOnceBack(create: (name: string) => Promise<{ readonly status: number }>): Promise<void> {
  for (let i = 0; i < 200; i++) {
    if ((await create(`back-${i}`)).status === 201) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('the server did not find its store again')
}
