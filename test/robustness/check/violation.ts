import type { Operation } from '../history.js'

/** The rules, by the names that a failed run is reported with. */
export type Rule =
  | 'not linearizable'
  | 'lost write'
  | 'write of another revision'
  | 'write applied twice'
  | 'write from nowhere'
  | 'refused write took effect'
  | 'revision back in time'
  | 'object that never was'
  | 'stale read'
  | 'torn list'
  | 'list of another revision'
  | 'list out of order'
  | 'spurious expiry'
  | 'skipped event'
  | 'repeated event'
  | 'event back in time'
  | 'event that never was'
  | 'wrong event'
  | 'wrong initial state'
  | 'bookmark ahead of events'
  | 'bookmark back in time'
  | 'watch that stopped delivering'
  | 'watch that outlived its store'
  | 'server that does not recover'

/** One rule that was broken, and what a person needs in order to see it. */
export interface Violation {
  readonly rule: Rule
  readonly message: string
  readonly key?: string
  /** The operations that contradict each other, as few as possible. */
  readonly operations: readonly Operation[]
  /** Of a watch: the index of the event with which it went wrong. */
  readonly position?: number
}
