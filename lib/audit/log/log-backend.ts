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

/** Characters that are made one buffer. */
const CHUNK = 1024 * 1024

/** One line of JSON an event. What comes while a write is under way goes into the next one together. */
export class LogBackend implements AuditBackend {
  readonly name = 'log'
  #waiting: Waiting[] = []
  #writing: Promise<void> | undefined

  constructor(
    private readonly sink: LineSink,
    private readonly onError: OnPluginError,
  ) {}

  /** Resolves when the lines are written. */
  processEvents(events: readonly AuditEvent[]): Promise<boolean> {
    return new Promise((settle) => {
      this.#waiting.push({ events, settle })
      this.#writing ??= this.#writeAll()
    })
  }

  async close(): Promise<void> {
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
    for (const text of chunks(events)) lost += await this.#append(Buffer.from(text))
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

function* chunks(events: readonly AuditEvent[]): Generator<string> {
  let text = ''
  for (const event of events) {
    text += `${event.line}\n`
    if (text.length < CHUNK) continue
    yield text
    text = ''
  }
  if (text !== '') yield text
}

const LINE_FEED = 0x0a

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
