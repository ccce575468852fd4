import { answersProgressRequests } from './version.js'
import type { WatchStream } from './watch-stream.js'

/**
 * When a watch asks for progress and when it tells of it. A server too old to be asked tells by itself, at its own interval
 * (`--experimental-watch-progress-notify-interval`, 10 minutes by default); that notice never overtakes an event.
 * @internal
 */
export class WatchProgress {
  private stream: WatchStream | undefined
  private canAsk = false
  private requested = false
  private readonly timer: NodeJS.Timeout | undefined

  /**
   * @param intervalMs - how often to ask; 0 = only on request
   * @param repeat - called instead of asking where the server cannot be asked
   */
  constructor(
    private readonly intervalMs: number,
    private readonly repeat: () => void,
  ) {
    if (intervalMs > 0) this.timer = setInterval(() => this.tick(), intervalMs).unref()
  }

  /** Whether the reader wants to hear of progress that has just come; a request is then answered. */
  takeWanted(): boolean {
    const wanted = this.requested || this.intervalMs > 0
    this.requested = false
    return wanted
  }

  request(): void {
    this.requested = true
    this.ask()
  }

  /** A host has taken the watch, and is about to say which version it has. */
  attach(stream: WatchStream, version: Promise<string>): void {
    this.stream = stream
    this.canAsk = false
    version.then(
      (text) => {
        if (this.stream !== stream || !answersProgressRequests(text)) return
        this.canAsk = true
        if (this.requested) this.ask()
      },
      // A server that does not tell its version is not asked.
      () => undefined,
    )
  }

  detach(): void {
    this.stream = undefined
  }

  stop(): void {
    clearInterval(this.timer)
    this.detach()
  }

  private tick(): void {
    if (!this.stream) return
    if (this.canAsk) this.ask()
    else this.repeat()
  }

  private ask(): void {
    if (this.canAsk) this.stream?.requestProgress()
  }
}
