import { allocateConcurrency } from './concurrency-allocation.js'
import type { PriorityLevel } from './priority-level.js'

/** How often limits follow demand, in milliseconds. */
export const BORROWING_ADJUSTMENT_PERIOD = 10_000

/**
 * Moves seats from levels that did not need theirs to those that could use more (KEP-1040, "Seat Borrowing"). Together
 * the limits stay the sum of the nominal ones, unless exempt requests take so many that the rest keep only what nobody
 * can borrow from them.
 *
 * @returns the fraction of its demand that every level got whom no bound holds; 0 where bounds decided alone.
 */
export function adjustBorrowing(levels: readonly PriorityLevel[], now: number): number {
  for (const { usage } of levels) usage.demand.endPeriod(now)
  const exempt = levels.filter((level) => level.exempt)
  const limited = levels.filter((level) => !level.exempt)
  let remaining = levels.reduce((sum, { limits }) => sum + limits.nominal, 0)
  for (const level of exempt) {
    const seats = Math.max(level.limits.lower, level.usage.demand.highWatermark)
    remaining -= seats
    level.targetSeats = seats
    level.queueSet.limit = seats
  }
  const needs = limited.map(neededSeats)
  limited.forEach((level, index) => {
    level.targetSeats = Math.max(needs[index] as number, level.usage.demand.smoothed)
  })
  const { seats, fairFraction } = shareOut(remaining, limited, needs)
  // First those that give, then those that take: no more seats are out at any moment than there are.
  const changes = limited.map((level, index) => ({ level, limit: seats[index] as number }))
  for (const { level, limit } of changes) if (limit < level.queueSet.limit) level.queueSet.limit = limit
  for (const { level, limit } of changes) if (limit >= level.queueSet.limit) level.queueSet.limit = limit
  return fairFraction
}

/** What a level shows to need is not lent, as far as it is its own. */
function neededSeats({ limits, usage }: PriorityLevel): number {
  return Math.max(limits.lower, Math.min(limits.nominal, usage.demand.highWatermark))
}

function shareOut(
  total: number,
  levels: readonly PriorityLevel[],
  needs: readonly number[],
): { seats: readonly number[]; fairFraction: number } {
  const sumOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0)
  const lower = levels.map(({ limits }) => limits.lower)
  if (total <= sumOf(lower)) return { seats: lower, fairFraction: 0 }
  if (total <= sumOf(needs)) {
    // Not enough for what is needed: everybody gets its own, and of the rest the same part of what it lacks.
    const classes = levels.map((_, index) => {
      const lowerBound = lower[index] as number
      const upperBound = needs[index] as number
      return { target: upperBound - lowerBound, lowerBound: 0, upperBound: upperBound - lowerBound }
    })
    const extra = allocateConcurrency(total - sumOf(lower), classes).seats
    return { seats: lower.map((seats, index) => seats + (extra[index] as number)), fairFraction: 0 }
  }
  return allocateConcurrency(
    total,
    levels.map(({ limits, targetSeats }, index) => ({
      target: targetSeats,
      lowerBound: needs[index] as number,
      upperBound: limits.upper,
    })),
  )
}
