import { describe, expect, it } from 'vitest'
import { CompactedError, FutureRevisionError } from '../../../../lib/storage/kv/types.js'
import {
  bytes,
  ctx,
  freshPrefix,
  history,
  type KVHarness,
  line,
  plain,
  Recorder,
  record,
  subject,
  won,
} from './harness.js'

/**
 * `compact(R)` forgets what lies below R: R itself stays readable and watchable, R-1 does not,
 * and `compactedRevision()` says R-1.
 */
export function describeCompaction(harness: KVHarness): void {
  describe('compaction', () => {
    const s = subject(harness)
    const put = (key: string, value = 'v'): Promise<number> => won(s.kv.create(ctx, key, bytes(value)))

    async function someHistory() {
      const p = freshPrefix()
      const idle = await put(`${p}idle`, 'idle')
      const gone = await put(`${p}gone`)
      const a1 = await put(`${p}a`, '1')
      const a2 = await won(s.kv.update(ctx, `${p}a`, bytes('2'), a1))
      const deleted = await won(s.kv.delete(ctx, `${p}gone`, gone))
      const a3 = await won(s.kv.update(ctx, `${p}a`, bytes('3'), a2))
      return { p, idle, gone, a1, a2, deleted, a3 }
    }

    it('below the compacted revision, gets and ranges are refused and say what is kept', async () => {
      const { p, a1, deleted } = await someHistory()
      await s.kv.compact(ctx, deleted)
      expect(s.kv.compactedRevision()).toBe(deleted - 1)
      for (const revision of [a1, deleted - 1]) {
        const refusal = await s.kv.get(ctx, `${p}a`, { revision }).catch((error: unknown) => error)
        expect(refusal).toBeInstanceOf(CompactedError)
        expect(refusal).toMatchObject({ requested: revision, compacted: deleted - 1 })
        await expect(s.kv.range(ctx, p, { revision })).rejects.toThrow(CompactedError)
      }
    })

    it('the compacted revision itself and everything later stays readable, with values written long before', async () => {
      const { p, idle, a1, a2, deleted, a3 } = await someHistory()
      await s.kv.compact(ctx, deleted)
      const at = async (revision: number) => (await s.kv.range(ctx, p, { revision })).items.map(plain)
      const idlePair = { key: `${p}idle`, value: 'idle', createRevision: idle, modRevision: idle, lease: '' }
      const pair = { key: `${p}a`, createRevision: a1, lease: '' }
      expect(await at(deleted)).toEqual([{ ...pair, value: '2', modRevision: a2 }, idlePair])
      expect(await at(a3)).toEqual([{ ...pair, value: '3', modRevision: a3 }, idlePair])
      expect(await at(0)).toEqual([{ ...pair, value: '3', modRevision: a3 }, idlePair])
      expect((await s.kv.get(ctx, `${p}gone`)).kv).toBeUndefined()
    })

    it('a watch below the compacted revision is refused, one from it gets every event, a delete too', async () => {
      const { p, a1, deleted, a3 } = await someHistory()
      await s.kv.compact(ctx, deleted)
      for (const start of [a1, deleted - 1]) {
        const refused = new Recorder(s.kv.watch(ctx, p, { startRevision: start }), p)
        await refused.done
        expect(refused.ended).toBeInstanceOf(CompactedError)
        expect(refused.events).toEqual([])
      }
      expect((await history(s.kv, p, deleted, a3)).map(line)).toEqual([
        `${deleted} delete ${p}gone - < v`,
        `${a3} put ${p}a 3 < 2`,
      ])
    })

    it('a running watch does not notice a compaction', async () => {
      const { p, a1, a3 } = await someHistory()
      const recorder = await record(s.kv, p, a1)
      await recorder.reached(a3)
      const next = await won(s.kv.update(ctx, `${p}a`, bytes('4'), a3))
      await s.kv.compact(ctx, next)
      const last = await won(s.kv.update(ctx, `${p}a`, bytes('5'), next))
      await recorder.reached(last)
      expect(recorder.events.slice(-2).map((event) => [event.revision, event.prev?.modRevision])).toEqual([
        [next, a3],
        [last, next],
      ])
      recorder.watch.cancel()
    })

    it('compacting again, or to an older revision, changes nothing', async () => {
      const { p, a2, deleted, a3 } = await someHistory()
      await s.kv.compact(ctx, deleted)
      await s.kv.compact(ctx, deleted)
      await s.kv.compact(ctx, a2)
      expect(s.kv.compactedRevision()).toBe(deleted - 1)
      expect((await s.kv.get(ctx, `${p}a`, { revision: deleted })).kv?.modRevision).toBe(a2)
      expect((await s.kv.get(ctx, `${p}a`)).kv?.modRevision).toBe(a3)
    })

    it('compacting up to the current revision keeps what stands, and to a future one is refused', async () => {
      const { p, a3 } = await someHistory()
      const current = await s.kv.currentRevision(ctx)
      await s.kv.compact(ctx, current)
      expect((await s.kv.range(ctx, p)).items.map((item) => item.value.toString())).toEqual(['3', 'idle'])
      await expect(s.kv.compact(ctx, current + 1_000_000)).rejects.toThrow(FutureRevisionError)
      const next = await won(s.kv.update(ctx, `${p}a`, bytes('4'), a3))
      expect((await s.kv.get(ctx, `${p}a`)).kv?.modRevision).toBe(next)
    })

    it('a key created again after a compacted life has no trace of it', async () => {
      const { p, a3 } = await someHistory()
      const again = await put(`${p}gone`, 'new')
      await s.kv.compact(ctx, again)
      const events = await history(s.kv, p, again, again)
      expect(events.map(line)).toEqual([`${again} put ${p}gone new < -`])
      expect(plain((await s.kv.get(ctx, `${p}gone`)).kv)).toMatchObject({ createRevision: again })
      expect((await s.kv.get(ctx, `${p}a`)).kv?.modRevision).toBe(a3)
    })
  })
}
