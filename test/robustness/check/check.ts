import type { Get, History, Watch, Write } from '../history.js'
import { Horizon } from './horizon.js'
import { linearize } from './linearize.js'
import { checkGet, checkList } from './reads.js'
import { type Register, type RegisterOperation, registerModel } from './register.js'
import { Timeline } from './timeline.js'
import type { Violation } from './violation.js'
import { checkWatch } from './watches.js'
import { checkWrites } from './writes.js'

export type { Rule, Violation } from './violation.js'

/** Everything that a history breaks of what the server promises. */
export function check(history: History): Violation[] {
  const timeline = new Timeline(history.store)
  const horizon = new Horizon(history.operations)
  const { operations } = history
  return [
    ...checkWrites(history, timeline, horizon),
    ...checkKeys(history, timeline),
    ...operations.flatMap((operation) => (operation.kind === 'get' ? checkGet(operation, timeline) : [])),
    ...operations.flatMap((operation) =>
      operation.kind === 'list' ? checkList(operation, history, timeline, horizon) : [],
    ),
    ...operations.flatMap((operation) =>
      operation.kind === 'watch' ? checkWatch(operation, history, timeline, horizon) : [],
    ),
  ]
}

/** Each key by itself: what is linearizable key by key is so as a whole (Herlihy and Wing's locality). */
function checkKeys({ operations, base }: History, timeline: Timeline): Violation[] {
  const byKey = new Map<string, RegisterOperation[]>()
  for (const operation of operations) {
    if (!isRegisterOperation(operation)) continue
    const list = byKey.get(operation.key)
    if (list) list.push(operation)
    else byKey.set(operation.key, [operation])
  }
  return [...byKey].flatMap(([key, list]) => checkKey(key, list, timeline, base))
}

function isRegisterOperation(operation: Write | Get | Watch | History['operations'][number]): operation is Write | Get {
  if (operation.kind === 'get') return operation.freshness.type === 'latest'
  return operation.kind === 'write'
}

function checkKey(
  key: string,
  operations: readonly RegisterOperation[],
  timeline: Timeline,
  base: number,
): Violation[] {
  const verdict = linearize<Register, RegisterOperation>(registerModel(timeline.at(key, base), base), operations)
  if (verdict.type === 'linearizable') return []
  if (verdict.type === 'undecided') {
    const message = `nobody can tell in reasonable time whether ${operations.length} operations are linearizable`
    return [{ rule: 'not linearizable', key, message, operations: [] }]
  }
  const { order, state, stuck } = verdict
  const { object, rev, floor } = state
  const version = rev > 0 ? `revision ${rev}` : `a revision above ${floor}`
  const stands = object ? `${object.value} (${object.label}) at ${version}` : 'nothing'
  const message = `after ${order.length} operations ${stands} stands there, and #${stuck[0]?.id} must be next and cannot`
  return [{ rule: 'not linearizable', key, message, operations: [...order.slice(-3), ...stuck] }]
}
