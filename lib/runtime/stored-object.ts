import type { KubeObject } from '../meta/types.js'
import { encodeForStorage, withResourceVersion } from './encode.js'
import { decodeJSON } from './json/index.js'
import type { KindVersion } from './kind.js'
import { locateObject } from './locate.js'
import type { Scheme } from './scheme.js'

const OPEN = Buffer.from('{')

/**
 * One revision of one object, on its way between store and socket: bytes first, fields on demand.
 * Everything is computed at most once and shared by all readers, so neither bytes nor fields may be changed.
 */
export class StoredObject<T extends KubeObject = KubeObject> {
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
    readonly value: Buffer,
    readonly revision: number,
    readonly codec: StorageCodec<T>,
    object?: T,
  ) {
    this.#object = object
  }

  get resourceVersion(): string {
    return this.revision === 0 ? '' : String(this.revision)
  }

  /** The object in internal form, with its resourceVersion. Shared: never change it. */
  get object(): T {
    this.#object ??= withResourceVersion(this.codec.decode(this.value), this.resourceVersion)
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
    return startsWith(this.value, kind.prefix) && startsWith(this.value, METADATA, kind.prefix.length)
  }

  #convertTo(kind: KindVersion): Buffer {
    const layout = locateObject(this.value)
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

  /** @throws Error for bytes that are no object of a known version of this kind. */
  decode(value: Buffer): T {
    const object = decodeJSON(value).value as KubeObject
    const version = this.scheme.kindOf(object)
    if (!version || version.gvk.kind !== this.storageVersion.gvk.kind)
      throw new Error(
        `stored value is of ${String(object?.apiVersion)}, Kind=${String(object?.kind)}, which this server does not know`,
      )
    return version.toInternal(object) as T
  }

  /** An object that has not been stored (yet): what a dry run or a computed answer shows. */
  transient(key: string, object: T): StoredObject<T> {
    const revision = Number(object.metadata.resourceVersion ?? 0)
    return new StoredObject(key, this.encode(object), revision, this, object)
  }
}
