import type { KubeObject } from '../meta/types.js'
import { encodeForStorage, withResourceVersion } from './encode.js'
import { decodeJSON, isJSONObject } from './json/index.js'
import type { KindVersion } from './kind.js'
import { locateObject } from './locate.js'
import type { Scheme } from './scheme.js'

const OPEN = Buffer.from('{')
const NEWLINE = 0x0a
const CLOSE_BRACE = 0x7d
/** What Kubernetes' protobuf values begin with. */
const PROTOBUF_MAGIC = Buffer.from('k8s\0')

/** What the store holds under a key is no object of the key's kind. */
export class UnreadableValueError extends Error {
  override readonly name = 'UnreadableValueError'
  constructor(
    readonly key: string,
    why: string,
    options?: ErrorOptions,
  ) {
    super(`the value stored at ${key} cannot be read: ${why}`, options)
  }
}

/**
 * One revision of one object, on its way between store and socket: bytes first, fields on demand.
 * Everything is computed at most once and shared by all readers, so neither bytes nor fields may be changed.
 */
export class StoredObject<T extends KubeObject = KubeObject> {
  /** JSON as stored, without resourceVersion; a newline behind it (Go's encoder writes one) is taken away. */
  readonly value: Buffer
  #object: T | undefined
  #spliced: Buffer | undefined
  /** Encodings in versions other than the stored one. */
  #converted: Map<KindVersion, Buffer> | undefined

  /**
   * @param value JSON as stored, without resourceVersion.
   * @param revision revision of the object; 0 = none (a dry run's object).
   * @param object the internal form, when the caller has it already.
   */
  constructor(
    readonly key: string,
    value: Buffer,
    readonly revision: number,
    readonly codec: StorageCodec<T>,
    object?: T,
  ) {
    this.value = value.at(-1) === NEWLINE ? value.subarray(0, -1) : value
    this.#object = object
  }

  get resourceVersion(): string {
    return this.revision === 0 ? '' : String(this.revision)
  }

  /**
   * The object in internal form, with its resourceVersion. Shared: never change it.
   *
   * @throws UnreadableValueError
   */
  get object(): T {
    this.#object ??= withResourceVersion(this.codec.decode(this.value, this.key), this.resourceVersion)
    return this.#object
  }

  /** JSON of the whole object in one version, with kind, apiVersion and resourceVersion. */
  encodedAs(kind: KindVersion): Buffer {
    if (this.#isStoredAs(kind)) {
      this.#spliced ??= spliceResourceVersion(this.value, kind.prefix.length + METADATA_OPEN, this.resourceVersion)
      return this.#spliced
    }
    const done = this.#converted?.get(kind)
    if (done) return done
    const bytes = this.#convertTo(kind)
    this.#converted ??= new Map()
    this.#converted.set(kind, bytes)
    return bytes
  }

  /** The same as an item of a list: built-in types leave kind and apiVersion out there. Pieces to be sent in a row. */
  itemEncodedAs(kind: KindVersion): readonly Buffer[] {
    const bytes = this.encodedAs(kind)
    if (!kind.typed || !startsWith(bytes, kind.prefix)) return [bytes]
    return [OPEN, bytes.subarray(kind.prefix.length)]
  }

  /** A copy that shows another revision: a deletion is shown as the last state with the deletion's revision. */
  atRevision(revision: number): StoredObject<T> {
    return revision === this.revision ? this : new StoredObject(this.key, this.value, revision, this.codec)
  }

  #isStoredAs(kind: KindVersion): boolean {
    const { prefix } = kind
    return startsWith(this.value, prefix) && startsWith(this.value, METADATA, prefix.length) && isOneLine(this.value)
  }

  #convertTo(kind: KindVersion): Buffer {
    const layout = isOneLine(this.value) ? locateObject(this.value) : undefined
    if (layout?.apiVersion === kind.apiVersion && layout.kind === kind.gvk.kind && !kind.typed)
      return spliceResourceVersion(this.value, layout.metadataStart, this.resourceVersion, layout.metadataEmpty)
    const bytes = encodeForStorage(kind.fromInternal(this.object), kind)
    return spliceResourceVersion(bytes, kind.prefix.length + METADATA_OPEN, this.resourceVersion)
  }
}

const METADATA = Buffer.from('"metadata":{')
const METADATA_OPEN = METADATA.length

/** Puts `"resourceVersion":"N",` behind the `{` of metadata. */
function spliceResourceVersion(bytes: Buffer, at: number, resourceVersion: string, empty = bytes[at] === 0x7d): Buffer {
  if (resourceVersion === '') return bytes
  const member = `"resourceVersion":"${resourceVersion}"${empty ? '' : ','}`
  const out = Buffer.allocUnsafe(bytes.length + member.length)
  bytes.copy(out, 0, 0, at)
  out.write(member, at, 'latin1')
  bytes.copy(out, at + member.length, at)
  return out
}

/** Whether the bytes can stand in a watch's stream, of which many clients read one event a line. */
const isOneLine = (value: Buffer): boolean => value.at(-1) === CLOSE_BRACE && !value.includes(NEWLINE)

function startsWith(bytes: Buffer, prefix: Buffer, at = 0): boolean {
  return bytes.length >= at + prefix.length && bytes.compare(prefix, 0, prefix.length, at, at + prefix.length) === 0
}

/** Between the internal form and the bytes of the version that is stored. */
export class StorageCodec<T extends KubeObject = KubeObject> {
  constructor(
    readonly scheme: Scheme,
    readonly storageVersion: KindVersion,
  ) {}

  encode(object: T): Buffer {
    return encodeForStorage(this.storageVersion.fromInternal(object), this.storageVersion)
  }

  /**
   * @param key where the value stands, for messages
   * @throws UnreadableValueError for bytes that are no object of a known version of this kind
   */
  decode(value: Buffer, key: string): T {
    const object = parseStored(value, key)
    const version = this.scheme.kindOf(object)
    const { group, kind } = this.storageVersion.gvk
    if (!version || version.gvk.kind !== kind || version.gvk.group !== group)
      throw new UnreadableValueError(
        key,
        `it is of ${String(object.apiVersion)}, Kind=${String(object.kind)}, which this server does not know here`,
      )
    return version.toInternal(object) as T
  }

  /** An object that has not been stored (yet): what a dry run or a computed answer shows. */
  transient(key: string, object: T): StoredObject<T> {
    const revision = Number(object.metadata.resourceVersion ?? 0)
    return new StoredObject(key, this.encode(object), Number.isSafeInteger(revision) ? revision : 0, this, object)
  }
}

function parseStored(value: Buffer, key: string): KubeObject {
  if (startsWith(value, PROTOBUF_MAGIC))
    throw new UnreadableValueError(key, 'it is in the protobuf format of Kubernetes, and JSON alone is understood')
  let object: unknown
  try {
    object = decodeJSON(value).value
  } catch (err) {
    throw new UnreadableValueError(key, (err as Error).message, { cause: err })
  }
  if (!isJSONObject(object) || !isJSONObject(object.metadata))
    throw new UnreadableValueError(key, 'it is no object with metadata')
  return object as KubeObject
}
