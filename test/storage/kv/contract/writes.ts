import { describe, expect, it } from 'vitest'
import { backgroundContext } from '../../../../lib/meta/context.js'
import {
  KVError,
  TooLargeError,
  UnavailableError,
  UnknownOutcomeError,
  type WriteResult,
} from '../../../../lib/storage/kv/types.js'
import { bytes, ctx, freshPrefix, type KVHarness, lost, plain, record, subject, won } from './harness.js'

export function describeWrites(harness: KVHarness): void {
  describe('writes', () => {
    const s = subject(harness)

    it('serial writes get strictly increasing revisions', async () => {
      const p = freshPrefix()
      const revisions: number[] = []
      for (let i = 0; i < 5; i++) revisions.push(await won(s.kv.create(ctx, `${p}${i}`, bytes('v'))))
      revisions.push(await won(s.kv.update(ctx, `${p}0`, bytes('w'), revisions[0]!)))
      revisions.push(await won(s.kv.delete(ctx, `${p}1`, revisions[1]!)))
      expect(revisions).toEqual([...new Set(revisions)].sort((a, b) => a - b))
    })

    it('concurrent writes get a revision each', async () => {
      const p = freshPrefix()
      const all = await Promise.all(Array.from({ length: 64 }, (_, i) => won(s.kv.create(ctx, `${p}${i}`, bytes('v')))))
      expect(new Set(all).size).toBe(64)
    })

    it('a create of an existing key is refused and shows what stands there', async () => {
      const key = `${freshPrefix()}a`
      const revision = await won(s.kv.create(ctx, key, bytes('one')))
      const result = await s.kv.create(ctx, key, bytes('two'))
      expect(result.ok).toBe(false)
      expect(plain(result.ok ? undefined : result.current)).toEqual({
        key,
        value: 'one',
        createRevision: revision,
        modRevision: revision,
        lease: '',
      })
      expect(result.revision).toBeGreaterThanOrEqual(revision)
      expect((await s.kv.get(ctx, key)).kv?.value.toString()).toBe('one')
    })

    it('an update keeps the create revision, a new create after a delete does not', async () => {
      const key = `${freshPrefix()}a`
      const created = await won(s.kv.create(ctx, key, bytes('1')))
      const updated = await won(s.kv.update(ctx, key, bytes('2'), created))
      expect(plain((await s.kv.get(ctx, key)).kv)).toMatchObject({ createRevision: created, modRevision: updated })
      const deleted = await won(s.kv.delete(ctx, key, updated))
      expect((await s.kv.get(ctx, key)).kv).toBeUndefined()
      const again = await won(s.kv.create(ctx, key, bytes('3')))
      expect(again).toBeGreaterThan(deleted)
      expect(plain((await s.kv.get(ctx, key)).kv)).toMatchObject({ createRevision: again, modRevision: again })
    })

    it('an update or delete with a stale revision is refused and shows what stands there', async () => {
      const key = `${freshPrefix()}a`
      const first = await won(s.kv.create(ctx, key, bytes('1')))
      const second = await won(s.kv.update(ctx, key, bytes('2'), first))
      const stands = { key, value: '2', createRevision: first, modRevision: second, lease: '' }
      expect(plain(await lost(s.kv.update(ctx, key, bytes('3'), first)))).toEqual(stands)
      expect(plain(await lost(s.kv.delete(ctx, key, first)))).toEqual(stands)
      expect(plain(await lost(s.kv.update(ctx, key, bytes('3'), second + 1_000_000)))).toEqual(stands)
      expect(plain((await s.kv.get(ctx, key)).kv)).toEqual(stands)
    })

    it('an update or delete of an absent key is refused and shows that nothing stands there', async () => {
      const p = freshPrefix()
      const elsewhere = await won(s.kv.create(ctx, `${p}b`, bytes('v')))
      expect(await lost(s.kv.update(ctx, `${p}a`, bytes('v'), elsewhere))).toBeUndefined()
      expect(await lost(s.kv.delete(ctx, `${p}a`, elsewhere))).toBeUndefined()
      expect((await s.kv.get(ctx, `${p}a`)).kv).toBeUndefined()
    })

    it('an update that expects revision 0 never creates', async () => {
      const key = `${freshPrefix()}a`
      await s.kv.update(ctx, key, bytes('v'), 0).catch(() => undefined)
      await s.kv.delete(ctx, key, 0).catch(() => undefined)
      expect((await s.kv.get(ctx, key)).kv).toBeUndefined()
    })

    it('of many concurrent creates of one key exactly one wins, and all losers see its value', async () => {
      const key = `${freshPrefix()}a`
      const results = await Promise.all(Array.from({ length: 32 }, (_, i) => s.kv.create(ctx, key, bytes(`v${i}`))))
      const winner = results.findIndex((result) => result.ok)
      const losers = results.filter((result) => !result.ok)
      expect(losers).toHaveLength(31)
      const revision = results[winner]!.revision
      for (const loser of losers) {
        if (loser.ok) throw new Error('a loser that won')
        expect(loser.current?.value.toString()).toBe(`v${winner}`)
        expect(loser.current?.modRevision).toBe(revision)
        expect(loser.revision).toBeGreaterThanOrEqual(revision)
      }
    })

    it('concurrent compare-and-swap counts without losing a step', async () => {
      const key = `${freshPrefix()}counter`
      await won(s.kv.create(ctx, key, bytes('0')))
      const increment = async (): Promise<void> => {
        for (;;) {
          const { kv } = await s.kv.get(ctx, key)
          const next = bytes(String(Number(kv!.value.toString()) + 1))
          if ((await s.kv.update(ctx, key, next, kv!.modRevision)).ok) return
        }
      }
      await Promise.all(
        Array.from({ length: 8 }, async () => [await increment(), await increment(), await increment()]),
      )
      expect((await s.kv.get(ctx, key)).kv?.value.toString()).toBe('24')
    })

    it('a write that loses leaves no event and no revision', async () => {
      const p = freshPrefix()
      const recorder = await record(s.kv, p, 0)
      const first = await won(s.kv.create(ctx, `${p}a`, bytes('1')))
      const before = await s.kv.currentRevision(ctx)
      await lost(s.kv.create(ctx, `${p}a`, bytes('x')))
      await lost(s.kv.update(ctx, `${p}a`, bytes('x'), first + 1_000_000))
      await lost(s.kv.delete(ctx, `${p}a`, first + 1_000_000))
      await lost(s.kv.delete(ctx, `${p}none`, first))
      if (harness.alone) expect(await s.kv.currentRevision(ctx)).toBe(before)
      const last = await won(s.kv.create(ctx, `${p}b`, bytes('2')))
      await recorder.reached(last)
      expect(recorder.events.map((event) => event.revision)).toEqual([first, last])
      recorder.watch.cancel()
    })

    it('values are kept byte for byte: empty, binary, and 1 MB', async () => {
      const p = freshPrefix()
      const every = Buffer.from(Array.from({ length: 256 }, (_, i) => i))
      const large = Buffer.alloc(1_000_000, every)
      for (const [name, value] of Object.entries({ empty: Buffer.alloc(0), every, large })) {
        const first = await won(s.kv.create(ctx, p + name, value))
        expect((await s.kv.get(ctx, p + name)).kv?.value.equals(value)).toBe(true)
        await won(s.kv.update(ctx, p + name, bytes('other'), first))
        expect((await s.kv.get(ctx, p + name, { revision: first })).kv?.value.equals(value)).toBe(true)
      }
      const { items } = await s.kv.range(ctx, p)
      expect(items.map((item) => item.value.toString())).toEqual(['other', 'other', 'other'])
    })

    it('a value that was read stays as it was while the store goes on', async () => {
      const p = freshPrefix()
      let revision = await won(s.kv.create(ctx, `${p}a`, bytes('first')))
      const got = (await s.kv.get(ctx, `${p}a`)).kv!.value
      const ranged = (await s.kv.range(ctx, p)).items[0]!.value
      for (let i = 0; i < 20; i++) {
        revision = await won(s.kv.update(ctx, `${p}a`, bytes(`later${i}`), revision))
        await s.kv.get(ctx, `${p}a`)
      }
      expect([got.toString(), ranged.toString()]).toEqual(['first', 'first'])
    })

    it.runIf(harness.tooLargeBytes)('a value larger than the store takes is refused as too large', async () => {
      const key = `${freshPrefix()}a`
      await expect(s.kv.create(ctx, key, Buffer.alloc(harness.tooLargeBytes!))).rejects.toThrow(TooLargeError)
      expect((await s.kv.get(ctx, key)).kv).toBeUndefined()
    })

    it('a key that is not well-formed Unicode is refused instead of being changed', async () => {
      const p = freshPrefix()
      await expect(s.kv.create(ctx, `${p}\ud800`, bytes('v'))).rejects.toThrow(KVError)
      expect((await s.kv.range(ctx, p)).count).toBe(0)
    })

    it('under an aborted context or after its deadline nothing is read and nothing written', async () => {
      const p = freshPrefix()
      const revision = await won(s.kv.create(ctx, `${p}a`, bytes('v')))
      const over = [
        backgroundContext({ signal: AbortSignal.abort() }),
        backgroundContext({ deadline: Date.now() - 1_000 }),
      ]
      for (const late of over) {
        await expect(s.kv.create(late, `${p}b`, bytes('v'))).rejects.toThrow(UnavailableError)
        await expect(s.kv.update(late, `${p}a`, bytes('w'), revision)).rejects.toThrow(UnavailableError)
        await expect(s.kv.delete(late, `${p}a`, revision)).rejects.toThrow(UnavailableError)
        await expect(s.kv.get(late, `${p}a`)).rejects.toThrow(UnavailableError)
        await expect(s.kv.range(late, p)).rejects.toThrow(UnavailableError)
        await expect(s.kv.count(late, p)).rejects.toThrow(UnavailableError)
        await expect(s.kv.currentRevision(late)).rejects.toThrow(UnavailableError)
        await expect(s.kv.compact(late, revision)).rejects.toThrow(UnavailableError)
        await expect(s.kv.grantLease(late, 60)).rejects.toThrow(UnavailableError)
      }
      const { items } = await s.kv.range(ctx, p)
      expect(items.map(plain)).toMatchObject([{ key: `${p}a`, value: 'v', modRevision: revision }])
    })

    it('a context aborted under way leaves each write whole or absent, and says which where it knows', async () => {
      const p = freshPrefix()
      const aborter = new AbortController()
      const late = backgroundContext({ signal: aborter.signal })
      const writes = Array.from({ length: 40 }, (_, i) => {
        if (i === 20) setImmediate(() => aborter.abort())
        return s.kv.create(late, `${p}${i}`, bytes(`value ${i}`))
      })
      const outcomes = await Promise.allSettled(writes)
      // A write of unknown outcome may land late; one more serial write lets everything before it settle.
      await won(s.kv.create(ctx, `${p}last`, bytes('v')))
      for (const [i, outcome] of outcomes.entries()) {
        const { kv } = await s.kv.get(ctx, `${p}${i}`)
        if (kv) expect(kv.value.toString()).toBe(`value ${i}`)
        expectFate(outcome, kv !== undefined)
      }
    })
  })
}

function expectFate(outcome: PromiseSettledResult<WriteResult>, stands: boolean): void {
  if (outcome.status === 'fulfilled') {
    expect(outcome.value.ok).toBe(true)
    expect(stands).toBe(true)
  } else if (!(outcome.reason instanceof UnknownOutcomeError)) {
    expect(outcome.reason).toBeInstanceOf(UnavailableError)
    expect(stands).toBe(false)
  }
}
