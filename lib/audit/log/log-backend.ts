import type { AuditBackend } from '../backend.js'
import type { AuditEvent } from '../event.js'
import type { OnPluginError } from '../plugin-errors.js'

/** Where lines go. */
export interface LineSink {
  /** Whether a line of so many bytes can be kept at all. */
  fits(bytes: number): boolean
  /** How many bytes can be appended to the file that is now written; a sink without files has no end. */
  readonly room: number
  append(lines: Buffer): Promise<void>
  close(): Promise<void>
}

/** Events for which somebody waits. */
interface Waiting {
  readonly events: readonly AuditEvent[]
  readonly settle: (written: boolean) => void
}

/** What is written at once, at most; the buffer is used again and again. */
const CHUNK_BYTES = 256 * 1024
const MAX_BYTES_PER_UNIT = 3
const LINE_FEED = 0x0a

/** One line of JSON an event. What comes while a write is under way goes into the next one together. */
export class LogBackend implements AuditBackend {
  readonly name = 'log'
  #waiting: Waiting[] = []
  #writing: Promise<void> | undefined
  #isClosed = false
  readonly #chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES)

  constructor(
    private readonly sink: LineSink,
    private readonly onError: OnPluginError,
  ) {}

  /** Resolves when the lines are written. */
  processEvents(events: readonly AuditEvent[]): boolean | Promise<boolean> {
    if (this.#isClosed) {
      this.onError(this.name, new Error('audit backend shut down'), events.length)
      return false
    }
    return new Promise((settle) => {
      this.#waiting.push({ events, settle })
      this.#writing ??= this.#writeAll()
    })
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#writing
    await this.sink.close()
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#waiting
      this.#waiting = []
      const written = await this.#write(group.flatMap(({ events }) => events))
      for (const { settle } of group) settle(written)
    }
    this.#writing = undefined
  }

  /** False when any line was lost: who shares a write shares its fate. */
  async #write(events: readonly AuditEvent[]): Promise<boolean> {
    let lost = 0
    let used = 0
    for (const { line } of events) {
      const mostBytes = line.length * MAX_BYTES_PER_UNIT + 1
      if (used > 0 && used + mostBytes > CHUNK_BYTES) {
        lost += await this.#append(this.#chunk.subarray(0, used))
        used = 0
      }
      if (mostBytes > CHUNK_BYTES) {
        lost += await this.#append(Buffer.from(`${line}\n`))
      } else {
        used += this.#chunk.write(line, used, 'utf8')
        this.#chunk[used++] = LINE_FEED
      }
    }
    if (used > 0) lost += await this.#append(this.#chunk.subarray(0, used))
    return lost === 0
  }

  /** @returns how many lines were lost */
  async #append(lines: Buffer): Promise<number> {
    let lost = 0
    for (let start = 0; start < lines.length; ) {
      const end = runEnd(lines, start, this.sink.room)
      lost += await this.#appendRun(lines.subarray(start, end))
      start = end
    }
    return lost
  }

  async #appendRun(run: Buffer): Promise<number> {
    try {
      if (!this.sink.fits(run.length)) throw new Error(`write length ${run.length} exceeds maximum file size`)
      await this.sink.append(run)
      return 0
    } catch (err) {
      const lost = lineCount(run)
      this.onError(this.name, err, lost)
      return lost
    }
  }
}

/** Where the lines end that fit into `room` together; one line, if none does. */
function runEnd(lines: Buffer, start: number, room: number): number {
  if (lines.length - start <= room) return lines.length
  const end = room <= 0 ? 0 : lines.lastIndexOf(LINE_FEED, start + room - 1) + 1
  return end > start ? end : lines.indexOf(LINE_FEED, start) + 1
}

function lineCount(run: Buffer): number {
  let count = 0
  for (const byte of run) if (byte === LINE_FEED) count++
  return count
}
