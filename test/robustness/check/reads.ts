import type { Freshness, Get, History, List, Seen } from '../history.js'
import type { Horizon } from './horizon.js'
import { byBytes, type Timeline } from './timeline.js'
import type { Rule, Violation } from './violation.js'

export const seenText = ({ key, value, label, rev }: Seen): string => `${key}=${value} (${label}) at revision ${rev}`

/** That gets without a version see every acknowledged write is the business of the linearizability of their key. */
export function checkGet(get: Get, timeline: Timeline): Violation[] {
  const { key, found, freshness } = get
  const violation = (rule: Rule, message: string): Violation[] => [{ rule, key, message, operations: [get] }]
  if (found && (found.key !== key || !timeline.has(found)))
    return violation('object that never was', `the store never had ${seenText(found)}`)
  if (freshness.type !== 'not-older') return []
  if (wasSo(get, freshness.rev, timeline)) return []
  const shown = found ? seenText(found) : 'nothing'
  return violation(
    'stale read',
    `${shown} was shown, which was over by revision ${freshness.rev}, the oldest asked for`,
  )
}

/** Whether what was found was so at this revision or at some later one. */
function wasSo({ key, found }: Get, rev: number, timeline: Timeline): boolean {
  if (found) return (timeline.next(key, found.rev)?.rev ?? Number.POSITIVE_INFINITY) > rev
  return !timeline.at(key, rev) || timeline.ofKey(key).some((event) => event.type === 'delete' && event.rev > rev)
}

/** A list shows exactly what stood in the store at one revision, and one that is fresh enough. */
export function checkList(list: List, history: History, timeline: Timeline, horizon: Horizon): Violation[] {
  const { pages, freshness } = list
  const [first] = pages
  if (!first) return checkExpiry(list, history)
  const violation = (rule: Rule, message: string, key?: string): Violation => ({
    rule,
    message,
    ...(key === undefined ? {} : { key }),
    operations: [list],
  })
  const other = pages.find(({ rev }) => rev !== first.rev)
  if (other) return [violation('torn list', `pages of one list are of revisions ${first.rev} and ${other.rev}`)]
  const items = pages.flatMap((page) => page.items)
  const unordered = items.findIndex((item, i) => i > 0 && byBytes(items[i - 1]!.key, item.key) >= 0)
  if (unordered > 0) {
    const keys = `${items[unordered - 1]!.key} and then ${items[unordered]!.key}`
    return [violation('list out of order', `it has ${keys}`, items[unordered]!.key)]
  }
  return [
    ...checkFreshness(freshness, first.rev, list, horizon),
    ...checkCut(list, first.rev, items, timeline).map(({ message, key }) => violation('torn list', message, key)),
    ...checkExpiry(list, history),
  ]
}

function checkFreshness(freshness: Freshness, rev: number, list: List, horizon: Horizon): Violation[] {
  const violation = (rule: Rule, message: string, operations = [list]): Violation[] => [{ rule, message, operations }]
  if (freshness.type === 'exact' && rev !== freshness.rev)
    return violation('list of another revision', `asked for exactly ${freshness.rev}, got ${rev}`)
  if (freshness.type === 'not-older' && rev < freshness.rev)
    return violation('stale read', `asked for nothing older than ${freshness.rev}, got ${rev}`)
  const floor = horizon.before(list.invoked)
  if (freshness.type !== 'latest' || rev >= floor) return []
  const message = `a consistent list of revision ${rev} began when revision ${floor} had been seen`
  return [{ rule: 'stale read', message, operations: [...horizon.witness(list.invoked), list] }]
}

/** The differences between what was listed and what stood in the store; of a list that was cut short, up to its cut. */
function checkCut(
  { selection, complete }: List,
  rev: number,
  items: readonly Seen[],
  timeline: Timeline,
): { message: string; key: string }[] {
  const cut = timeline.cut(selection, rev)
  const last = items.at(-1)?.key ?? ''
  const found: { message: string; key: string }[] = []
  for (const item of items) {
    const { key } = item
    const stood = cut.get(key)
    cut.delete(key)
    if (stood && stood.rev === item.rev && stood.value === item.value && stood.label === item.label) continue
    const there = stood ? seenText(stood) : `nothing of that selection under ${key}`
    found.push({ key, message: `a list of revision ${rev} has ${seenText(item)}; then there was ${there}` })
  }
  for (const [key, stood] of cut)
    if (complete || key <= last)
      found.push({ key, message: `a list of revision ${rev} misses ${seenText(stood)}, which was there` })
  return found
}

/** History is there until it is compacted. */
function checkExpiry(list: List, { compacted }: History): Violation[] {
  const rev = list.pages[0]?.rev ?? (list.freshness.type === 'exact' ? list.freshness.rev : 0)
  if (!list.expired || rev <= compacted) return []
  const message = `revision ${rev} was refused as expired, and nothing above ${compacted} was ever compacted`
  return [{ rule: 'spurious expiry', message, operations: [list] }]
}
