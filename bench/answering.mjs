// The child's side of child.mjs.
import { memoryOf } from './process-memory.mjs'

/** Answers what the parent asks. When the parent is gone or says so, `end` is called and the process ends. */
export function answering(functions, end = async () => {}) {
  process.on('message', async ({ id, name, args }) => {
    try {
      process.send({ id, value: await functions[name](args) })
    } catch (err) {
      process.send({ id, error: err instanceof Error ? err.message : String(err) })
    }
  })
  const stop = () => end().finally(() => process.exit())
  process.once('disconnect', stop)
  process.once('SIGTERM', stop)
  // Ctrl-C goes to the whole group; the parent ends us in good order.
  process.on('SIGINT', () => {})
}

/** CPU time (µs) and memory (bytes) of this process; `gc` collects garbage before, which needs `--expose-gc`. */
export function usage({ gc = false } = {}) {
  // The second one finds what finalizers of the first let go.
  for (let i = 0; gc && i < 2; i++) globalThis.gc()
  const { user, system } = process.cpuUsage()
  const { rss, heapUsed } = process.memoryUsage()
  // Pages of a store's file are the kernel's cache, and counted in RSS all the same: `own` leaves mapped files out.
  return { cpu: user + system, rss, heapUsed, own: memoryOf('self', 'RssAnon') ?? rss }
}
