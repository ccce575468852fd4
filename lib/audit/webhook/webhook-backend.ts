import { setMaxListeners } from 'node:events'
import type { AuditBackend } from '../backend.js'
import type { AuditEvent } from '../event.js'
import type { OnPluginError } from '../plugin-errors.js'
import { API_VERSION } from '../types.js'
import { type Backoff, withExponentialBackoff } from './backoff.js'
import type { Receiver } from './receiver.js'

const LIST_OPEN = `{"kind":"EventList","apiVersion":"${API_VERSION}","metadata":{},"items":[`

/** Posts events as one EventList; whatever goes wrong is tried again, for the receiver may come back. */
export class WebhookBackend implements AuditBackend {
  readonly name = 'webhook'
  readonly #closing = new AbortController()

  constructor(
    private readonly receiver: Receiver,
    private readonly backoff: Backoff,
    private readonly onError: OnPluginError,
  ) {
    // One for each call that is under way.
    setMaxListeners(0, this.#closing.signal)
  }

  /** Resolves when the receiver has taken the events. */
  async processEvents(events: readonly AuditEvent[]): Promise<boolean> {
    const body = Buffer.from(`${LIST_OPEN}${events.map((event) => event.item).join(',')}]}`)
    const { signal } = this.#closing
    try {
      await withExponentialBackoff(this.backoff, signal, () => this.receiver.post(body, signal))
      return true
    } catch (err) {
      this.onError(this.name, err, events.length)
      return false
    }
  }

  /** Gives up what is under way. */
  close(): Promise<void> {
    this.#closing.abort()
    this.receiver.close()
    return Promise.resolve()
  }
}
