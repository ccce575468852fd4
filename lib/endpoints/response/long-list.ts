import type { KindVersion } from '../../runtime/kind.js'
import type { StoredObject } from '../../runtime/stored-object.js'
import { yieldsToOthers } from '../../runtime/turns.js'
import type { RequestContext } from '../request/request-context.js'
import { setStandardHeaders } from './headers.js'
import { headroom, writeItems } from './item-writer.js'

const CHUNK_BYTES = 256 * 1024
const END = Buffer.from(']}\n')

/**
 * Sends a list too long to be joined, chunk by chunk, no faster than the other side reads. Two buffers take turns, so that
 * many lists at once leave no garbage of their size behind.
 */
export async function writeLongList(
  ctx: RequestContext,
  contentType: string,
  head: string,
  items: readonly StoredObject[],
  kind: KindVersion,
): Promise<void> {
  const { response } = ctx
  if (response.headersSent || ctx.gone) return
  setStandardHeaders(ctx)
  response.setHeader('Content-Type', contentType)
  response.writeHead(200)
  if (ctx.head.method === 'HEAD') {
    response.end()
    return
  }
  const begin = Buffer.from(`${head}[`)
  ctx.sentBytes += begin.length + END.length
  response.write(begin)
  if (await writeAll(ctx, items, kind)) response.end(END)
  // What was ended halfway must not look whole.
  else response.destroy()
}

/** Whether all of them were: false when nobody waits for them any more. */
async function writeAll(ctx: RequestContext, items: readonly StoredObject[], kind: KindVersion): Promise<boolean> {
  const { signal } = ctx
  const front = headroom(kind)
  const pause = yieldsToOthers(1)
  let [buffer, spare] = [Buffer.allocUnsafeSlow(front + CHUNK_BYTES), Buffer.allocUnsafeSlow(front + CHUNK_BYTES)]
  let spareIsFree: Promise<void> = Promise.resolve()
  for (let from = 0; from < items.length; ) {
    if (ctx.gone || signal.aborted) return false
    const { next, end } = writeItems(items, kind, from, buffer, front)
    const isLast = next === items.length
    let written: Promise<void>
    if (next > from) written = write(ctx, buffer.subarray(front, isLast ? end - 1 : end))
    else {
      const alone = items[next]!.itemEncodedAs(kind)
      written = write(ctx, Buffer.concat(from + 1 === items.length ? alone : [...alone, COMMA]))
    }
    from = Math.max(next, from + 1)
    await spareIsFree
    ;[buffer, spare] = [spare, buffer]
    spareIsFree = written
    await pause()
  }
  return true
}

const COMMA = Buffer.from(',')

/** Resolves when the bytes are on their way and their buffer is free again, or the connection is gone. */
function write(ctx: RequestContext, bytes: Buffer): Promise<void> {
  ctx.sentBytes += bytes.length
  return new Promise((resolve) => {
    ctx.response.write(bytes, () => resolve())
  })
}
