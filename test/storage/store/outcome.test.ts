import { describe, expect, test } from 'vitest'
import type { KVEvent } from '../../../lib/storage/kv/types.js'
import { NoSpaceError, UnavailableError, UnknownOutcomeError } from '../../../lib/storage/kv/types.js'
import { widget } from '../../runtime/widgets.js'
import { ctx, embedded, freshCollection, PassingKV, thrownBy } from './harness.js'

const { kv, store: makeStore } = embedded()
const store = makeStore()

/** What becomes of a write whose answer is lost. */
type Fate = 'made' | 'lost' | 'made, then changed by another' | 'made, then deleted by another'

const foreign = Buffer.from('{"kind":"Widget","apiVersion":"example.com/v1","metadata":{"uid":"other"}}')

/** Loses the answer of the first write, and of the first so many reads behind it. */
class Silent extends PassingKV {
  writes = 0
  reads = 0
  constructor(
    private readonly fate: Fate,
    private readonly deafReads = 0,
    private readonly error: Error = new UnknownOutcomeError('the connection was cut'),
  ) {
    super(kv)
  }

  override async get(...args: Parameters<PassingKV['get']>) {
    if (this.writes > 0 && this.reads++ < this.deafReads) throw new UnavailableError('no answer')
    return super.get(...args)
  }
  override async create(...args: Parameters<PassingKV['create']>) {
    return this.#lose(args[1], () => super.create(...args))
  }
  override async update(...args: Parameters<PassingKV['update']>) {
    return this.#lose(args[1], () => super.update(...args))
  }
  override async delete(...args: Parameters<PassingKV['delete']>) {
    return this.#lose(args[1], () => super.delete(...args))
  }

  async #lose<T>(key: string, write: () => Promise<T>): Promise<T> {
    if (++this.writes > 1) return write()
    if (this.fate !== 'lost') {
      await write()
      const { kv: current } = await kv.get(ctx, key)
      if (this.fate === 'made, then changed by another') {
        if (current) await kv.update(ctx, key, foreign, current.modRevision)
        else await kv.create(ctx, key, foreign)
      }
      if (this.fate === 'made, then deleted by another' && current) await kv.delete(ctx, key, current.modRevision)
    }
    throw this.error
  }
}

/** Everything that happened to a key since it was first written. */
async function history(key: string): Promise<KVEvent[]> {
  const events: KVEvent[] = []
  const watch = kv.watch(ctx, `/registry${key}`, { startRevision: 2 })
  const last = await kv.create(ctx, `/registry${key}/end`, foreign)
  for await (const batch of watch) {
    for (const event of batch.events) if (event.key === `/registry${key}`) events.push(event)
    if (batch.revision >= last.revision) break
  }
  watch.cancel()
  return events
}

const UNKNOWN = 'the store did not confirm the write; it may or may not have been made'

describe('a create whose answer was lost', () => {
  test('and that was made is confirmed, at its revision', async () => {
    const key = `${freshCollection()}/a`
    const made = await makeStore({ kv: new Silent('made') }).create(ctx, key, widget('a'))
    expect(made.revision).toBe((await kv.get(ctx, `/registry${key}`)).kv?.modRevision)
    expect(await history(key)).toHaveLength(1)
  })

  test.each(['lost', 'made, then changed by another', 'made, then deleted by another'] as const)(
    'and that cannot be found (%s) is of unknown outcome: neither refused nor written again',
    async (fate) => {
      const key = `${freshCollection()}/a`
      const silent = new Silent(fate)
      const error = await thrownBy(makeStore({ kv: silent }).create(ctx, key, widget('a')))
      expect(error).toMatchObject({ code: 'Timeout', message: UNKNOWN })
      expect(silent.writes).toBe(1)
    },
  )

  test('is looked for until the store answers again', async () => {
    const key = `${freshCollection()}/a`
    const silent = new Silent('made', 2)
    await makeStore({ kv: silent }).create(ctx, key, widget('a'))
    expect(silent.reads).toBe(3)
  })

  test('is not looked for after the deadline, or when the caller has gone', async () => {
    const late = { ...ctx, deadline: Date.now() }
    const gone = { ...ctx, signal: AbortSignal.abort() }
    for (const context of [late, gone]) {
      class Unchecked extends Silent {
        // The write was sent before the context ended.
        override create(...[, ...rest]: Parameters<PassingKV['create']>) {
          return super.create(ctx, ...rest)
        }
      }
      const silent = new Unchecked('made')
      const create = makeStore({ kv: silent }).create(context, `${freshCollection()}/a`, widget('a'))
      expect((await thrownBy(create)).message).toBe(UNKNOWN)
      expect(silent.reads).toBe(0)
    }
  })

  test('of a key that exists is of unknown outcome too: what stands there may be ours, changed', async () => {
    const key = `${freshCollection()}/a`
    await store.create(ctx, key, widget('a'))
    const other = { ...widget('a'), spec: { width: 9, height: 9 } }
    expect((await thrownBy(makeStore({ kv: new Silent('made') }).create(ctx, key, other))).message).toBe(UNKNOWN)
  })
})

