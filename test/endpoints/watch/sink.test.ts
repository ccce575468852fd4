import { EventEmitter } from 'node:events'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { WatchChunk } from '../../../lib/endpoints/handlers/watch-chunk.js'
import { END_PATIENCE_MS, HTTPWatchSink, SLOW_READER_MS } from '../../../lib/endpoints/handlers/watch-sink.js'
import type { RequestContext } from '../../../lib/endpoints/index.js'

const chunk = (...frames: string[]) => new WatchChunk(frames.map((frame) => Buffer.from(frame)))

/** An answer whose reader takes nothing until told to. */
class StuckResponse extends EventEmitter {
  destroyed = false
  writableFinished = false
  readonly written: string[] = []
  write(bytes: Buffer): boolean {
    this.written.push(bytes.toString())
    return false
  }
  end(): void {}
  destroy(): void {
    this.destroyed = true
    this.emit('close')
  }
}

function stuck(): { response: StuckResponse; abort: AbortController; sink: HTTPWatchSink } {
  const response = new StuckResponse()
  const abort = new AbortController()
  const ctx = { response, signal: abort.signal } as unknown as RequestContext
  return { response, abort, sink: new HTTPWatchSink(ctx) }
}

describe('a reader that takes nothing', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('is ended after a while', async () => {
    const { response, sink } = stuck()
    const sent = sink.send(chunk('a', 'b'))
    await vi.advanceTimersByTimeAsync(SLOW_READER_MS)
    expect(await sent).toBe(false)
    expect([response.destroyed, response.written]).toEqual([true, ['ab']])
  })

  it('may go on when it reads again before', async () => {
    const { response, sink } = stuck()
    const sent = sink.send(chunk('a'))
    await vi.advanceTimersByTimeAsync(SLOW_READER_MS - 1)
    response.emit('drain')
    expect(await sent).toBe(true)
    await vi.advanceTimersByTimeAsync(SLOW_READER_MS)
    expect(response.destroyed).toBe(false)
    expect(response.listenerCount('drain')).toBe(0)
  })

  it('does not outlive the watch by more than its patience', async () => {
    const { response, abort, sink } = stuck()
    const sent = sink.send(chunk('a'))
    abort.abort()
    expect(await sent).toBe(false)
    sink.end()
    await vi.advanceTimersByTimeAsync(END_PATIENCE_MS)
    expect(response.destroyed).toBe(true)
  })
})
