/** What somebody who shares seats wants, and what he must and may be given. */
export interface AllocationClass {
  /** Seats wanted. */
  readonly target: number
  /** Whole seats. */
  readonly lowerBound: number
  readonly upperBound: number
}

export interface Allocation {
  /** Whole seats, in the order of the classes. */
  readonly seats: readonly number[]
  /** The fraction of its target that everybody gets whom no bound holds. */
  readonly fairFraction: number
}

/** Who wants nothing still has a claim, if the smallest: seats that nobody wants go somewhere. */
const MIN_TARGET = 0.001

/**
 * Shares out whole seats so that everybody gets the same fraction of its target, within its bounds (KEP-1040, "Seat
 * Borrowing"). Where the bounds do not allow the total, everybody gets the bound that is nearest to it.
 *
 * @example
 * ```ts
 * allocateConcurrency(30, [
 *   { target: 10, lowerBound: 5, upperBound: 12 },
 *   { target: 10, lowerBound: 0, upperBound: 40 },
 * ]) // { seats: [12, 18], fairFraction: 1.8 }
 * ```
 */
export function allocateConcurrency(total: number, classes: readonly AllocationClass[]): Allocation {
  const fairFraction = fairFractionOf(total, classes)
  const exact = classes.map((item) => share(item, fairFraction))
  return { seats: wholeSeats(total, exact, classes), fairFraction }
}

function share({ target, lowerBound, upperBound }: AllocationClass, fraction: number): number {
  return Math.max(lowerBound, Math.min(upperBound, fraction * Math.max(target, MIN_TARGET)))
}

/**
 * What is shared out rises with the fraction, in straight lines between the fractions at which somebody reaches a bound:
 * so it is enough to find the two of those between which the total lies.
 */
function fairFractionOf(total: number, classes: readonly AllocationClass[]): number {
  const bends = classes.flatMap(({ target, lowerBound, upperBound }) => {
    const wanted = Math.max(target, MIN_TARGET)
    return [lowerBound / wanted, upperBound / wanted]
  })
  const given = (fraction: number) => classes.reduce((sum, item) => sum + share(item, fraction), 0)
  let below = { fraction: 0, given: given(0) }
  if (below.given >= total) return 0
  for (const fraction of bends.sort((a, b) => a - b)) {
    const here = { fraction, given: given(fraction) }
    if (here.given >= total) {
      const slope = (here.given - below.given) / (here.fraction - below.fraction)
      return below.fraction + (total - below.given) / slope
    }
    below = here
  }
  return below.fraction
}

/** Rounds so that the sum stays what it was: the largest fractions are rounded up. Bounds are whole, so they hold. */
function wholeSeats(total: number, exact: readonly number[], classes: readonly AllocationClass[]): number[] {
  const seats = exact.map((value) => Math.floor(value + 1e-9))
  let left = total - seats.reduce((sum, value) => sum + value, 0)
  const byFraction = exact
    .map((value, index) => ({ index, fraction: value - (seats[index] as number) }))
    .sort((a, b) => b.fraction - a.fraction || a.index - b.index)
  for (const { index } of byFraction) {
    if (left <= 0) break
    if ((seats[index] as number) >= (classes[index] as AllocationClass).upperBound) continue
    seats[index] = (seats[index] as number) + 1
    left--
  }
  return seats
}
