import { describe, expect, it } from 'vitest'
import { KVError } from '../../../../lib/storage/kv/types.js'
import { bytes, ctx, freshPrefix, type KVHarness, line, record, shortLease, subject, won } from './harness.js'

export function describeLeases(harness: KVHarness): void {
  describe('leases', () => {
    const s = subject(harness)
    const put = (key: string, lease = ''): Promise<number> =>
      won(s.kv.create(ctx, key, bytes('v'), lease === '' ? {} : { lease }))

    it('a lease has an id and lives at least as long as asked', async () => {
      const [a, b] = await Promise.all([s.kv.grantLease(ctx, 60), s.kv.grantLease(ctx, 60)])
      expect(a.id).not.toBe('')
      expect(a.id).not.toBe(b.id)
      expect(a.ttlSeconds).toBeGreaterThanOrEqual(60)
    })

    it('a key shows its lease, and an update replaces it', async () => {
      const key = `${freshPrefix()}a`
      const [a, b] = await Promise.all([s.kv.grantLease(ctx, 60), s.kv.grantLease(ctx, 60)])
      const leaseOf = async () => (await s.kv.get(ctx, key)).kv?.lease
      const first = await put(key, a.id)
      expect(await leaseOf()).toBe(a.id)
      const second = await won(s.kv.update(ctx, key, bytes('v'), first, { lease: b.id }))
      expect(await leaseOf()).toBe(b.id)
      await won(s.kv.update(ctx, key, bytes('v'), second))
      expect(await leaseOf()).toBe('')
      expect((await s.kv.get(ctx, key, { revision: first })).kv?.lease).toBe(a.id)
    })

    it('a write with a lease that does not exist is refused and writes nothing', async () => {
      const key = `${freshPrefix()}a`
      await expect(s.kv.create(ctx, key, bytes('v'), { lease: '987654321' })).rejects.toThrow(KVError)
      await expect(s.kv.create(ctx, key, bytes('v'), { lease: 'not a lease' })).rejects.toThrow(KVError)
      expect((await s.kv.get(ctx, key)).kv).toBeUndefined()
    })

    it('at its end all keys of a lease vanish in one revision, each with a delete event', async () => {
      const p = freshPrefix()
      const recorder = await record(s.kv, p, 0)
      const short = await shortLease(s.kv)
      const long = await s.kv.grantLease(ctx, 3600)
      await put(`${p}other`, long.id)
      await put(`${p}free`)
      const moved = await put(`${p}moved`, short.id)
      await won(s.kv.update(ctx, `${p}moved`, bytes('w'), moved, { lease: long.id }))
      const freed = await put(`${p}freed`, short.id)
      await won(s.kv.update(ctx, `${p}freed`, bytes('w'), freed))
      const removed = await put(`${p}removed`, short.id)
      await won(s.kv.delete(ctx, `${p}removed`, removed))
      const again = await put(`${p}removed`)
      for (const name of ['a', 'b', 'c']) await put(p + name, short.id)
      const written = recorder.events.length
      await recorder.until(() => recorder.events.filter((event) => event.type === 'delete').length >= 4)
      const ends = recorder.events.filter((event) => event.type === 'delete' && event.revision > again)
      const revision = ends[0]!.revision
      expect(ends.map(line).sort()).toEqual(['a', 'b', 'c'].map((name) => `${revision} delete ${p}${name} - < v`))
      expect(ends.map((event) => event.prev?.lease)).toEqual([short.id, short.id, short.id])
      expect(recorder.events.length).toBeGreaterThan(written)
      const left = await s.kv.range(ctx, p)
      expect(left.items.map((item) => item.key.slice(p.length))).toEqual(['free', 'freed', 'moved', 'other', 'removed'])
      expect((await s.kv.range(ctx, p, { revision: revision - 1 })).count).toBe(8)
      expect(recorder.batches.filter((batch) => batch.revision >= revision && batch.size > 0)).toHaveLength(1)
      recorder.watch.cancel()
      const replay = await record(s.kv, p, revision)
      await replay.reached(revision)
      expect(replay.batches).toEqual([{ revision, size: 3 }])
      expect(replay.events.map(line)).toEqual(ends.map(line))
      replay.watch.cancel()
    })

    it('a lease that has ended takes no more keys', async () => {
      const p = freshPrefix()
      const recorder = await record(s.kv, p, 0)
      const lease = await shortLease(s.kv)
      await put(`${p}a`, lease.id)
      await recorder.until(() => recorder.events.some((event) => event.type === 'delete'))
      await expect(put(`${p}b`, lease.id)).rejects.toThrow(KVError)
      expect((await s.kv.range(ctx, p)).count).toBe(0)
      recorder.watch.cancel()
    })
  })
}
