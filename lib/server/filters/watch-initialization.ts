import type { ServerResponse } from 'node:http'
import type { RequestContext } from '../../endpoints/index.js'

/** What hands the answer to the client: its head, or the connection when it becomes a websocket. */
const BEGINNINGS = ['writeHead', 'detachSocket'] as const

/**
 * Calls back once a watch's answer begins: what exists has been read then, and from here on the watch mostly waits.
 *
 * Node tells nobody when an answer begins, so the methods that begin it are watched, on this one response and until the
 * first call.
 */
export function onWatchInitialized({ response }: RequestContext, callback: () => void): void {
  const own = response as unknown as Record<string, ((...args: unknown[]) => unknown) | undefined>
  const restore: (() => void)[] = []
  for (const method of BEGINNINGS) {
    const original = own[method]
    // HTTP/2 has no sockets to detach.
    if (!original) continue
    const wasOwn = Object.hasOwn(response, method)
    const wrapped = function (this: ServerResponse, ...args: unknown[]): unknown {
      for (const undo of restore) undo()
      callback()
      return original.apply(this, args)
    }
    own[method] = wrapped
    restore.push(() => {
      // Somebody else may have put something around it meanwhile, which then goes on through here.
      if (own[method] !== wrapped) return
      if (wasOwn) own[method] = original
      else delete own[method]
    })
  }
}
