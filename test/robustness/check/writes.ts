import type { History, StoreEvent, Write } from '../history.js'
import type { Horizon } from './horizon.js'
import type { Timeline } from './timeline.js'
import type { Violation } from './violation.js'

const textOf = (event: StoreEvent): string =>
  event.type === 'put' ? `${event.value} at revision ${event.rev}` : `a delete at revision ${event.rev}`

/** Every acknowledged write stands in the store, once, at the revision it was told; and nothing else stands there. */
export function checkWrites(history: History, timeline: Timeline, horizon: Horizon): Violation[] {
  const writes = history.operations.filter((operation) => operation.kind === 'write')
  const puts = new Map<string, StoreEvent[]>()
  for (const event of history.store) {
    if (event.type !== 'put' || event.rev <= history.base) continue
    puts.set(event.value, [...(puts.get(event.value) ?? []), event])
  }
  return [
    ...writes.flatMap((write) => (write.verb === 'delete' ? [] : checkPut(write, puts.get(write.value) ?? []))),
    ...writes.flatMap((write) => checkRevision(write, horizon)),
    ...checkOrigins(writes, puts),
    ...checkDeletes(history, writes, timeline, horizon),
  ]
}

function checkPut(write: Write, events: readonly StoreEvent[]): Violation[] {
  const { key, value, outcome } = write
  const operations = [write]
  const [event, second] = events
  if (second) {
    const message = `${value} was written once and stands in the store ${events.length} times: ${events.map(textOf).join(', ')}`
    return [{ rule: 'write applied twice', key, message, operations }]
  }
  if (outcome.type === 'unknown') return []
  if (outcome.type === 'refused') {
    if (!event) return []
    return [
      { rule: 'refused write took effect', key, message: `refused, and yet there is ${textOf(event)}`, operations },
    ]
  }
  if (!event) {
    const message = `${value} was acknowledged, and the store never had it`
    return [{ rule: 'lost write', key, message, operations }]
  }
  const { seen } = outcome
  if (!seen || event.key !== key || event.rev !== seen.rev || event.label !== seen.label) {
    const message = `acknowledged as revision ${seen?.rev}, and the store has ${textOf(event)} under ${event.key}`
    return [{ rule: 'write of another revision', key, message, operations }]
  }
  return []
}

/** A write gets a revision above all that were seen before it began. */
function checkRevision(write: Write, horizon: Horizon): Violation[] {
  if (write.outcome.type !== 'done' || !write.outcome.seen) return []
  const { rev } = write.outcome.seen
  const floor = horizon.before(write.invoked)
  if (rev > floor) return []
  const message = `revision ${rev} was given to a write that began when revision ${floor} had been seen`
  const operations = [...horizon.witness(write.invoked), write]
  return [{ rule: 'revision back in time', key: write.key, message, operations }]
}

function checkOrigins(writes: readonly Write[], puts: ReadonlyMap<string, readonly StoreEvent[]>): Violation[] {
  const written = new Set(writes.map(({ value }) => value))
  return [...puts].flatMap(([value, events]): Violation[] => {
    if (written.has(value)) return []
    const key = events[0]?.key ?? ''
    const message = `nobody wrote ${events.map(textOf).join(', ')}`
    return [{ rule: 'write from nowhere', key, message, operations: [] }]
  })
}

/** A delete is told no revision: each acknowledged one needs a delete in the store of its own that came after it began. */
function checkDeletes(
  { store, base }: History,
  writes: readonly Write[],
  timeline: Timeline,
  horizon: Horizon,
): Violation[] {
  const deletes = writes.filter(({ verb, outcome }) => verb === 'delete' && outcome.type !== 'refused')
  const taken = new Set<StoreEvent>()
  const violations: Violation[] = []
  // Those that began last have the fewest to choose from.
  for (const write of deletes.filter(({ outcome }) => outcome.type === 'done').sort((a, b) => b.invoked - a.invoked)) {
    const floor = Math.max(base, horizon.before(write.invoked))
    const own = timeline
      .ofKey(write.key)
      .findLast((event) => event.type === 'delete' && event.rev > floor && !taken.has(event))
    if (own) taken.add(own)
    else {
      const message = `acknowledged, and the store has no delete of it after revision ${floor}, the newest seen before`
      violations.push({ rule: 'lost write', key: write.key, message, operations: [write] })
    }
  }
  for (const key of timeline.keys()) {
    const found = store.filter((event) => event.key === key && event.type === 'delete' && event.rev > base)
    const asked = deletes.filter((write) => write.key === key)
    if (found.length <= asked.length) continue
    const message = `the store has ${found.length} deletes, and ${asked.length} were asked for that were not refused`
    violations.push({ rule: 'write from nowhere', key, message, operations: asked })
  }
  return violations
}
