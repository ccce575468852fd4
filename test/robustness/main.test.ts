import { describe, expect, test } from 'vitest'
import { FlagError, parseFlags } from './main.js'
import { planRun } from './plan.js'

describe('the flags of the robustness run', () => {
  test('ask for ten seeds by default, and for one where the first is named', () => {
    expect(parseFlags([])).toMatchObject({ runs: 10, seconds: 6 })
    expect(parseFlags(['--seed', '7'])).toMatchObject({ runs: 1, seed: 7 })
    expect(parseFlags(['--seed=7', '--runs=3', '--store', 'lmdb'])).toMatchObject({ runs: 3, seed: 7, store: 'lmdb' })
  })

  test.each([
    [['--sead', '1'], 'unknown flag'],
    [['--seed'], 'needs a value'],
    [['--runs', 'x'], 'is no number'],
    [['--store', 'mysql'], 'lmdb or etcd'],
    [['--faults', 'etcd-kill,flood'], 'no fault flood'],
  ])('refuse %j', (args, message) => {
    expect(() => parseFlags(args)).toThrow(FlagError)
    expect(() => parseFlags(args)).toThrow(message)
  })
})

describe('a seed', () => {
  test('decides everything about its run', () => {
    for (let seed = 0; seed < 50; seed++) expect(planRun({ seed, seconds: 1 })).toEqual(planRun({ seed, seconds: 1 }))
  })

  test('takes only faults that its store can have, and three members where one of them is to lose the lead', () => {
    const plans = Array.from({ length: 300 }, (_, seed) => planRun({ seed, seconds: 1 }))
    for (const { store, faults, members, servers } of plans) {
      if (store === 'lmdb') expect([members, servers]).toEqual([1, 1])
      if (faults.includes('leader-loss')) expect(members).toBe(3)
      if (faults.includes('restore')) expect(members).toBe(1)
      if (store === 'lmdb') expect(faults.filter((fault) => /^(etcd|net)-|foreign|leader/.test(fault))).toEqual([])
    }
    expect(new Set(plans.flatMap(({ faults }) => faults)).size).toBe(13)
    expect(plans.filter(({ servers }) => servers === 2).length).toBeGreaterThan(50)
  })
})
