import { statusOf } from '../../meta/errors.js'
import type { KubeObject } from '../../meta/types.js'
import type { Lister } from '../../registry/rest.js'
import { encodeForStorage, type KindVersion, StorageCodec, StoredObject } from '../../runtime/index.js'
import { encodeJSON } from '../../runtime/json/index.js'
import type { WatchEvent } from '../../storage/interface.js'
import type { Negotiated, Transform } from '../negotiation/negotiate.js'
import type { RequestContext } from '../request/request-context.js'
import type { RequestScope } from '../request-scope.js'
import { transformObject } from '../response/object.js'
import type { EventEncoder } from './watch-flush.js'

const EVENT_END = Buffer.from('}\n')
const EVENT_HEADS = {
  ADDED: Buffer.from('{"type":"ADDED","object":'),
  MODIFIED: Buffer.from('{"type":"MODIFIED","object":'),
  DELETED: Buffer.from('{"type":"DELETED","object":'),
  BOOKMARK: Buffer.from('{"type":"BOOKMARK","object":'),
  ERROR: Buffer.from('{"type":"ERROR","object":'),
} as const

const INITIAL_EVENTS_END = 'k8s.io/initial-events-end'
const INITIAL_EVENTS_LIST_BLUEPRINT = 'kubernetes.io/initial-events-list-blueprint'

const frame = (type: keyof typeof EVENT_HEADS, object: Buffer): Buffer =>
  Buffer.concat([EVENT_HEADS[type], object, EVENT_END])

/**
 * What went wrong after the stream began; its last event. A Status is never transformed. Whatever has no reason of its own
 * is an internal error, as Kubernetes' storage tells its watches: clients may retry those.
 */
export function errorFrame(err: unknown): Buffer {
  const status = statusOf(err)
  return frame('ERROR', encodeJSON(status.reason ? status : { ...status, reason: 'InternalError' }))
}

/** Writes events in the form that was negotiated; a plain JSON event is the stored bytes in a frame. */
export class WatchEventEncoder implements EventEncoder {
  /** Plain JSON of a version is the same for all watches; other forms may tell of what was sent before. */
  readonly shape: unknown
  readonly #codec: StorageCodec
  #columnsSent = false

  constructor(
    private readonly ctx: RequestContext,
    private readonly scope: RequestScope,
    private readonly storage: Lister,
    private readonly negotiated: Negotiated,
  ) {
    this.#codec = new StorageCodec(scope.scheme, scope.kind)
    this.shape = negotiated.transform ? undefined : scope.kind
  }

  encode(event: WatchEvent): Buffer {
    if (event.type === 'BOOKMARK') return this.bookmark(event.resourceVersion, event.initialEventsEnd)
    const { transform } = this.negotiated
    if (!transform) return frame(event.type, event.object.encodedAs(this.scope.kind))
    return frame(event.type, encodeJSON(this.#transformed(event.object, transform)))
  }

  /**
   * An empty object that says how far the watch has come (KEP-956), and that the initial state is complete, with an
   * empty list for clients to put it into (KEP-3157).
   */
  bookmark(resourceVersion: string, initialEventsEnd = false): Buffer {
    const annotations = initialEventsEnd
      ? { [INITIAL_EVENTS_END]: 'true', [INITIAL_EVENTS_LIST_BLUEPRINT]: this.#blueprint() }
      : undefined
    const { kind } = this.scope
    const bytes = encodeForStorage(emptyObject(kind, annotations), kind)
    const empty = new StoredObject('', bytes, Number(resourceVersion), this.#codec)
    return frame('BOOKMARK', this.#emptyEncoded(empty))
  }

  #emptyEncoded(empty: StoredObject): Buffer {
    const { transform } = this.negotiated
    if (transform) {
      try {
        return encodeJSON(this.#transformed(empty, transform))
      } catch {
        // A table's columns or a conversion may not bear an object without fields: it goes out untransformed then.
      }
    }
    return empty.encodedAs(this.scope.kind)
  }

  #transformed(object: StoredObject, transform: Transform): unknown {
    const value = transformObject(this.ctx, this.scope, this.storage, object, transform) as Record<string, unknown>
    // Columns do not change within a watch: only the first table names them.
    if (transform.kind === 'Table' && this.#columnsSent) value.columnDefinitions = null
    this.#columnsSent = true
    return value
  }

  /** As Go encodes a list of the negotiated form that nobody filled. */
  #blueprint(): string {
    const { transform } = this.negotiated
    const { kind } = this.scope
    const typeMeta =
      transform?.kind === 'PartialObjectMetadata'
        ? { kind: 'PartialObjectMetadataList', apiVersion: `meta.k8s.io/${transform.version}` }
        : { kind: kind.listKind, apiVersion: kind.apiVersion }
    return Buffer.from(`${JSON.stringify({ ...typeMeta, metadata: {}, items: null })}\n`).toString('base64')
  }
}

/** Types compiled into Kubernetes show their zero values (`creationTimestamp: null`, `spec: {}`), custom resources none. */
function emptyObject(kind: KindVersion, annotations: Record<string, string> | undefined): KubeObject {
  const object: KubeObject = { metadata: {} }
  if (kind.typed) kind.schema.omitEmpty(object)
  const zero = kind.typed ? { creationTimestamp: null } : {}
  return { ...object, metadata: { ...zero, ...(annotations ? { annotations } : {}) } as KubeObject['metadata'] }
}
