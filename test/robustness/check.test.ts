import { describe, expect, test } from 'vitest'
import { check, type Rule } from './check/check.js'
import { Horizon } from './check/horizon.js'
import { Timeline } from './check/timeline.js'
import type { Get, History, List, Operation, Seen, StoreEvent, Watch, WatchedEvent, Write } from './history.js'
import { Random } from './random.js'
import { simulate } from './simulate.js'

/** Seeds on which every planted fault is tried; each plants it at another place. */
const seeds = Array.from({ length: 20 }, (_, i) => i + 1)

const rulesOf = (history: History): Rule[] => [...new Set(check(history).map(({ rule }) => rule))]

const replaced = (history: History, old: Operation, mutant: Operation): History => ({
  ...history,
  operations: history.operations.map((operation) => (operation === old ? mutant : operation)),
})

const withoutEvent = (history: History, event: StoreEvent): History => ({
  ...history,
  store: history.store.filter((other) => other !== event),
})

type Plant = (history: History, random: Random) => History | undefined

/** A fault of some server, planted into a history that was right; undefined where a history offers no place for it. */
const isDone = (write: Operation): write is Write & { outcome: { type: 'done'; seen: Seen } } =>
  write.kind === 'write' && write.outcome.type === 'done' && write.outcome.seen !== undefined

function pickFrom<T extends Operation>(
  history: History,
  random: Random,
  fits: (operation: Operation) => operation is T,
): T | undefined {
  const found = history.operations.filter(fits)
  return found.length > 0 ? random.pick(found) : undefined
}

const isGet = (operation: Operation): operation is Get => operation.kind === 'get'
const isList = (operation: Operation): operation is List => operation.kind === 'list'
const isWatch = (operation: Operation): operation is Watch => operation.kind === 'watch'
const changesOf = (watch: Watch): WatchedEvent[] => watch.events.filter(({ object }) => object)

/** Of a watch that has at least so many changes and begins with changes. */
function mutateEvents(
  history: History,
  random: Random,
  least: number,
  mutate: (events: WatchedEvent[], random: Random, watch: Watch) => WatchedEvent[] | undefined,
): History | undefined {
  const watch = pickFrom(
    history,
    random,
    (o): o is Watch => isWatch(o) && o.mode === 'changes' && changesOf(o).length >= least,
  )
  const events = watch && mutate([...watch.events], random, watch)
  return events && replaced(history, watch, { ...watch, events })
}

/** The last write of its key before a consistent get that saw it, and that get. */
function readAfterWrite(history: History): { write: Write; get: Get & { found: Seen } } | undefined {
  for (const get of history.operations) {
    if (get.kind !== 'get' || get.freshness.type !== 'latest' || !get.found) continue
    const { found } = get
    const write = history.operations.filter(isDone).find(({ outcome }) => outcome.seen.rev === found.rev)
    if (write && write.returned < get.invoked) return { write, get: { ...get, found } }
  }
  return undefined
}

