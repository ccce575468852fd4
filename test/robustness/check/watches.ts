import type { History, Seen, Watch, WatchedEvent } from '../history.js'
import type { Horizon } from './horizon.js'
import { seenText } from './reads.js'
import { countUpTo, type ExpectedEvent, type Timeline } from './timeline.js'
import type { Rule, Violation } from './violation.js'

/** How far a watch agrees with one way it may have been served, and where it stops to. */
interface Comparison {
  readonly agreed: number
  readonly problem?: { readonly rule: Rule; readonly message: string; readonly key?: string }
}

type Changed = WatchedEvent & { readonly object: Seen }

/** A watch delivers every change once, in order, from where it began; and marks that are not ahead of what it delivered. */
export function checkWatch(watch: Watch, history: History, timeline: Timeline, horizon: Horizon): Violation[] {
  const best =
    watch.mode === 'changes' ? fromRevision(watch, history, timeline) : fromState(watch, history, timeline, horizon)
  if (!best.problem) return []
  return [{ ...best.problem, operations: [watch], position: best.agreed }]
}

function fromRevision(watch: Watch, history: History, timeline: Timeline): Comparison {
  const expected = timeline.expected(watch.selection)
  return compareChanges(watch, watch.events, expected, watch.from, history)
}

/**
 * Nothing but a bookmark says at which revision the initial state was taken, and only some watches have one. So every
 * revision is tried at which the state was another one; one must explain everything.
 */
function fromState(watch: Watch, history: History, timeline: Timeline, horizon: Horizon): Comparison {
  const expected = timeline.expected(watch.selection)
  const floor = startFloor(watch, horizon)
  const first = watch.events.find(({ object }) => object)?.object
  const state = timeline.cut(watch.selection, floor)
  let best: Comparison | undefined
  for (let next = countUpTo(expected, floor), rev = floor; ; next++) {
    // Where not even the first object fits, nothing has to be compared.
    if (!best || state.size === 0 || !first || state.get(first.key)?.rev === first.rev) {
      const comparison = compareFrom(watch, state, expected, rev, history)
      if (!comparison.problem) return comparison
      if (!best || comparison.agreed > best.agreed) best = comparison
    }
    const event = expected[next]
    if (!event) return best
    if (event.type === 'DELETED') state.delete(event.object.key)
    else state.set(event.object.key, event.object)
    rev = event.rev
  }
}

function startFloor({ freshness, invoked }: Watch, horizon: Horizon): number {
  if (freshness.type === 'latest') return horizon.before(invoked)
  return freshness.type === 'not-older' || freshness.type === 'exact' ? freshness.rev : 0
}

/** Against one possible initial state, which comes in any order. */
function compareFrom(
  watch: Watch,
  state: ReadonlyMap<string, Seen>,
  expected: readonly ExpectedEvent[],
  rev: number,
  history: History,
): Comparison {
  const left = new Map(state)
  let index = 0
  for (; left.size > 0 && index < watch.events.length; index++) {
    const event = watch.events[index]!
    if (!event.object) {
      const missing = seenText([...left.values()][0]!)
      const message = `a bookmark of revision ${event.rev} came before ${missing} of the initial state`
      return { agreed: index, problem: { rule: 'bookmark ahead of events', message } }
    }
    const { key } = event.object
    const stood = left.get(key)
    left.delete(key)
    if (event.type === 'ADDED' && stood && same(stood, event.object)) continue
    const there = stood ? seenText(stood) : 'nothing (more) under this key'
    const message = `the initial state of revision ${rev} has ${there}, the watch delivered ${event.type} ${seenText(event.object)}`
    return { agreed: index, problem: { rule: 'wrong initial state', message, key } }
  }
  if (left.size > 0 && watch.end === 'open') {
    const message = `${seenText([...left.values()][0]!)} of the initial state was not delivered`
    return { agreed: index, problem: { rule: 'watch that stopped delivering', message } }
  }
  if (left.size > 0) return { agreed: index }
  const rest = compareChanges(watch, watch.events.slice(index), expected, rev, history)
  return { ...rest, agreed: index + rest.agreed }
}

const same = (a: Seen, b: Seen): boolean =>
  a.key === b.key && a.rev === b.rev && a.value === b.value && a.label === b.label

function compareChanges(
  watch: Watch,
  events: readonly WatchedEvent[],
  expected: readonly ExpectedEvent[],
  from: number,
  { settled }: History,
): Comparison {
  let next = countUpTo(expected, from)
  const begin = next
  let mark = from
  for (const [agreed, event] of events.entries()) {
    const wanted = expected[next]
    if (!event.object) {
      const problem = checkBookmark(event, mark, wanted)
      if (problem) return { agreed, problem }
    } else if (isChange(event) && wanted && agrees(event, wanted) && event.rev > mark) next++
    else {
      const problem = explain(event as Changed, wanted, expected, begin, next, mark)
      return { agreed, problem: { ...problem, key: event.object.key } }
    }
    mark = event.rev
  }
  const late = expected[next]
  if (watch.end !== 'open' || !late || late.rev > settled) return { agreed: events.length }
  const message = `open to the end, and ${changeText(late)} was not delivered`
  return { agreed: events.length, problem: { rule: 'watch that stopped delivering', message, key: late.object.key } }
}

const isChange = (event: WatchedEvent): event is Changed => event.object !== undefined

const agrees = (event: Changed, wanted: ExpectedEvent): boolean =>
  event.type === wanted.type && event.rev === wanted.rev && same(event.object, wanted.object)

function checkBookmark(event: WatchedEvent, mark: number, wanted: ExpectedEvent | undefined): Comparison['problem'] {
  if (event.rev < mark) {
    const message = `a bookmark of revision ${event.rev} came after revision ${mark}`
    return { rule: 'bookmark back in time', message }
  }
  if (!wanted || wanted.rev > event.rev) return undefined
  const message = `a bookmark of revision ${event.rev} came before ${changeText(wanted)}`
  return { rule: 'bookmark ahead of events', message, key: wanted.object.key }
}

/** Names what is wrong with the first event that is not the expected one. */
function explain(
  event: Changed,
  wanted: ExpectedEvent | undefined,
  expected: readonly ExpectedEvent[],
  begin: number,
  next: number,
  mark: number,
): { rule: Rule; message: string } {
  const got = `${event.type} ${seenText(event.object)}`
  const instead = wanted ? `${changeText(wanted)} was due` : 'nothing more was due'
  if (expected.slice(begin, next).some((delivered) => agrees(event, delivered)))
    return { rule: 'repeated event', message: `${got} came a second time; ${instead}` }
  if (event.rev <= mark)
    return { rule: 'event back in time', message: `${got} came after revision ${mark}; ${instead}` }
  if (expected.slice(next).some((later) => agrees(event, later)))
    return { rule: 'skipped event', message: `${got} came when ${instead}` }
  const meant = expected.find(({ rev, object }) => rev === event.rev && object.key === event.object.key)
  if (meant) return { rule: 'wrong event', message: `${got} came for ${changeText(meant)}` }
  return { rule: 'event that never was', message: `${got} came; ${instead}` }
}

const changeText = ({ type, object }: ExpectedEvent): string => `${type} ${seenText(object)}`
