import { describe, expect, test } from 'vitest'
import { type AllocationClass, allocateConcurrency } from '../../lib/flowcontrol/concurrency-allocation.js'
import { seeded, wholeBelow } from './harness.js'

const wants = (target: number, lowerBound = 0, upperBound = 1000): AllocationClass => ({
  target,
  lowerBound,
  upperBound,
})

describe('seats', () => {
  test.each<[why: string, total: number, classes: AllocationClass[], seats: number[]]>([
    ['go by the targets where no bound matters', 60, [wants(10), wants(20)], [20, 40]],
    ['that one may not take go to the others', 30, [wants(10, 5, 12), wants(10, 0, 40)], [12, 18]],
    ['that one must have are missing for the others', 30, [wants(10, 10), wants(40), wants(10)], [10, 16, 4]],
    ['go to those that want nothing too, when they are over', 10, [wants(0), wants(0)], [5, 5]],
    ['go to those that want something first', 10, [wants(0), wants(5)], [0, 10]],
    ['are whole, the largest fractions first', 10, [wants(1), wants(1), wants(1)], [4, 3, 3]],
    ['are the upper bounds when there are too many', 100, [wants(5, 0, 7), wants(5, 0, 8)], [7, 8]],
    ['are the lower bounds when there are too few', 3, [wants(5, 4), wants(5, 5)], [4, 5]],
    ['are none when nobody is there', 5, [], []],
  ])('%s', (_, total, classes, seats) => {
    expect(allocateConcurrency(total, classes).seats).toEqual(seats)
  })
})

describe('any allocation', () => {
  const random = seeded(7)
  const problems = Array.from({ length: 2000 }, () => {
    const classes = Array.from({ length: 1 + wholeBelow(random, 9) }, () => {
      const lowerBound = wholeBelow(random, 50)
      const target = random() < 0.2 ? lowerBound : lowerBound + random() * 100
      return { target, lowerBound, upperBound: lowerBound + wholeBelow(random, 200) }
    })
    const lowest = classes.reduce((sum, { lowerBound }) => sum + lowerBound, 0)
    const highest = classes.reduce((sum, { upperBound }) => sum + upperBound, 0)
    return { classes, total: lowest + wholeBelow(random, highest - lowest + 1) }
  })

  test('gives out exactly the total, in whole seats, and keeps all bounds', () => {
    for (const { classes, total } of problems) {
      const { seats } = allocateConcurrency(total, classes)
      expect(seats.reduce((sum, value) => sum + value, 0)).toBe(total)
      for (const [index, { lowerBound, upperBound }] of classes.entries()) {
        expect(Number.isInteger(seats[index])).toBe(true)
        expect(seats[index]).toBeGreaterThanOrEqual(lowerBound)
        expect(seats[index]).toBeLessThanOrEqual(upperBound)
      }
    }
  })

  test('gives everybody the same fraction of its target, within a seat, whom no bound holds', () => {
    for (const { classes, total } of problems) {
      const { seats, fairFraction } = allocateConcurrency(total, classes)
      for (const [index, { target, lowerBound, upperBound }] of classes.entries()) {
        const fair = Math.max(lowerBound, Math.min(upperBound, fairFraction * Math.max(target, 0.001)))
        expect(Math.abs((seats[index] as number) - fair)).toBeLessThan(1 + 1e-6)
      }
    }
  })

  test('gives nobody less when there is more', () => {
    for (const { classes, total } of problems.slice(0, 300)) {
      const fewer = allocateConcurrency(total, classes).fairFraction
      expect(allocateConcurrency(total + 1, classes).fairFraction).toBeGreaterThanOrEqual(fewer)
    }
  })
})
