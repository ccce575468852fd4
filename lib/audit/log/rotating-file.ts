import { closeSync, fstatSync, mkdirSync, openSync, readSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type BackupOptions, Backups } from './backups.js'

const NEWLINE = Buffer.from('\n')
const LINE_FEED = 0x0a
/** Owner alone: events tell who did what. */
const FILE_MODE = 0o600
const FOLDER_MODE = 0o700

/** A file of whole lines that is put aside and begun anew before it grows beyond its size. */
export class RotatingFile {
  readonly #backups: Backups
  #file: FileHandle | undefined
  #size: number
  /** Whether the file ends within a line: a process ended there, or the disk was full. */
  #torn: boolean

  /**
   * @param maxBytes size that the file does not grow beyond
   * @throws Error when the file cannot be opened
   */
  constructor(
    private readonly path: string,
    private readonly maxBytes: number,
    options: BackupOptions,
    private readonly onError: (err: unknown) => void,
  ) {
    mkdirSync(dirname(path), { recursive: true, mode: FOLDER_MODE })
    const { size, torn } = stateOf(path)
    this.#size = size
    this.#torn = torn
    this.#backups = new Backups(path, options, onError)
    this.#backups.mill()
  }

  /** Whether a line, with its end, can stand in the file at all. */
  fits(bytes: number): boolean {
    return bytes <= this.maxBytes
  }

  /** Appends whole lines. Nothing else may be under way. */
  async append(lines: Buffer): Promise<void> {
    if (this.#size > 0 && this.#size + lines.length + (this.#torn ? 1 : 0) > this.maxBytes) await this.#rotate()
    this.#file ??= await open(this.path, 'a', FILE_MODE)
    await this.#write(this.#torn ? Buffer.concat([NEWLINE, lines]) : lines)
  }

  /** How many bytes can be appended before the file is put aside. */
  get room(): number {
    return this.maxBytes - this.#size - (this.#torn ? 1 : 0)
  }

  async close(): Promise<void> {
    await this.#file?.close()
    this.#file = undefined
    await this.#backups.settled()
  }

  async #write(bytes: Buffer): Promise<void> {
    const file = this.#file!
    let done = 0
    try {
      while (done < bytes.length) {
        const { bytesWritten } = await file.write(bytes, done)
        done += bytesWritten
      }
    } finally {
      this.#size += done
      if (done > 0) this.#torn = bytes[done - 1] !== LINE_FEED
    }
  }

  /** A file that cannot be put aside is written on: one that is too large is better than events that are lost. */
  async #rotate(): Promise<void> {
    try {
      await this.#file?.close()
      this.#file = undefined
      await this.#backups.moveAway()
    } catch (err) {
      // Whoever removed it did the same.
      if ((err as NodeJS.ErrnoException).code !== 'ENOENT') return this.onError(err)
    }
    this.#size = 0
    this.#torn = false
    this.#backups.mill()
  }
}

function stateOf(path: string): { size: number; torn: boolean } {
  const file = openSync(path, 'a+', FILE_MODE)
  try {
    const { size } = fstatSync(file)
    const last = Buffer.alloc(1)
    const torn = size > 0 && readSync(file, last, 0, 1, size - 1) === 1 && last[0] !== LINE_FEED
    return { size, torn }
  } finally {
    closeSync(file)
  }
}
