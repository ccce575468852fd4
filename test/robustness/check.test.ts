import { describe, expect, test } from 'vitest'
import { check, type Rule } from './check/check.js'
import type { History } from './history.js'
import { plantedReads } from './planted/reads.js'
import { plantedWatches } from './planted/watches.js'
import { plantedWrites } from './planted/writes.js'
import { Random } from './random.js'
import { simulate } from './simulate.js'

/** Seeds on which every planted fault is tried; each plants it at another place. */
const seeds = Array.from({ length: 15 }, (_, i) => i + 1)
const histories = new Map(seeds.map((seed) => [seed, simulate(new Random(seed))]))

const rulesOf = (history: History): Rule[] => [...new Set(check(history).map(({ rule }) => rule))]

describe('the checker', () => {
  test.each(seeds)('finds nothing in a history that is right (seed %d)', (seed) => {
    expect(check(histories.get(seed)!)).toEqual([])
  })

  test.each([...plantedWrites, ...plantedReads, ...plantedWatches])('catches %s', (_name, rules, plant) => {
    let planted = 0
    for (const [seed, history] of histories) {
      const mutant = plant(history, new Random(seed))
      if (!mutant) continue
      planted++
      expect(
        rulesOf(mutant).some((rule) => rules.includes(rule)),
        `seed ${seed}: ${rulesOf(mutant)}`,
      ).toBe(true)
    }
    expect(planted).toBeGreaterThan(0)
  })
})
