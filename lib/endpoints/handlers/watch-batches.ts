/** One event as it goes over the wire. */
export interface WatchFrame {
  readonly bytes: Buffer
  /** How far the stream is once its reader has this frame; undefined = not known to be complete up to anywhere. */
  readonly resourceVersion: string | undefined
}

/** Frames that were there at once; `settled` = nothing more was, so the revision of the last one is complete. */
export interface WatchBatch {
  readonly frames: readonly WatchFrame[]
  readonly settled: boolean
}

/** More than this is not held back to be written together. */
const MAX_BATCH_BYTES = 64 * 1024

/**
 * Groups the frames that are there within one turn of the event loop, so that a burst costs one write and one wakeup of
 * its reader, and a lone event is not kept waiting. Gives other work a turn after every batch.
 */
export async function* inBatches(source: AsyncIterator<WatchFrame>): AsyncGenerator<WatchBatch> {
  try {
    let pending = following(source)
    for (;;) {
      const first = await pending
      if (first.done) return
      const turn = nextTurn()
      const frames = [first.value]
      let bytes = first.value.bytes.length
      let settled = false
      pending = following(source)
      while (bytes < MAX_BATCH_BYTES) {
        // An error is kept for the next round: what came before it goes out first.
        const next = await Promise.race([pending, turn]).catch(() => undefined)
        if (next === undefined || next.done) {
          settled = true
          break
        }
        frames.push(next.value)
        bytes += next.value.bytes.length
        pending = following(source)
      }
      yield { frames, settled }
      await turn
    }
  } finally {
    void source.return?.(undefined)?.catch(() => {})
  }
}

/** The next frame, asked for ahead: that it failed is seen when it is waited for. */
function following(source: AsyncIterator<WatchFrame>): Promise<IteratorResult<WatchFrame>> {
  const next = source.next()
  next.catch(() => {})
  return next
}

const nextTurn = (): Promise<undefined> => new Promise((resolve) => setImmediate(resolve, undefined))
