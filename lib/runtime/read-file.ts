import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs'

/** Most bytes of a file that an option names: 16 MiB, a hundred times what any has in use. */
export const MAX_FILE_BYTES = 16 * 1024 * 1024

const CHUNK_BYTES = 64 * 1024

/**
 * Reads the file at a path that somebody gave, links followed. Nothing but regular files: a device may have no end, and a
 * pipe waits for its writer. Waits for the disk.
 *
 * @throws Error for what cannot be read, is no regular file, or has more than {@link MAX_FILE_BYTES}
 */
export function readRegularFile(path: string): Buffer {
  // To open a device can do something already.
  requireRegular(statSync(path))
  // It may have become a pipe by now, which must not be waited for; Windows has no such flag, and no such pipes.
  const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  try {
    requireRegular(fstatSync(file))
    return readAll(file)
  } finally {
    closeSync(file)
  }
}

function requireRegular(stats: Stats): void {
  if (!stats.isFile()) throw new Error(`it is ${kindOf(stats)}, not a regular file`)
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a directory'
  if (stats.isFIFO()) return 'a pipe'
  return stats.isSocket() ? 'a socket' : 'a device'
}

/** What a file says of its size may be wrong by now, or 0 as in `/proc`. */
function readAll(file: number): Buffer {
  const chunks: Buffer[] = []
  let length = 0
  for (;;) {
    const chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES)
    const read = readSync(file, chunk)
    if (read === 0) return Buffer.concat(chunks, length)
    length += read
    if (length > MAX_FILE_BYTES)
      throw new Error(`it is larger than ${MAX_FILE_BYTES / 1024 ** 2} MiB (${MAX_FILE_BYTES} bytes)`)
    chunks.push(chunk.subarray(0, read))
  }
}
