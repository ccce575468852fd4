import { Horizon } from '../check/horizon.js'
import { Timeline } from '../check/timeline.js'
import type { History, Operation, StoreEvent, Watch, WatchedEvent } from '../history.js'
import type { Random } from '../random.js'
import { isWatch, type Planted, pickFrom, replaced } from './plant.js'

const changesOf = (watch: Watch): WatchedEvent[] => watch.events.filter(({ object }) => object)

/** What can be wrong with watches. */
export const plantedWatches: readonly Planted[] = [
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
