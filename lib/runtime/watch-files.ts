import { statSync } from 'node:fs'

/** What is done with files that change. */
export interface FileWatch {
  /** How often they are looked at, in milliseconds. Default 10,000; 0 = never. */
  readonly intervalMs?: number | undefined
  /** Takes what is in them now, or throws and leaves everything as it was; now, or in turns of the event loop. */
  load(): Promise<void> | void
  /** Told that it was taken, or why not, once for each state of the files. */
  done(err?: unknown): void
}

const INTERVAL_MS = 10_000
/** Files that change are being written: what stays the same for so long is read. */
const SETTLE_MS = 100

/**
 * Looks at files every now and then, and has them loaded when they have changed. Looking at names, not at inodes, sees files
 * that are renamed into place, and the links too that Kubernetes swaps for mounted secrets. Files that cannot be used are
 * tried again at every look.
 *
 * @param read what {@link fileVersions} said before the files were read for the first time
 * @returns what ends it
 */
export function watchFiles(files: readonly string[], read: string, watch: FileWatch): () => void {
  const { intervalMs = INTERVAL_MS } = watch
  if (intervalMs <= 0) return () => {}
  let served = read
  let seen = read
  let refused: string | undefined
  let ended = false
  /** @returns milliseconds until the next look */
  const look = async (): Promise<number> => {
    const found = fileVersions(files)
    if (found === served) return intervalMs
    if (found !== seen) {
      seen = found
      return Math.min(intervalMs, SETTLE_MS)
    }
    try {
      await watch.load()
      served = found
      if (!ended) watch.done()
    } catch (err) {
      if (found !== refused && !ended) watch.done(err)
      refused = found
    }
    return intervalMs
  }
  const lookIn = (milliseconds: number): NodeJS.Timeout =>
    setTimeout(async () => {
      const pause = await look()
      if (!ended) timer = lookIn(pause)
    }, milliseconds).unref()
  let timer = lookIn(intervalMs)
  return () => {
    ended = true
    clearTimeout(timer)
  }
}

/** Changes whenever one of the files does. */
export const fileVersions = (files: readonly string[]): string => files.map(versionOf).join(' ')

function versionOf(file: string): string {
  try {
    const { dev, ino, size, mtimeNs } = statSync(file, { bigint: true })
    return `${dev}:${ino}:${size}:${mtimeNs}`
  } catch {
    return 'none'
  }
}