const plants: readonly (readonly [name: string, rules: readonly Rule[], plant: Plant])[] = [
  [
    'an acknowledged write that the store lost',
    ['lost write'],
    (history, random) => {
      const write = pickFrom(history, random, isDone)
      const event = history.store.find(({ value }) => value === write?.value)
      return event && withoutEvent(history, event)
    },
  ],
  [
    'an acknowledged delete that the store lost',
    ['lost write'],
    (history) => {
      const isDelete = (o: Operation): o is Write =>
        o.kind === 'write' && o.verb === 'delete' && o.outcome.type === 'done'
      const write = history.operations.findLast(isDelete)
      const event = history.store.findLast(({ type, key }) => type === 'delete' && key === write?.key)
      return event && withoutEvent(history, event)
    },
  ],
  [
    'a write that was sent twice',
    ['write applied twice'],
    (history) => {
      const write = history.operations.findLast(isDone)
      const { key, value, label } = write!.outcome.seen
      const again: StoreEvent = { type: 'put', rev: history.settled + 1, key, value, label }
      return { ...history, store: [...history.store, again] }
    },
  ],
  [
    'a write that nobody asked for',
    ['write from nowhere'],
    (history) => {
      const event: StoreEvent = { type: 'put', rev: history.settled + 1, key: 'a/k0', value: 'who', label: 'red' }
      return { ...history, store: [...history.store, event] }
    },
  ],
  [
    'a write that was refused and made',
    ['refused write took effect'],
    (history, random) => {
      const write = pickFrom(history, random, isDone)
      return write && replaced(history, write, { ...write, outcome: { type: 'refused', why: 'other' } })
    },
  ],
  [
    'a write that was told the revision of another',
    ['write of another revision'],
    (history, random) => {
      const write = pickFrom(history, random, isDone)
      const seen = write && { ...write.outcome.seen, rev: write.outcome.seen.rev + 1 }
      return seen && replaced(history, write, { ...write, outcome: { type: 'done', seen } })
    },
  ],
  [
    'a revision below one that had been seen',
    ['revision back in time'],
    (history) => {
      const [first, ...later] = history.operations.filter(isDone)
      const last = later.at(-1)
      return (
        first && last && replaced(history, first, { ...first, invoked: last.returned + 1, returned: last.returned + 2 })
      )
    },
  ],
  [
    'a stale read: what stood before an acknowledged write',
    ['not linearizable'],
    (history) => {
      const found = readAfterWrite(history)
      if (!found) return undefined
      const { get } = found
      const before = history.store.findLast(({ key, rev }) => key === get.key && rev < get.found.rev)
      const { found: _, ...missed } = get
      const stale = before?.type === 'put' ? { ...get, found: before } : missed
      return replaced(history, history.operations.find(({ id }) => id === get.id)!, stale)
    },
  ],
  [
    'a conflict with the revision that stands there',
    ['not linearizable'],
    (history) => {
      const isCompared = (o: Operation): o is Write & { outcome: { type: 'done'; seen: Seen } } =>
        isDone(o) && o.expected !== undefined
      const write = history.operations.filter(isCompared).find((one) => alone(one, history))
      if (!write) return undefined
      const refused = replaced(history, write, { ...write, outcome: { type: 'refused', why: 'conflict' } })
      const event = history.store.find(({ value }) => value === write.value)!
      return withoutEvent(refused, event)
    },
  ],
  [
    'two writes that replaced one and the same revision',
    ['not linearizable'],
    (history) => {
      const writes = history.operations.filter(isDone)
      const second = writes.find(({ expected, verb }) => expected !== undefined && verb === 'update')
      const earlier = second && history.store.findLast(({ key, rev }) => key === second.key && rev < second.expected!)
      return earlier && replaced(history, second, { ...second, expected: earlier.rev })
    },
  ],
  [
    'an object that never was',
    ['object that never was'],
    (history, random) => {
      const get = pickFrom(history, random, (o): o is Get & { found: Seen } => isGet(o) && o.found !== undefined)
      return get && replaced(history, get, { ...get, found: { ...get.found, label: 'blue' } })
    },
  ],
  [
    'a get older than it may be',
    ['stale read'],
    (history) => {
      const changed = history.store.find(
        ({ key, rev, type }) => type === 'put' && history.store.some((e) => e.key === key && e.rev > rev),
      )
      const later = changed && history.store.find(({ key, rev }) => key === changed.key && rev > changed.rev)
      if (!changed || !later) return undefined
      const freshness = { type: 'not-older', rev: later.rev } as const
      const interval = { id: 0, server: 0, invoked: 1e6, returned: 1e6 + 1 }
      const get: Get = { kind: 'get', ...interval, key: changed.key, freshness, found: changed }
      return { ...history, operations: [...history.operations, get] }
    },
  ],
  [
    'a consistent list of an old revision',
    ['stale read'],
    (history) => {
      const list = history.operations.filter(isList).findLast(({ freshness }) => freshness.type === 'any')
      const late = { invoked: 1e6, returned: 1e6 + 1, freshness: { type: 'latest' } } as const
      const isOld = list && list.pages[0]!.rev < history.operations.filter(isDone).at(-1)!.outcome.seen.rev
      return isOld ? replaced(history, list, { ...list, ...late }) : undefined
    },
  ],
  [
    'a torn list: one object of another revision',
    ['torn list'],
    (history, random) => {
      const list = pickFrom(history, random, (o): o is List => isList(o) && o.pages[0]!.items.length > 0)
      const [first, ...rest] = list?.pages ?? []
      const [item, ...items] = first?.items ?? []
      if (!list || !first || !item) return undefined
      const other = history.store.find(({ key, rev, type }) => type === 'put' && key === item.key && rev !== item.rev)
      const torn = other ? [other, ...items] : items
      return replaced(history, list, { ...list, pages: [{ ...first, items: torn }, ...rest] })
    },
  ],
  [
    'a list that misses an object',
    ['torn list'],
    (history, random) => {
      const list = pickFrom(history, random, (o): o is List => isList(o) && o.pages.at(-1)!.items.length > 0)
      if (!list) return undefined
      const pages = list.pages.map((page, i) =>
        i === list.pages.length - 1 ? { ...page, items: page.items.slice(0, -1) } : page,
      )
      return replaced(history, list, { ...list, pages })
    },
  ],
  [
    'pages of one list from two revisions',
    ['torn list'],
    (history, random) => {
      const list = pickFrom(history, random, (o): o is List => isList(o) && o.pages.length > 1)
      const [first, ...rest] = list?.pages ?? []
      return list && replaced(history, list, { ...list, pages: [{ ...first!, rev: first!.rev + 1 }, ...rest] })
    },
  ],
  [
    'a list of another revision than the exact one',
    ['list of another revision'],
    (history, random) => {
      const list = pickFrom(history, random, (o): o is List => isList(o) && o.pages[0]!.rev > 1)
      const freshness = { type: 'exact', rev: (list?.pages[0]?.rev ?? 0) - 1 } as const
      return list && replaced(history, list, { ...list, freshness })
    },
  ],
  [
    'a list in another order than its keys',
    ['list out of order'],
    (history, random) => {
      const list = pickFrom(history, random, (o): o is List => isList(o) && o.pages[0]!.items.length > 1)
      const pages = list?.pages.map((page) => ({ ...page, items: [...page.items].reverse() }))
      return list && pages && replaced(history, list, { ...list, pages })
    },
  ],
  [
    'an expiry of what was never compacted',
    ['spurious expiry'],
    (history, random) => {
      const list = pickFrom(history, random, (o): o is List => isList(o) && o.pages[0]!.rev > 1)
      return list && replaced(history, list, { ...list, complete: false, expired: true })
    },
  ],
  [
    'a skipped event',
    ['skipped event'],
    (history, random) =>
      mutateEvents(history, random, 3, (events) => {
        const index = events.findIndex(({ object }, i) => object && events.slice(i + 1).some((e) => e.object))
        events.splice(index, 1)
        return events[index]!.object ? events : undefined
      }),
  ],
  [
    'a watch from a version that misses the first events',
    ['skipped event'],
    (history, random) =>
      mutateEvents(history, random, 5, (events) =>
        events.slice(events.findIndex(({ object }) => object) + 1).filter((e) => e.object),
      ),
  ],
  [
    'a watch that loses the last event',
    ['watch that stopped delivering'],
    (history) => {
      const watch = history.operations
        .filter(isWatch)
        .find((w) => w.end === 'open' && w.mode === 'changes' && w.events.at(-1)?.object)
      return watch && replaced(history, watch, { ...watch, events: watch.events.slice(0, -1) })
    },
  ],
  [
    'a repeated event',
    ['repeated event'],
    (history, random) =>
      mutateEvents(history, random, 1, (events) => {
        const index = events.findIndex(({ object }) => object)
        events.splice(index + 1, 0, events[index]!)
        return events
      }),
  ],
  [
    'two events in the wrong order',
    ['skipped event', 'bookmark ahead of events'],
    (history, random) =>
      mutateEvents(history, random, 2, (events) => {
        const index = events.findIndex(({ object }, i) => object && events[i + 1]?.object)
        if (index < 0) return undefined
        events.splice(index, 2, events[index + 1]!, events[index]!)
        return events
      }),
  ],
  [
    'an event from before the version that was asked for',
    ['event back in time'],
    (history) => {
      const fits = (o: Operation): o is Watch => isWatch(o) && o.mode === 'changes' && o.selection.name === undefined
      const watch = history.operations.filter(fits).find((w) => w.from > 1 && old(history, w))
      const event = watch && old(history, watch)
      if (!event) return undefined
      const early: WatchedEvent = { at: watch.returned, type: 'MODIFIED', rev: event.rev, object: event }
      return replaced(history, watch, { ...watch, events: [early, ...watch.events] })
    },
  ],
  [
    'a bookmark too early',
    ['bookmark ahead of events'],
    (history, random) =>
      mutateEvents(history, random, 1, (events) => {
        const index = events.findIndex(({ object }) => object)
        const { at, rev } = events[index]!
        events.splice(index, 0, { at, type: 'BOOKMARK', rev })
        return events
      }),
  ],
  [
    'a bookmark back in time',
    ['bookmark back in time'],
    (history, random) =>
      mutateEvents(history, random, 2, (events) => {
        const { at, rev } = events.at(-1)!
        return rev > 1 ? [...events, { at, type: 'BOOKMARK', rev: rev - 1 }] : undefined
      }),
  ],
  [
    'a bookmark before the end of the initial state',
    ['bookmark ahead of events'],
    (history) => {
      const horizon = new Horizon(history.operations)
      const isLong = ({ mode, selection, invoked }: Watch) =>
        mode === 'initial' && new Timeline(history.store).cut(selection, horizon.before(invoked)).size > 1
      const watch = history.operations.filter(isWatch).find((one) => isLong(one) && changesOf(one).length > 2)
      if (!watch) return undefined
      const [first, ...rest] = watch.events
      const early: WatchedEvent = { at: first!.at, type: 'BOOKMARK', rev: history.settled, initialEnd: true }
      return replaced(history, watch, { ...watch, events: [first!, early, ...rest] })
    },
  ],
  [
    'an object that left the selection and was shown as modified',
    ['wrong event'],
    (history) => selected(history, 'DELETED', 'MODIFIED'),
  ],
  [
    'an object that came into the selection and was shown as modified',
    ['wrong event'],
    (history) => selected(history, 'ADDED', 'MODIFIED'),
  ],
  [
    'an event with the content of another revision',
    ['wrong event'],
    (history, random) =>
      mutateEvents(history, random, 1, (events) => {
        const index = events.findIndex(({ object }) => object)
        const event = events[index]!
        events[index] = { ...event, object: { ...event.object!, value: 'other' } }
        return events
      }),
  ],
  [
    'an event of a change that never was',
    ['event that never was'],
    (history) => {
      const watch = history.operations.filter(isWatch).find((w) => w.mode === 'changes')
      const rev = history.settled + 1
      const object = { key: 'a/k1', rev, value: 'ghost', label: 'red' }
      const event: WatchedEvent = { at: 1e6, type: 'ADDED', rev, object }
      const store = { ...history, settled: 0 }
      return watch && replaced(store, watch, { ...watch, events: [...watch.events, event] })
    },
  ],
  [
    'an initial state that misses an object',
    ['wrong initial state', 'watch that stopped delivering', 'skipped event', 'bookmark ahead of events'],
    (history) => {
      const horizon = new Horizon(history.operations)
      const isComplete = (watch: Watch) =>
        watch.events.some((event) => event.initialEnd && event.rev === horizon.before(watch.invoked))
      const watch = history.operations.filter(isWatch).find((one) => isComplete(one) && one.events[0]?.object)
      return watch && replaced(history, watch, { ...watch, events: watch.events.slice(1) })
    },
  ],
  [
    'a watch from now that begins with an old state',
    ['wrong initial state', 'bookmark ahead of events'],
    (history) => {
      const isOld = ({ mode, end, selection, invoked }: Watch) =>
        mode === 'initial' && end === 'open' && selection.name === undefined && invoked < 1000
      const watch = history.operations.filter(isWatch).find((one) => isOld(one) && changesOf(one).length > 8)
      return watch && replaced(history, watch, { ...watch, invoked: 1e6, returned: 1e6 })
    },
  ],
]

