import { type FaultName, faultNames, fits, isPassing } from './faults.js'
import { Random } from './random.js'
import type { StoreName } from './store.js'

export interface RunOptions {
  readonly seed: number
  /** Absent: a third of the seeds takes lmdb. */
  readonly store?: StoreName
  /** Absent: a few that the seed chooses. */
  readonly faults?: readonly FaultName[]
  /** How long the clients are busy. */
  readonly seconds: number
  /** A test of the test: the servers miss an event now and then. */
  readonly losesEvents?: boolean
}

/** All that a seed decides before a run begins. */
export interface Plan {
  readonly seed: number
  readonly store: StoreName
  /** Of etcd. */
  readonly members: 1 | 3
  readonly servers: number
  readonly faults: readonly FaultName[]
  readonly seconds: number
  readonly losesEvents: boolean
}

export function planRun({ seed, seconds, losesEvents = false, ...asked }: RunOptions): Plan {
  const random = new Random(seed)
  const store = asked.store ?? (random.chance(1 / 3) ? 'lmdb' : 'etcd')
  const faults = (asked.faults ?? chooseFaults(random, store)).filter((fault) => fits(fault, store))
  const mayBeThree = store === 'etcd' && !faults.includes('restore')
  const members = mayBeThree && (faults.includes('leader-loss') || random.chance(0.2)) ? 3 : 1
  const of = { seed, seconds, losesEvents }
  return { ...of, store, faults, members, servers: store === 'etcd' && random.chance(0.65) ? 2 : 1 }
}

function chooseFaults(random: Random, store: StoreName): FaultName[] {
  const passing = faultNames.filter((fault) => fits(fault, store) && isPassing(fault))
  const chosen: FaultName[] = random.sample(passing, random.between(1, 3))
  if (random.chance(0.2)) chosen.push('restore')
  if (store === 'etcd' && random.chance(0.3)) chosen.push('foreign')
  // A snapshot is of one member, and a cluster of one has no leader to lose.
  return chosen.includes('restore') ? chosen.filter((fault) => fault !== 'leader-loss') : chosen
}
