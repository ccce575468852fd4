import type { LevelSettings } from './priority-level-configuration.js'

/** A priority level's seats as configured: its limit moves between the lower and the upper one. */
export interface ConcurrencyLimits {
  readonly nominal: number
  /** What nobody can borrow away: one seat at least of a limited level that has any. */
  readonly lower: number
  readonly upper: number
}

/**
 * Shares out a server's seats by the levels' shares, rounded up: together they are a few more than there are
 * (KEP-1040, "Concurrency limits").
 *
 * A limited level lends no last seat, where Kubernetes rounds what it can lend, up to all of it: without a seat its
 * requests would wait until limits are adjusted again. A level without shares (a jail) has none all the same.
 */
export function concurrencyLimits(total: number, levels: readonly LevelSettings[]): ConcurrencyLimits[] {
  const sum = levels.reduce((shares, level) => shares + level.shares, 0)
  return levels.map(({ exempt, shares, lendablePercent, borrowingLimitPercent }) => {
    const nominal = sum === 0 ? 0 : Math.ceil((total * shares) / sum)
    const kept = exempt ? 0 : Math.min(1, nominal)
    const lendable = Math.min(Math.round((nominal * lendablePercent) / 100), nominal - kept)
    const borrowing = borrowingLimitPercent === undefined ? total : Math.round((nominal * borrowingLimitPercent) / 100)
    return { nominal, lower: nominal - lendable, upper: nominal + borrowing }
  })
}

/** Part of a level's seats that one request can be reckoned to take. */
const MAX_SEATS_PERCENT = 0.15

/**
 * Most seats that the work estimator may give one request of a level: so narrow that a hand of them fits into the level.
 * `undefined` where there are no queues, and nobody is held up by a wide one.
 */
export function maxSeatsPerRequest(nominal: number, { queuing }: LevelSettings): number | undefined {
  if (!queuing) return undefined
  const fewest = Math.min(Math.ceil(nominal * MAX_SEATS_PERCENT), Math.floor(nominal / queuing.handSize))
  return Math.max(1, fewest)
}
