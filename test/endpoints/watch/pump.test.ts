import { describe, expect, it } from 'vitest'
import type { WatchChunk } from '../../../lib/endpoints/handlers/watch-chunk.js'
import { type PumpEnd, WatchPump } from '../../../lib/endpoints/handlers/watch-pump.js'
import type { WatchSink } from '../../../lib/endpoints/handlers/watch-sink.js'
import { asEventSource } from '../../../lib/endpoints/handlers/watch-source.js'
import { StoredObject } from '../../../lib/runtime/index.js'
import type { WatchEvent } from '../../../lib/storage/index.js'
import { widgets } from '../../runtime/widgets.js'

const { codec } = widgets()
const event = (text: string): WatchEvent => ({
  type: 'ADDED',
  object: new StoredObject('/registry/a', Buffer.from(text), 1, codec),
})
const encoder = {
  shape: 'text',
  encode: (given: WatchEvent) => (given.type === 'BOOKMARK' ? Buffer.alloc(0) : given.object.value),
}
const turn = () => new Promise((resolve) => setImmediate(resolve))

class Sink implements WatchSink {
  readonly chunks: WatchChunk[] = []
  constructor(private readonly answer: () => boolean | Promise<boolean> = () => true) {}
  begin = async () => true
  end(): void {}
  send(chunk: WatchChunk): boolean | Promise<boolean> {
    this.chunks.push(chunk)
    return this.answer()
  }
  get texts(): string[] {
    return this.chunks.map(({ bytes }) => bytes.toString())
  }
}

function pumped(events: AsyncGenerator<WatchEvent>, sink = new Sink()) {
  const settled: boolean[] = []
  const caughtUp: number[] = []
  const end = new Promise<PumpEnd>((ended) => {
    const owner = {
      taken: (_: unknown, is: boolean) => void settled.push(is),
      caughtUp: () => void caughtUp.push(sink.chunks.length),
      ended,
    }
    new WatchPump(asEventSource(events), encoder, sink, owner).start()
  })
  return { sink, settled, caughtUp, end }
}

describe('events on their way to a client', () => {
  it('go out together when they are there at once, and are not kept waiting', async () => {
    const { sink, end } = pumped(
      (async function* () {
        yield event('a')
        yield event('b')
        await turn()
        await turn()
        yield event('c')
      })(),
    )
    expect(await end).toEqual({ by: 'source', error: undefined })
    expect(sink.texts).toEqual(['ab', 'c'])
  })

  it('are cut into chunks of about 64 KiB, of which only the last is settled', async () => {
    const big = 'x'.repeat(40_000)
    const { sink, settled, end } = pumped(
      (async function* () {
        for (let i = 0; i < 3; i++) yield event(big)
        await turn()
        await turn()
      })(),
    )
    await end
    expect(sink.texts.map(({ length }) => length)).toEqual([80_000, 40_000])
    expect(settled).toEqual([false, true])
  })

  it('are said to be out when all that there were are sent, not before', async () => {
    const big = 'x'.repeat(70_000)
    let release = () => {}
    const held = new Promise<void>((resolve) => (release = resolve))
    const { caughtUp, end } = pumped(
      (async function* () {
        for (let i = 0; i < 3; i++) yield event(big)
        await held
      })(),
    )
    while (!caughtUp.includes(3)) await turn()
    release()
    await end
    expect(caughtUp).not.toContain(1)
    expect(caughtUp).not.toContain(2)
  })

  it('come before the error that ends them', async () => {
    const { sink, end } = pumped(
      (async function* () {
        yield event('a')
        throw new Error('gone')
      })(),
    )
    expect(await end).toMatchObject({ by: 'source', error: { message: 'gone' } })
    expect(sink.texts).toEqual(['a'])
  })

  it('wait while the client does not read, and go out together when it does', async () => {
    let read = (_: boolean) => {}
    const slow = new Sink(() => new Promise((resolve) => (read = resolve)))
    const { end } = pumped(
      (async function* () {
        yield event('a')
        await turn()
        await turn()
        yield event('b')
        yield event('c')
      })(),
      slow,
    )
    for (let i = 0; i < 6; i++) await turn()
    expect(slow.texts).toEqual(['a'])
    read(true)
    for (let i = 0; i < 3; i++) await turn()
    expect(slow.texts).toEqual(['a', 'bc'])
    read(false)
    expect(await end).toEqual({ by: 'reader' })
  })

  it('end with their reader, and so does where they come from', async () => {
    let ended = false
    const { end } = pumped(
      (async function* () {
        try {
          for (;;) yield event('x'.repeat(70_000))
        } finally {
          ended = true
        }
      })(),
      new Sink(() => false),
    )
    expect(await end).toEqual({ by: 'reader' })
    await turn()
    expect(ended).toBe(true)
  })

  it('leave turns to other work when they never stop coming', async () => {
    let turns = 0
    let immediate = setImmediate(function count() {
      turns++
      immediate = setImmediate(count)
    })
    let sent = 0
    await pumped(
      (async function* () {
        for (;;) yield event('x'.repeat(70_000))
      })(),
      new Sink(() => ++sent < 50),
    ).end
    clearImmediate(immediate)
    expect(turns).toBeGreaterThanOrEqual(49)
  })

  it('are encoded and joined once for all clients that get the same at the same time', async () => {
    const shared = [event('a'), event('b')]
    const both = await Promise.all(
      [0, 1].map(async () => {
        const { sink, end } = pumped(
          (async function* () {
            yield* shared
            await turn()
          })(),
        )
        await end
        return sink.chunks
      }),
    )
    expect(both[0]![0]).toBe(both[1]![0])
  })

  it('are shared with nobody who gets others between the same first and last one', async () => {
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(event)
    const texts = await Promise.all(
      [
        [a, b, d],
        [a, c, d],
      ].map(async (events) => {
        const { sink, end } = pumped(
          (async function* () {
            yield* events as WatchEvent[]
            await turn()
          })(),
        )
        await end
        return sink.texts.join('')
      }),
    )
    expect(texts).toEqual(['abd', 'acd'])
  })
})
