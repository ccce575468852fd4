import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildTimeoutMs, type ExampleProcess, ensureBuilt, startExample } from '../support/cli.js'
import { openWatch } from '../support/server.js'
import { flundersOf } from './sample.js'
import { type Store, type StoreKind, storeKinds } from './stores.js'

interface Item {
  readonly metadata: {
    readonly name: string
    readonly resourceVersion: string
    readonly labels?: Record<string, string>
  }
}

interface List {
  readonly metadata: { readonly resourceVersion: string }
  readonly items: Item[]
}

/** Small, seeded, good enough to mix operations (mulberry32). */
function randomBelow(seed: number): (limit: number) => number {
  let state = seed
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * limit)
  }
}

const NAMES = 12
const WRITERS = 4
const WRITES = 60

for (const kind of storeKinds) describe.runIf(kind.there)(`on ${kind.name}`, () => onStore(kind))

function onStore(kind: StoreKind): void {
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

  const at = (seed: number, rest = '') => `${server.url}${flundersOf(`rebuild-${seed}`)}${rest}`
  const json = { 'content-type': 'application/json' }

  async function write(seed: number, below: (limit: number) => number): Promise<void> {
    const name = `n${below(NAMES)}`
    const labels = { even: below(2) === 0 ? 'yes' : 'no', n: String(below(1000)) }
    switch (below(4)) {
      case 0:
        await fetch(at(seed, `/${name}`), { method: 'DELETE' })
        return
      case 1: {
        const headers = { 'content-type': 'application/merge-patch+json' }
        await fetch(at(seed, `/${name}`), { method: 'PATCH', headers, body: JSON.stringify({ metadata: { labels } }) })
        return
      }
      default:
        await fetch(at(seed), { method: 'POST', headers: json, body: JSON.stringify({ metadata: { name, labels } }) })
    }
  }

  async function list(seed: number, selector: string): Promise<List> {
    return (await (await fetch(at(seed, `?labelSelector=${selector}`))).json()) as List
  }

  /** What ends the story: every selector of the test shows it, and nobody changes anything after it. */
  const END = 'the-end'
  const writeEnd = (seed: number) =>
    fetch(at(seed), {
      method: 'POST',
      headers: json,
      body: JSON.stringify({ metadata: { name: END, labels: { even: 'yes' } } }),
    })

  /** Everything that a watch from a list's version shows until the end, applied to the list. */
  async function followed(seed: number, start: List, selector: string): Promise<Map<string, Item>> {
    const known = new Map(start.items.map((item) => [item.metadata.name, item]))
    const { resourceVersion } = start.metadata
    const query = `?watch=1&resourceVersion=${resourceVersion}&labelSelector=${selector}`
    const watch = await openWatch(at(seed, query))
    const events = await watch.until((seen) => seen.some(({ object }) => object.metadata.name === END))
    watch.cancel()
    let last = Number(resourceVersion)
    for (const { type, object } of events) {
      const version = Number(object.metadata.resourceVersion)
      expect(version, 'events come in order, once').toBeGreaterThan(last)
      last = version
      if (type === 'DELETED') known.delete(object.metadata.name)
      else known.set(object.metadata.name, object)
    }
    return known
  }

  test.each([1, 2, 3])('list and watch from any version rebuild what a fresh list shows (seed %d)', async (seed) => {
    const selectors = ['', 'even%3Dyes']
    const starts = new Map<List, string>()
    const writer = async (number: number) => {
      const below = randomBelow(seed * 100 + number)
      for (let i = 0; i < WRITES; i++) {
        await write(seed, below)
        if (below(12) !== 0) continue
        const selector = selectors[below(2)]!
        starts.set(await list(seed, selector), selector)
      }
    }
    await Promise.all(Array.from({ length: WRITERS }, (_, number) => writer(number)))

    await writeEnd(seed)
    const fresh = new Map<string, Item[]>()
    for (const selector of selectors) fresh.set(selector, (await list(seed, selector)).items)
    expect(starts.size).toBeGreaterThan(5)
    const rebuilt = await Promise.all([...starts].map(([start, selector]) => followed(seed, start, selector)))
    for (const [i, selector] of [...starts.values()].entries()) {
      const byName = (a: Item, b: Item) => (a.metadata.name < b.metadata.name ? -1 : 1)
      const shown = [...rebuilt[i]!.values()].sort(byName).map(({ metadata }) => metadata)
      expect(shown).toEqual(
        fresh
          .get(selector)!
          .toSorted(byName)
          .map(({ metadata }) => metadata),
      )
    }
  })
}