/** Whether nothing else was going on with the key while a write was made, and something was known of it before. */
function alone(write: Write, { operations }: History): boolean {
  const others = operations.filter((o): o is Write => o.kind === 'write' && o.key === write.key && o !== write)
  const before = others.filter(isDone).find(({ outcome }) => outcome.seen.rev === write.expected)
  return (
    before !== undefined &&
    before.returned < write.invoked &&
    others.every((o) => o.returned < write.invoked || o.invoked > write.returned)
  )
}

function old(history: History, { from, selection }: Watch): StoreEvent | undefined {
  return history.store.find(
    ({ type, rev, key, label }) =>
      type === 'put' &&
      rev < from &&
      (selection.namespace === undefined || key.startsWith(`${selection.namespace}/`)) &&
      (selection.label === undefined || selection.label === label),
  )
}

/** Changes the type of the first such event of a watch with a label selector. */
function selected(history: History, type: WatchedEvent['type'], instead: WatchedEvent['type']): History | undefined {
  for (const watch of history.operations) {
    if (watch.kind !== 'watch' || watch.selection.label === undefined || watch.mode !== 'changes') continue
    const index = watch.events.findIndex((event) => event.type === type)
    if (index < 0) continue
    const events = watch.events.map((event, i) => (i === index ? { ...event, type: instead } : event))
    return replaced(history, watch, { ...watch, events })
  }
  return undefined
}

describe('the checker', () => {
  test.each(seeds)('finds nothing in a history that is right (seed %d)', (seed) => {
    expect(check(simulate(new Random(seed)))).toEqual([])
  })

  test.each(plants)('catches %s', (_name, rules, plant) => {
    let planted = 0
    for (const seed of seeds) {
      const random = new Random(seed)
      const mutant = plant(simulate(random), random)
      if (!mutant) continue
      planted++
      expect(
        rulesOf(mutant).some((rule) => rules.includes(rule)),
        `seed ${seed}: ${rulesOf(mutant)}`,
      ).toBe(true)
    }
    expect(planted).toBeGreaterThan(0)
  })
})
