import type { Rule } from '../check/check.js'
import type { Get, History, List, Operation, Seen, StoreEvent, Watch, Write } from '../history.js'
import type { Random } from '../random.js'

/** A fault of some server, planted into a history that was right; undefined where a history offers no place for it. */
export type Plant = (history: History, random: Random) => History | undefined

/** What it is, and the rules of which it breaks one at least. */
export type Planted = readonly [name: string, rules: readonly Rule[], plant: Plant]

export const replaced = (history: History, old: Operation, mutant: Operation): History => ({
  ...history,
  operations: history.operations.map((operation) => (operation === old ? mutant : operation)),
})

export const withoutEvent = (history: History, event: StoreEvent): History => ({
  ...history,
  store: history.store.filter((other) => other !== event),
})

export const isDone = (write: Operation): write is Write & { outcome: { type: 'done'; seen: Seen } } =>
  write.kind === 'write' && write.outcome.type === 'done' && write.outcome.seen !== undefined

export function pickFrom<T extends Operation>(
  history: History,
  random: Random,
  fits: (operation: Operation) => operation is T,
): T | undefined {
  const found = history.operations.filter(fits)
  return found.length > 0 ? random.pick(found) : undefined
}

export const isGet = (operation: Operation): operation is Get => operation.kind === 'get'
export const isList = (operation: Operation): operation is List => operation.kind === 'list'
export const isWatch = (operation: Operation): operation is Watch => operation.kind === 'watch'
