import { describe, expect, it } from 'vitest'
import { backgroundContext } from '../../../../lib/meta/context.js'
import { type KVEvent, type RevisionedKV, SlowConsumerError } from '../../../../lib/storage/kv/types.js'
import {
  bytes,
  ctx,
  dice,
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

export function describeWatches(harness: KVHarness): void {
  describe('watches', () => {
    const s = subject(harness)
    const put = (key: string, value = 'v'): Promise<number> => won(s.kv.create(ctx, key, bytes(value)))

    it('a watch from now tells of changes after its establishment, and of none before', async () => {
      const p = freshPrefix()
      const before = await put(`${p}a`, '1')
      const recorder = await record(s.kv, p, 0)
      expect(await recorder.watch.established).toBeGreaterThanOrEqual(before)
      const updated = await won(s.kv.update(ctx, `${p}a`, bytes('2'), before))
      const created = await put(`${p}b`, 'x')
      const deleted = await won(s.kv.delete(ctx, `${p}a`, updated))
      await recorder.reached(deleted)
      expect(recorder.events.map(line)).toEqual([
        `${updated} put ${p}a 2 < 1`,
        `${created} put ${p}b x < -`,
        `${deleted} delete ${p}a - < 2`,
      ])
      recorder.watch.cancel()
      await recorder.done
      expect(recorder.ended).toBeNull()
    })

    it('events carry the whole pair as it stands and as it stood', async () => {
      const p = freshPrefix()
      const lease = await s.kv.grantLease(ctx, 3600)
      const a = await won(s.kv.create(ctx, `${p}a`, bytes('1'), { lease: lease.id }))
      const b = await won(s.kv.update(ctx, `${p}a`, bytes('2'), a))
      const c = await won(s.kv.delete(ctx, `${p}a`, b))
      const d = await put(`${p}a`, '3')
      const first = { key: `${p}a`, value: '1', createRevision: a, modRevision: a, lease: lease.id }
      const second = { ...first, value: '2', modRevision: b, lease: '' }
      const third = { ...second, value: '3', createRevision: d, modRevision: d }
      const events = await history(s.kv, p, a, d)
      expect(events.map((e) => [e.type, e.revision, plain(e.kv), plain(e.prev)])).toEqual([
        ['put', a, first, undefined],
        ['put', b, second, first],
        ['delete', c, undefined, second],
        ['put', d, third, undefined],
      ])
    })

    it('events carry nothing of before where that is not asked for', async () => {
      const p = freshPrefix()
      const watch = s.kv.watch(ctx, p, { startRevision: 0, previous: false })
      const recorder = new Recorder(watch, p)
      await watch.established
      const a = await put(`${p}a`, '1')
      const b = await won(s.kv.update(ctx, `${p}a`, bytes('2'), a))
      const c = await won(s.kv.delete(ctx, `${p}a`, b))
      await recorder.reached(c)
      expect(recorder.events.map((e) => [e.type, e.revision, e.kv?.value.toString()])).toEqual([
        ['put', a, '1'],
        ['put', b, '2'],
        ['delete', c, undefined],
      ])
      // A store may tell it all the same where it costs nothing, but then it is right.
      for (const { prev } of recorder.events) expect([undefined, a, b]).toContain(prev?.modRevision)
      watch.cancel()
    })

    it('a watch that needs nothing of before begins where the one before was forgotten', async () => {
      const p = freshPrefix()
      const a = await put(`${p}a`, '1')
      const b = await won(s.kv.update(ctx, `${p}a`, bytes('2'), a))
      await won(s.kv.update(ctx, `${p}a`, bytes('3'), b))
      await s.kv.compact(ctx, a)
      const recorder = new Recorder(s.kv.watch(ctx, p, { startRevision: b, previous: false }), p)
      await recorder.until(() => recorder.events.length === 2)
      expect(recorder.events.map((event) => event.kv?.value.toString())).toEqual(['2', '3'])
      recorder.watch.cancel()
    })

    it('a watch from a revision tells it and all that came later, once', async () => {
      const p = freshPrefix()
      const revisions: number[] = []
      for (let i = 0; i < 6; i++) revisions.push(await put(p + i))
      for (const [i, start] of revisions.entries()) {
        const events = await history(s.kv, p, start, revisions.at(-1)!)
        expect(events.map((event) => event.revision)).toEqual(revisions.slice(i))
      }
    })

    it('a watch from a revision to come begins there', async () => {
      const p = freshPrefix()
      const start = (await s.kv.currentRevision(ctx)) + 3
      const recorder = new Recorder(s.kv.watch(ctx, p, { startRevision: start }), p)
      const revisions: number[] = []
      for (let i = 0; i < 6; i++) revisions.push(await put(p + i))
      await recorder.until(() => recorder.events.at(-1)?.revision === revisions.at(-1))
      expect(recorder.events.map((event) => event.revision)).toEqual(revisions.filter((r) => r >= start))
      recorder.watch.cancel()
    })

    it('a watch sees only its prefix', async () => {
      const p = freshPrefix()
      const recorder = await record(s.kv, `${p}a/`, 0)
      await put(`${p}a`)
      await put(`${p}b/1`)
      const first = await put(`${p}a/1`)
      await put(`${p}a0`)
      const second = await put(`${p}a/\u{10ffff}`)
      await recorder.reached(second)
      expect(recorder.events.map((event) => event.revision)).toEqual([first, second])
      recorder.watch.cancel()
    })

    it('a history longer than the buffer limit reaches a reader who keeps reading', async () => {
      const p = freshPrefix()
      const revisions = await Promise.all(Array.from({ length: 300 }, (_, i) => put(p + i)))
      const recorder = await record(s.kv, p, Math.min(...revisions), { bufferLimit: 100 })
      await recorder.reached(Math.max(...revisions))
      expect(recorder.events.map((event) => event.revision)).toEqual(revisions.sort((a, b) => a - b))
      recorder.watch.cancel()
    })

    it.each([1, 2, 3])('watchers that come and go miss nothing and repeat nothing (interleaving %i)', async (seed) => {
      await interleave(s.kv, seed)
    })

    it.runIf(harness.cut)('watches survive cut connections without a gap or a repeat', async () => {
      for (const seed of [11, 12]) await interleave(s.kv, seed, () => harness.cut!())
    })

    it.runIf(harness.foreign)('several events of one revision come in one batch, in one piece', async () => {
      const p = freshPrefix()
      const old = await put(`${p}old`)
      const recorder = await record(s.kv, p, 0)
      const together = new Map(Array.from({ length: 60 }, (_, i) => [`${p}${i}`, bytes(`v${i}`)]))
      const revision = await harness.foreign!(s.kv, { put: together, remove: [`${p}old`] })
      await recorder.reached(revision)
      expect(recorder.batches.filter((batch) => batch.size > 0)).toEqual([{ revision, size: 61 }])
      expect(
        recorder.events.filter((event) => event.type === 'delete').map((event) => event.prev?.modRevision),
      ).toEqual([old])
      recorder.watch.cancel()
      const again = await record(s.kv, p, revision, { bufferLimit: 1000 })
      await again.reached(revision)
      expect(again.batches.filter((batch) => batch.size > 0)).toEqual([{ revision, size: 61 }])
      again.watch.cancel()
    })

    it('cancel ends a watch in peace, also when asked twice or before its establishment', async () => {
      const p = freshPrefix()
      const recorder = await record(s.kv, p, 0)
      recorder.watch.cancel()
      recorder.watch.cancel()
      await recorder.done
      expect(recorder.ended).toBeNull()
      const early = s.kv.watch(ctx, p, { startRevision: 0 })
      early.cancel()
      const batches: unknown[] = []
      for await (const batch of early) batches.push(batch)
      expect(batches).toEqual([])
      await put(`${p}a`)
      expect(recorder.events).toEqual([])
    })

    it('an aborted context ends a watch in peace, at once if it is aborted already', async () => {
      const p = freshPrefix()
      const aborter = new AbortController()
      const recorder = await record(s.kv, p, 0, { signal: aborter.signal })
      const revision = await put(`${p}a`)
      await recorder.reached(revision)
      aborter.abort()
      await recorder.done
      expect(recorder.ended).toBeNull()
      const dead = new Recorder(
        s.kv.watch(backgroundContext({ signal: AbortSignal.abort() }), p, { startRevision: revision }),
        p,
      )
      await dead.done
      expect([dead.ended, dead.events]).toEqual([null, []])
    })

    it('leaving the loop ends a watch', async () => {
      const p = freshPrefix()
      const watch = s.kv.watch(ctx, p, { startRevision: 0 })
      await watch.established
      await put(`${p}a`)
      let seen = 0
      for await (const batch of watch) {
        seen += batch.events.length
        if (seen > 0) break
      }
      expect(seen).toBe(1)
      await put(`${p}b`)
      expect(await watch[Symbol.asyncIterator]().next()).toMatchObject({ done: true })
    })

    it('a watch whose reader falls behind its buffer limit ends with an error, after an unbroken beginning', async () => {
      const p = freshPrefix()
      const witness = await record(s.kv, p, 0)
      const slow = s.kv.watch(ctx, p, { startRevision: 0, bufferLimit: 10 })
      await slow.established
      const iterator = slow[Symbol.asyncIterator]()
      const seen: KVEvent[] = []
      const fallBehind = async (): Promise<void> => {
        for (let round = 0; round < 40; round++) {
          const revisions = await Promise.all(Array.from({ length: 50 }, (_, i) => put(`${p}${round}/${i}`)))
          await witness.reached(Math.max(...revisions))
          seen.push(...((await iterator.next()).value?.events ?? []))
        }
      }
      await expect(fallBehind()).rejects.toThrow(SlowConsumerError)
      expect(seen.map(line)).toEqual(witness.events.slice(0, seen.length).map(line))
      witness.watch.cancel()
    })

    it('a watch that asked for progress learns of revisions outside its prefix', async () => {
      const p = freshPrefix()
      const recorder = await record(s.kv, `${p}in/`, 0, { progressIntervalMs: 20 })
      const outside = await put(`${p}out`)
      await recorder.reached(outside)
      expect(recorder.events).toEqual([])
      const inside = await put(`${p}in/a`)
      await recorder.until(() => recorder.batches.some((batch) => batch.size > 0))
      expect(recorder.events.map((event) => event.revision)).toEqual([inside])
      recorder.watch.cancel()
    })

    it.runIf(harness.answersProgressRequests ?? true)('a progress request is answered with a mark', async () => {
      const p = freshPrefix()
      const recorder = await record(s.kv, `${p}in/`, 0)
      const outside = await put(`${p}out`)
      recorder.watch.requestProgress()
      await recorder.reached(outside)
      expect(recorder.batches.at(-1)).toEqual({ revision: recorder.marked, size: 0 })
      recorder.watch.cancel()
    })
  })
}

/** Writers race on a few keys while watchers start anywhere, leave, and resume; then all stories are compared. */
async function interleave(kv: RevisionedKV, seed: number, cut?: () => Promise<void>): Promise<void> {
  const p = freshPrefix()
  const roll = dice(seed * 7919)
  const first = await won(kv.create(ctx, `${p}first`, bytes('v')))
  const acknowledged = new Map<number, string>([[first, `${p}first`]])
  const watchers: { start: number; recorder: Recorder }[] = []
  const add = async (start: number): Promise<void> => {
    const recorder = await record(kv, p, start)
    watchers.push({ start: start || (await recorder.watch.established) + 1, recorder })
  }
  await add(0)
  const writer = async (): Promise<void> => {
    for (let i = 0; i < 40; i++) {
      const key = `${p}${roll(6)}`
      try {
        const { kv: current } = await kv.get(ctx, key)
        const value = bytes(`${seed}-${i}`)
        const result =
          current === undefined
            ? await kv.create(ctx, key, value)
            : roll(3) === 0
              ? await kv.delete(ctx, key, current.modRevision)
              : await kv.update(ctx, key, value, current.modRevision)
        if (result.ok) acknowledged.set(result.revision, key)
      } catch (error) {
        if (cut === undefined) throw error
      }
      if (roll(12) === 0) await add(roll(2) === 0 ? first + roll(Math.max(1, watchers[0]!.recorder.marked - first)) : 0)
      if (cut !== undefined && roll(20) === 0) await cut()
    }
  }
  await Promise.all(Array.from({ length: 6 }, writer))
  const resumed = await leaveAndResume(kv, p, watchers[0]!.recorder)
  const last = await writeLast(kv, p)
  const story = await history(kv, p, first, last)
  const running = watchers.slice(1).map((watcher) => watcher.recorder)
  await Promise.all([resumed, ...running].map((recorder) => recorder.reached(last)))
  compare(story, acknowledged, watchers.slice(1))
  expect([...watchers[0]!.recorder.events, ...resumed.events].map(line)).toEqual(
    story.filter((event) => event.revision >= watchers[0]!.start).map(line),
  )
}

/** A write that is acknowledged, whatever a cut does to the attempts before it. */
async function writeLast(kv: RevisionedKV, prefix: string): Promise<number> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await won(kv.create(ctx, `${prefix}last${attempt}`, bytes('v')))
    } catch (error) {
      if (attempt === 20) throw error
    }
  }
}

/** Cancels a watch and takes it up again after the last revision it marked. */
async function leaveAndResume(kv: RevisionedKV, prefix: string, recorder: Recorder): Promise<Recorder> {
  recorder.watch.cancel()
  await recorder.done
  return record(kv, prefix, recorder.marked + 1)
}

function compare(
  story: readonly KVEvent[],
  acknowledged: ReadonlyMap<number, string>,
  watchers: readonly { start: number; recorder: Recorder }[],
): void {
  const told = new Map(story.map((event) => [event.revision, event.key]))
  for (const [revision, key] of acknowledged) expect(told.get(revision)).toBe(key)
  const state = new Map<string, string>()
  for (const event of story) {
    expect(event.prev?.value.toString()).toBe(state.get(event.key))
    if (event.kv === undefined) state.delete(event.key)
    else state.set(event.key, event.kv.value.toString())
  }
  for (const { start, recorder } of watchers) {
    expect(recorder.events.map(line)).toEqual(story.filter((event) => event.revision >= start).map(line))
    recorder.watch.cancel()
  }
}
