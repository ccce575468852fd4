import type { Get, History, List, Seen, Write } from '../history.js'
import { isDone, isGet, isList, type Planted, pickFrom, replaced } from './plant.js'

/** What can be wrong with gets and lists. */
export const plantedReads: readonly Planted[] = [
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
]

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
