import { setImmediate as nextTick } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { backgroundContext } from '../../../lib/meta/context.js'
import type { Connection } from '../../../lib/storage/kv/etcd/connection.js'
import { RevisionCheck } from '../../../lib/storage/kv/etcd/revision.js'
import { UnavailableError } from '../../../lib/storage/kv/types.js'

const ctx = backgroundContext()

/** A connection whose reads end when the test says so. */
function slowConnection() {
  const reads: { answer(revision: number): void; fail(error: Error): void }[] = []
  const connection = {
    // Who logs in has no line of its own for checks.
    settings: { compactionKey: 'compact_rev_key', auth: {} },
    read: () =>
      new Promise((resolve, reject) => {
        reads.push({ answer: (revision) => resolve({ header: { revision: String(revision) } }), fail: reject })
      }),
  }
  return { reads, check: new RevisionCheck(connection as unknown as Connection) }
}

describe('checks of the current revision', () => {
  it('are shared by all who ask in one tick', async () => {
    const { reads, check } = slowConnection()
    const answers = Array.from({ length: 100 }, () => check.current(ctx))
    await nextTick()
    expect(reads.length).toBe(1)
    reads[0]!.answer(7)
    expect(new Set(await Promise.all(answers))).toEqual(new Set([7]))
  })

  it('are never joined once they are under way, and at most three are', async () => {
    const { reads, check } = slowConnection()
    const answers: Promise<number>[] = []
    for (let tick = 0; tick < 6; tick++) {
      answers.push(check.current(ctx))
      await nextTick()
    }
    expect(reads.length).toBe(3)
    reads[1]!.answer(11)
    expect(await answers[1]).toBe(11)
    await nextTick()
    expect(reads.length).toBe(4)
    reads[0]!.answer(10)
    reads[2]!.answer(12)
    reads[3]!.answer(13)
    expect(await Promise.all(answers)).toEqual([10, 11, 12, 13, 13, 13])
  })

  it('fail for those who waited for them, and for nobody else', async () => {
    const { reads, check } = slowConnection()
    const failed = check.current(ctx)
    await nextTick()
    const later = check.current(ctx)
    await nextTick()
    reads[0]!.fail(new UnavailableError('gone'))
    await expect(failed).rejects.toThrow('gone')
    reads[1]!.answer(5)
    expect(await later).toBe(5)
  })

  it('are not awaited by who has no time left, or was aborted', async () => {
    const { check } = slowConnection()
    const aborter = new AbortController()
    const aborted = check.current(backgroundContext({ signal: aborter.signal }))
    const late = check.current(backgroundContext({ deadline: Date.now() + 20 }))
    aborter.abort()
    await expect(aborted).rejects.toThrow(UnavailableError)
    await expect(late).rejects.toThrow(UnavailableError)
  })
})