describe('an update whose answer was lost', () => {
  const larger = () => ({ object: widget('a', { spec: { width: 9, height: 9 } }) })

  async function updated(fate: Fate) {
    const key = `${freshCollection()}/a`
    const { revision } = await store.create(ctx, key, widget('a'))
    const silent = new Silent(fate)
    let tries = 0
    const work = makeStore({ kv: silent }).guaranteedUpdate(ctx, key, {
      tryUpdate() {
        tries++
        return larger()
      },
    })
    return { key, revision, silent, work, tries: () => tries }
  }

  test('and that was made is confirmed, and made once', async () => {
    const { key, revision, work, tries } = await updated('made')
    const result = await work
    expect(result.revision).toBeGreaterThan(revision)
    expect(await history(key)).toHaveLength(2)
    expect(tries()).toBe(1)
  })

  test.each(['lost', 'made, then changed by another', 'made, then deleted by another'] as const)(
    'and that cannot be found (%s) is of unknown outcome: neither refused nor tried again',
    async (fate) => {
      const { silent, work, tries } = await updated(fate)
      expect(await thrownBy(work)).toMatchObject({ code: 'Timeout', message: UNKNOWN })
      expect(silent.writes).toBe(1)
      expect(tries()).toBe(1)
    },
  )

  test('and that would have made the same bytes as before is not taken for made', async () => {
    const key = `${freshCollection()}/a`
    const stale = { toStorage: (value: Buffer) => value, fromStorage: (value: Buffer) => ({ value, stale: true }) }
    await store.create(ctx, key, widget('a'))
    const silent = makeStore({ kv: new Silent('lost'), transformer: stale })
    const work = silent.guaranteedUpdate(ctx, key, { tryUpdate: (existing) => ({ object: existing!.object }) })
    expect((await thrownBy(work)).message).toBe(UNKNOWN)
  })
})

describe('a delete whose answer was lost', () => {
  test.each(['made', 'made, then changed by another'] as const)(
    'and whose object is not there any more (%s) is confirmed',
    async (fate) => {
      const key = `${freshCollection()}/a`
      const { revision } = await store.create(ctx, key, widget('a'))
      const silent = new Silent(fate)
      const gone = await makeStore({ kv: silent }).delete(ctx, key)
      expect(gone.revision).toBeGreaterThan(revision)
      expect(silent.writes).toBe(1)
    },
  )

  test('and whose object still stands is of unknown outcome, and not tried again', async () => {
    const key = `${freshCollection()}/a`
    await store.create(ctx, key, widget('a'))
    const silent = new Silent('lost')
    expect((await thrownBy(makeStore({ kv: silent }).delete(ctx, key))).message).toBe(UNKNOWN)
    expect(silent.writes).toBe(1)
    await store.get(ctx, key)
  })
})

test('an error of the store that is no unknown outcome comes through as it is', async () => {
  class Down extends PassingKV {
    override create(): never {
      throw new UnavailableError('down')
    }
  }
  const error = await thrownBy(makeStore({ kv: new Down(kv) }).create(ctx, `${freshCollection()}/a`, widget('a')))
  expect(error).toBeInstanceOf(UnavailableError)
})

describe('a write that a full store complains of', () => {
  const full = new NoSpaceError('database space exceeded', { mayBeWritten: true })

  test('and has made is confirmed', async () => {
    const key = `${freshCollection()}/a`
    const made = await makeStore({ kv: new Silent('made', 0, full) }).create(ctx, key, widget('a'))
    expect(made.revision).toBe((await kv.get(ctx, `/registry${key}`)).kv?.modRevision)
  })

  test('and has not made is refused for want of space', async () => {
    const silent = new Silent('lost', 0, full)
    expect(await thrownBy(makeStore({ kv: silent }).create(ctx, `${freshCollection()}/a`, widget('a')))).toBe(full)
    expect(silent.writes).toBe(1)
  })

  test('and cannot have made is not looked for', async () => {
    const certain = new NoSpaceError('the disk is full')
    const silent = new Silent('lost', 0, certain)
    expect(await thrownBy(makeStore({ kv: silent }).create(ctx, `${freshCollection()}/a`, widget('a')))).toBe(certain)
    expect(silent.reads).toBe(0)
  })
})
