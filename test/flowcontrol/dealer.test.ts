import { describe, expect, test } from 'vitest'
import { Dealer, handBits } from '../../lib/flowcontrol/fairqueuing/dealer.js'

const SIZES = [
  [1, 1],
  [2, 2],
  [16, 4],
  [64, 6],
  [64, 8],
  [128, 6],
  [512, 6],
] as const

describe.each(SIZES)('of %i queues a hand of %i', (deckSize, handSize) => {
  const dealer = new Dealer(deckSize, handSize)

  test('has so many distinct queues of those there are', () => {
    for (let flow = 0; flow < 500; flow++) {
      const hand = dealer.deal('schema', `flow-${flow}`)
      expect(hand).toHaveLength(handSize)
      expect(new Set(hand).size).toBe(handSize)
      for (const queue of hand) expect(queue >= 0 && queue < deckSize && Number.isInteger(queue)).toBe(true)
    }
  })

  test('is the same whenever the same flow comes', () => {
    expect(dealer.deal('schema', 'flow')).toEqual(new Dealer(deckSize, handSize).deal('schema', 'flow'))
  })

  test('has every queue as often as every other, at every place', () => {
    // So many that the expected count of each cell is 100; chi-square with its mean and six standard deviations.
    const flows = 100 * deckSize
    const places = Array.from({ length: handSize }, () => new Array<number>(deckSize).fill(0))
    for (let flow = 0; flow < flows; flow++)
      for (const [place, queue] of dealer.deal('schema', String(flow)).entries()) places[place]![queue]! += 1
    for (const counts of places) {
      const chiSquare = counts.reduce((sum, count) => sum + (count - 100) ** 2 / 100, 0)
      const freedom = deckSize - 1
      expect(chiSquare).toBeLessThanOrEqual(freedom + 6 * Math.sqrt(2 * freedom))
    }
  })
})

describe('hands', () => {
  test('are every ordered choice equally often, when all numbers are dealt from', () => {
    const dealer = new Dealer(5, 3)
    const seen = new Map<string, number>()
    for (let entropy = 0n; entropy < 5n * 4n * 3n * 7n; entropy++) {
      const hand = dealer.dealFrom(entropy).join()
      seen.set(hand, (seen.get(hand) ?? 0) + 1)
    }
    expect(seen.size).toBe(60)
    expect(new Set(seen.values())).toEqual(new Set([7]))
  })

  test('of flows with like names share no more queues than chance has it', () => {
    const dealer = new Dealer(128, 6)
    let shared = 0
    for (let flow = 0; flow < 2000; flow++) {
      const other = new Set(dealer.deal('schema', `system:serviceaccount:default:a${flow + 1}`))
      shared += dealer
        .deal('schema', `system:serviceaccount:default:a${flow}`)
        .filter((queue) => other.has(queue)).length
    }
    // 36/128 are expected of each pair; a hundredth is far beyond six standard deviations of their mean.
    expect(Math.abs(shared / 2000 - 36 / 128)).toBeLessThan(0.08)
  })

  test('of one name in two schemas are two', () => {
    const dealer = new Dealer(128, 6)
    expect(dealer.deal('a', 'b')).not.toEqual(dealer.deal('ab', ''))
    expect(dealer.deal('a', 'alice')).not.toEqual(dealer.deal('b', 'alice'))
  })
})

describe('a dealer', () => {
  test.each([
    [4, 5],
    [4, 0],
    [0, 0],
    [4, Number.NaN],
  ])('of %i queues cannot give hands of %i', (deckSize, handSize) => {
    expect(() => new Dealer(deckSize, handSize)).toThrow(RangeError)
  })

  test('reads no more of a hash than 60 bits', () => {
    expect(handBits(128, 6)).toBe(42)
    expect(handBits(1024, 6)).toBe(60)
    expect(() => new Dealer(1024, 6)).not.toThrow()
    expect(() => new Dealer(1024, 7)).toThrow('more than 60 bits')
  })
})
