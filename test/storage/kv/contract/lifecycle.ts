import { describe, expect, it } from 'vitest'
import { ClosedError } from '../../../../lib/storage/kv/types.js'
import {
  bytes,
  ctx,
  freshPrefix,
  history,
  type KVHarness,
  line,
  lost,
  plain,
  record,
  shortLease,
  won,
} from './harness.js'

export function describeLifecycle(harness: KVHarness): void {
  describe('lifecycle', () => {
    it('an opened store says revision 1 or more, and opening twice does nothing', async () => {
      const kv = await harness.open()
      await kv.open(ctx)
      expect(await kv.currentRevision(ctx)).toBeGreaterThanOrEqual(1)
      await kv.close()
    })

    it('close ends every watch, and closing twice does nothing', async () => {
      const kv = await harness.open()
      const p = freshPrefix()
      const recorders = await Promise.all([record(kv, p, 0), record(kv, p, 0), record(kv, `${p}x`, 0)])
      await kv.close()
      await kv.close()
      for (const recorder of recorders) {
        await recorder.done
        if (recorder.ended !== null) expect(recorder.ended).toBeInstanceOf(ClosedError)
      }
    })

    it('a closed store refuses every call as closed', async () => {
      const kv = await harness.open()
      const key = `${freshPrefix()}a`
      const revision = await won(kv.create(ctx, key, bytes('v')))
      await kv.close()
      await expect(kv.get(ctx, key)).rejects.toThrow(ClosedError)
      await expect(kv.range(ctx, key)).rejects.toThrow(ClosedError)
      await expect(kv.count(ctx, key)).rejects.toThrow(ClosedError)
      await expect(kv.create(ctx, `${key}b`, bytes('v'))).rejects.toThrow(ClosedError)
      await expect(kv.update(ctx, key, bytes('v'), revision)).rejects.toThrow(ClosedError)
      await expect(kv.delete(ctx, key, revision)).rejects.toThrow(ClosedError)
      await expect(kv.currentRevision(ctx)).rejects.toThrow(ClosedError)
      await expect((async () => kv.readIndex())()).rejects.toThrow(ClosedError)
      await expect(kv.compact(ctx, revision)).rejects.toThrow(ClosedError)
      await expect(kv.grantLease(ctx, 60)).rejects.toThrow(ClosedError)
      const watch = kv.watch(ctx, key, { startRevision: 0 })
      await expect(watch[Symbol.asyncIterator]().next()).rejects.toThrow(ClosedError)
    })

    it.runIf(harness.reopen)('a reopened store stands where it stood, with its history', async () => {
      const p = freshPrefix()
      let kv = await harness.open()
      const a1 = await won(kv.create(ctx, `${p}a`, bytes('1')))
      const a2 = await won(kv.update(ctx, `${p}a`, bytes('2'), a1))
      const b = await won(kv.create(ctx, `${p}b`, bytes('b')))
      const gone = await won(kv.delete(ctx, `${p}b`, b))
      kv = await harness.reopen!(kv)
      expect(await kv.currentRevision(ctx)).toBeGreaterThanOrEqual(gone)
      if (harness.alone) expect(await kv.currentRevision(ctx)).toBe(gone)
      expect(plain((await kv.get(ctx, `${p}a`)).kv)).toMatchObject({ value: '2', createRevision: a1, modRevision: a2 })
      expect((await kv.get(ctx, `${p}a`, { revision: a1 })).kv?.value.toString()).toBe('1')
      expect((await history(kv, p, a1, gone)).map(line)).toEqual([
        `${a1} put ${p}a 1 < -`,
        `${a2} put ${p}a 2 < 1`,
        `${b} put ${p}b b < -`,
        `${gone} delete ${p}b - < b`,
      ])
      await lost(kv.create(ctx, `${p}a`, bytes('x')))
      expect(await won(kv.update(ctx, `${p}a`, bytes('3'), a2))).toBeGreaterThan(gone)
      await kv.close()
    })

    it.runIf(harness.reopen)('a lease goes on through a reopening and still ends', async () => {
      const p = freshPrefix()
      let kv = await harness.open()
      const lease = await shortLease(kv)
      const start = await won(kv.create(ctx, `${p}a`, bytes('v'), { lease: lease.id }))
      await won(kv.create(ctx, `${p}b`, bytes('v'), { lease: lease.id }))
      await won(kv.create(ctx, `${p}free`, bytes('v')))
      kv = await harness.reopen!(kv)
      const recorder = await record(kv, p, start)
      await recorder.until(() => recorder.events.some((event) => event.type === 'delete'))
      const ends = recorder.events.filter((event) => event.type === 'delete')
      expect(ends.map((event) => event.key).sort()).toEqual([`${p}a`, `${p}b`])
      expect(new Set(ends.map((event) => event.revision)).size).toBe(1)
      expect((await kv.range(ctx, p)).count).toBe(1)
      await kv.close()
    })
  })
}
