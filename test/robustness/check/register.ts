import type { Get, Seen, Write } from '../history.js'
import type { Model } from './linearize.js'

/** What stands under one key. */
export interface Register {
  /** Absent: no object. */
  readonly object?: { readonly value: string; readonly label: string }
  /** Of the last write; 0 = it was never told (the answer was lost, or it was a delete). */
  readonly rev: number
  /** The key's last write has a revision above this one, or this one. */
  readonly floor: number
}

export type RegisterOperation = Write | Get

/** A key of a revisioned store: writes may name the revision that they replace, and reads show the newest one. */
export function registerModel(initial: Seen | undefined, floor: number): Model<Register, RegisterOperation> {
  return {
    initial: initial ? { object: initial, rev: initial.rev, floor: initial.rev } : { rev: 0, floor },
    step: (state, operation) => (operation.kind === 'get' ? read(state, operation.found) : write(state, operation)),
    text: ({ object, rev, floor: low }) => JSON.stringify([object?.value, object?.label, rev, low]),
  }
}

function read(state: Register, found: Seen | undefined): Register | undefined {
  const { object } = state
  if (!object || !found) return !object && !found ? state : undefined
  if (object.value !== found.value || object.label !== found.label || !mayBe(state, found.rev)) return undefined
  return { object, rev: found.rev, floor: found.rev }
}

/** Whether the last write can have had this revision. */
const mayBe = ({ rev, floor }: Register, asked: number): boolean => (rev > 0 ? rev === asked : asked > floor)

function write(state: Register, operation: Write): Register | undefined {
  const { outcome } = operation
  if (outcome.type === 'refused') return refusal(state, operation, outcome.why) ? state : undefined
  if (!applies(state, operation)) return undefined
  const floor = Math.max(state.floor, operation.expected ?? 0)
  if (operation.verb === 'delete') return { rev: 0, floor }
  const object = { value: operation.value, label: operation.label ?? state.object?.label ?? '' }
  const seen = outcome.type === 'done' ? outcome.seen : undefined
  if (!seen) return { object, rev: 0, floor }
  if (seen.rev <= floor || seen.value !== object.value || seen.label !== object.label) return undefined
  return { object, rev: seen.rev, floor: seen.rev }
}

/** Whether a write does anything here; one of unknown outcome that does not need not be looked at. */
function applies(state: Register, { verb, expected }: Write): boolean {
  if (verb === 'create') return !state.object
  return state.object !== undefined && (expected === undefined || mayBe(state, expected))
}

function refusal(state: Register, { expected }: Write, why: 'exists' | 'conflict' | 'not-found' | 'other'): boolean {
  switch (why) {
    case 'exists':
      return state.object !== undefined
    case 'not-found':
      return state.object === undefined
    case 'conflict':
      // Without a version to compare, the server gave up after losing too often: that says nothing.
      return expected === undefined || (state.object !== undefined && state.rev !== expected)
    case 'other':
      return true
  }
}
