import { beforeAll, expect, test } from 'vitest'
import { buildTimeoutMs, ensureBuilt } from '../support/cli.js'
import { countOf, explainFailure } from './report.js'
import { runSeed } from './run.js'

// The servers stand on what ../support/etcd.js starts.

beforeAll(() => ensureBuilt(), buildTimeoutMs)

test('what clients see of two servers on one etcd, one of them killed, is linearizable and without a gap', async () => {
  const result = await runSeed({ seed: 2, store: 'etcd', faults: ['server-kill'], seconds: 3.5 })
  expect(result.violations, result.violations.length > 0 ? explainFailure(result) : '').toEqual([])
  expect(result.plan.servers).toBe(2)
  expect(result.log.filter((line) => line.endsWith(': server-kill')).length).toBeGreaterThan(0)
  const { writes, reads, events } = countOf(result)
  expect(Math.min(writes, reads, events)).toBeGreaterThan(10)
}, 120_000)
