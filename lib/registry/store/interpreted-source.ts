import type { EventSource, TakenEvents, WatchEvent } from '../../storage/interface.js'
import { interpretStorageError } from '../interpret-error.js'
import type { StoreParts } from './parts.js'

/** A watch of the storage whose errors speak of the resource. */
export class InterpretedSource implements EventSource {
  constructor(
    private readonly parts: StoreParts,
    private readonly source: EventSource,
  ) {}

  get onReadable(): (() => void) | undefined {
    return this.source.onReadable
  }

  set onReadable(listener: (() => void) | undefined) {
    this.source.onReadable = listener
  }

  take(maxBytes: number): TakenEvents {
    try {
      return this.source.take(maxBytes)
    } catch (err) {
      throw this.#interpreted(err)
    }
  }

  get requestBookmark(): (() => void) | undefined {
    const { source } = this
    return source.requestBookmark && (() => source.requestBookmark!())
  }

  cancel(): void {
    this.source.cancel()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<WatchEvent> {
    try {
      yield* this.source
    } catch (err) {
      throw this.#interpreted(err)
    }
  }

  #interpreted(err: unknown): unknown {
    return interpretStorageError(err, 'watch', this.parts.resource, '')
  }
}
