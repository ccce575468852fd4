import type { LineSink } from './log-backend.js'

/** Lines on the process's standard output. */
export const stdoutSink: LineSink = {
  fits: () => true,
  room: Number.POSITIVE_INFINITY,
  append: (lines) =>
    new Promise((resolve, reject) => {
      process.stdout.write(lines, (err) => (err ? reject(err) : resolve()))
    }),
  close: () => Promise.resolve(),
}
