import type { History, Operation, Seen, StoreEvent, Write } from '../history.js'
import { isDone, type Planted, pickFrom, replaced, withoutEvent } from './plant.js'

/** What can be wrong with writes. */
export const plantedWrites: readonly Planted[] = [
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
