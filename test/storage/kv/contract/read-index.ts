import { describe, expect, it } from 'vitest'
import { bytes, ctx, freshPrefix, type KVHarness, record, subject, won } from './harness.js'

export function describeReadIndex(harness: KVHarness): void {
  describe('read index', () => {
    const s = subject(harness)

    it('is never below a write that was acknowledged before it was asked for', async () => {
      const key = `${freshPrefix()}a`
      let revision = await won(s.kv.create(ctx, key, bytes('0')))
      expect(await s.kv.readIndex()).toBeGreaterThanOrEqual(revision)
      for (let i = 1; i < 30; i++) {
        const under = s.kv.readIndex()
        revision = await won(s.kv.update(ctx, key, bytes(String(i)), revision))
        // One more while the last is under way does not join it.
        const [before, after] = await Promise.all([under, s.kv.readIndex()])
        expect(after).toBeGreaterThanOrEqual(revision)
        expect(before).toBeLessThanOrEqual(after)
      }
    })

    it('is never above what a read that follows it sees', async () => {
      const p = freshPrefix()
      for (let i = 0; i < 10; i++) {
        const write = won(s.kv.create(ctx, `${p}${i}`, bytes('v')))
        const index = await s.kv.readIndex()
        expect((await s.kv.count(ctx, p)).revision).toBeGreaterThanOrEqual(index)
        await write
      }
    })

    it('is the same for all who ask at once', async () => {
      const answers = await Promise.all(Array.from({ length: 50 }, () => s.kv.readIndex()))
      expect(new Set(answers).size).toBe(1)
    })

    it('is reached by a watch of the keys that were written', async () => {
      const p = freshPrefix()
      const recorder = await record(s.kv, p, 0)
      for (let i = 0; i < 10; i++) {
        const revision = await won(s.kv.create(ctx, `${p}${i}`, bytes('v')))
        expect(await s.kv.readIndex()).toBeGreaterThanOrEqual(revision)
        await recorder.reached(revision)
      }
      recorder.watch.cancel()
    })
  })
}
