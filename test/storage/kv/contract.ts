import { afterAll, describe } from 'vitest'
import { describeCompaction } from './contract/compaction.js'
import type { KVHarness } from './contract/harness.js'
import { describeLeases } from './contract/leases.js'
import { describeLifecycle } from './contract/lifecycle.js'
import { describeReadIndex } from './contract/read-index.js'
import { describeReads } from './contract/reads.js'
import { describeWatches } from './contract/watches.js'
import { describeWrites } from './contract/writes.js'

export type { KVHarness } from './contract/harness.js'

/** The one suite that every implementation of `RevisionedKV` passes. */
export function describeRevisionedKV(name: string, harness: KVHarness): void {
  describe(name, () => {
    afterAll(() => harness.dispose())
    describeWrites(harness)
    describeReads(harness)
    describeReadIndex(harness)
    describeWatches(harness)
    describeCompaction(harness)
    describeLeases(harness)
    describeLifecycle(harness)
  })
}
