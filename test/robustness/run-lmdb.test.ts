import { beforeAll, expect, test } from 'vitest'
import { buildTimeoutMs, ensureBuilt } from '../support/cli.js'
import { countOf, explainFailure } from './report.js'
import { runSeed } from './run.js'

beforeAll(() => ensureBuilt(), buildTimeoutMs)

test('what clients see of a server on lmdb that is killed is linearizable and without a gap', async () => {
  const result = await runSeed({ seed: 7, store: 'lmdb', faults: ['server-kill'], seconds: 3.5 })
  expect(result.violations, result.violations.length > 0 ? explainFailure(result) : '').toEqual([])
  expect(result.log.filter((line) => line.endsWith(': server-kill')).length).toBeGreaterThan(0)
  const { writes, reads, events } = countOf(result)
  expect(Math.min(writes, reads, events)).toBeGreaterThan(10)
}, 120_000)

test('a server that misses one event in ten does not pass', async () => {
  const { violations } = await runSeed({ seed: 7, store: 'lmdb', faults: [], seconds: 2, losesEvents: true })
  expect(violations.map(({ rule }) => rule)).toContain('skipped event')
}, 120_000)
