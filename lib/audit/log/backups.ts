import { createReadStream, createWriteStream } from 'node:fs'
import { access, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { type BackupName, backupName, backupPath, backupTime, PACKED } from './backup-name.js'

/** Which of a log's older parts are kept, and how. */
export interface BackupOptions {
  /** Days; older parts are removed. 0 = kept however old. */
  readonly maxAge: number
  /** Parts; the oldest are removed. 0 = any number. */
  readonly maxBackups: number
  /** Pack parts with gzip. */
  readonly compress: boolean
}

const DAY_MS = 24 * 60 * 60 * 1000
/** What is being packed; what was left so by a crash is overwritten. */
const UNFINISHED = '.tmp'

/** The older parts of a log file. */
export class Backups {
  readonly #name: BackupName
  #milling: Promise<void> = Promise.resolve()
  /** When the last part ended, by its name: later ones sort behind it, even where it has been removed by then. */
  #last = 0

  constructor(
    private readonly path: string,
    private readonly options: BackupOptions,
    private readonly onError: (err: unknown) => void,
  ) {
    this.#name = backupName(path)
  }

  /** Moves the file out of the way of a new one. */
  async moveAway(): Promise<void> {
    let time = Math.max(Date.now(), this.#last + 1)
    let target = backupPath(this.#name, new Date(time))
    while ((await exists(target)) || (await exists(target + PACKED))) target = backupPath(this.#name, new Date(++time))
    this.#last = time
    await rename(this.path, target)
  }

  /** Removes and packs in the background, one after the other. */
  mill(): void {
    this.#milling = this.#milling.then(() => this.#mill()).catch(this.onError)
  }

  /** Resolves when nothing is being removed or packed. */
  settled(): Promise<void> {
    return this.#milling
  }

  async #mill(): Promise<void> {
    const { maxAge, maxBackups, compress } = this.options
    const { folder } = this.#name
    const times = new Map<string, number>()
    for (const file of await readdir(folder)) {
      const time = backupTime(this.#name, file)
      if (time !== undefined) times.set(file, time)
    }
    // A part that stands there both packed and not was being packed when a process ended: it counts once.
    const newestFirst = [...new Set(times.values())].sort((a, b) => b - a)
    const kept = new Set(
      newestFirst
        .slice(0, maxBackups > 0 ? maxBackups : undefined)
        .filter((time) => maxAge <= 0 || Date.now() - time < maxAge * DAY_MS),
    )
    for (const [file, time] of times) {
      if (!kept.has(time)) await rm(join(folder, file), { force: true })
      else if (compress && !file.endsWith(PACKED)) await pack(join(folder, file))
    }
  }
}

async function pack(path: string): Promise<void> {
  const unfinished = path + PACKED + UNFINISHED
  await pipeline(createReadStream(path), createGzip(), createWriteStream(unfinished, { mode: 0o600 }))
  await rename(unfinished, path + PACKED)
  await rm(path)
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  )
