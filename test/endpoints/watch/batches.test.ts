import { describe, expect, it } from 'vitest'
import { inBatches, type WatchFrame } from '../../../lib/endpoints/handlers/watch-batches.js'

const frame = (text: string): WatchFrame => ({ bytes: Buffer.from(text), resourceVersion: text.slice(0, 8) })
const turn = () => new Promise((resolve) => setImmediate(resolve))

async function collect(
  source: AsyncGenerator<WatchFrame>,
): Promise<{ batches: string[]; settled: boolean[]; error?: Error }> {
  const batches: string[] = []
  const settled: boolean[] = []
  try {
    for await (const batch of inBatches(source)) {
      batches.push(batch.frames.map(({ bytes }) => bytes.toString()).join(''))
      settled.push(batch.settled)
    }
  } catch (error) {
    return { batches, settled, error: error as Error }
  }
  return { batches, settled }
}

describe('frames in batches', () => {
  it('joins those that are there at once, and keeps none back', async () => {
    const { batches, settled } = await collect(
      (async function* () {
        yield frame('a')
        yield frame('b')
        await turn()
        await turn()
        yield frame('c')
      })(),
    )
    expect(batches).toEqual(['ab', 'c'])
    expect(settled).toEqual([true, true])
  })

  it('cuts a batch that grows beyond 64 KiB, and does not call it settled', async () => {
    const big = 'x'.repeat(40_000)
    const { batches, settled } = await collect(
      (async function* () {
        for (let i = 0; i < 3; i++) yield frame(big)
      })(),
    )
    expect(batches.map((batch) => batch.length)).toEqual([80_000, 40_000])
    expect(settled).toEqual([false, true])
  })

  it('gives out what came before an error, then the error', async () => {
    const { batches, error } = await collect(
      (async function* () {
        yield frame('a')
        throw new Error('gone')
      })(),
    )
    expect(batches).toEqual(['a'])
    expect(error?.message).toBe('gone')
  })

  it('ends its source when its reader leaves', async () => {
    let ended = false
    const source = (async function* () {
      try {
        for (;;) yield frame('x'.repeat(70_000))
      } finally {
        ended = true
      }
    })()
    for await (const _ of inBatches(source)) break
    await turn()
    expect(ended).toBe(true)
  })

  it('lets other work run between the batches of a source that never waits', async () => {
    let turns = 0
    const count = () => {
      turns++
      immediate = setImmediate(count)
    }
    let immediate = setImmediate(count)
    let seen = 0
    for await (const _ of inBatches(
      (async function* () {
        for (;;) yield frame('x'.repeat(70_000))
      })(),
    ))
      if (++seen === 50) break
    clearImmediate(immediate)
    expect(turns).toBeGreaterThanOrEqual(49)
  })
})
