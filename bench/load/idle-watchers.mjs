// Watches that stay open while nothing happens.
import { Watcher } from './watcher.mjs'

const watchers = []
let broken

/** Opens so many more. @param {{ port: number, path: string, count: number }} job */
export async function hold({ port, path, count }) {
  const onBroken = (why) => (broken ??= why)
  for (let i = 0; i < count; i++) watchers.push(new Watcher(port, path, () => {}, onBroken))
  await Promise.all(watchers.map(({ begun }) => begun))
}

/** Closes all of them; throws when one was ended before. */
export async function release() {
  for (const watcher of watchers.splice(0)) watcher.end()
  if (broken) throw broken
}
