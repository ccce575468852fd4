import type { FieldSet } from '../meta/fields/index.js'
import type { Labels } from '../meta/labels/index.js'
import type { KubeObject } from '../meta/types.js'
import { derivedForms } from './derived-forms.js'
import { encodeForStorage, withResourceVersion } from './encode.js'
import type { KindVersion } from './kind.js'
import { locateObject } from './locate.js'
import { parseStored, UnreadableValueError } from './parse-stored.js'
import type { Scheme } from './scheme.js'
import { isSoundObject } from './sound-object.js'
import {
  cutResourceVersion,
  isStoredAs,
  labelsAt,
  metadataStartOf,
  spliceResourceVersion,
  startsWith,
} from './splice.js'

const OPEN = Buffer.from('{')
const NEWLINE = 0x0a
const OPEN_BRACE = 0x7b

/** How many bytes a parsed object takes for each byte of its JSON, about. */
const PARSED_FACTOR = 4

/**
 * One revision of one object, on its way between store and socket: bytes first, fields on demand.
 * Everything is computed at most once and shared by all readers, so neither bytes nor fields may be changed.
 */
export class StoredObject<T extends KubeObject = KubeObject> {
  #value: Buffer | undefined
  #object: T | undefined
  /** The encoding in the stored version, with resourceVersion. */
  #spliced: Buffer | undefined
  #labels: Labels | undefined
  #fields: { readonly by: unknown; readonly set: FieldSet } | undefined
  /** Whatever else was made of it: encodings in other versions, table rows. */
  #forms: Map<unknown, unknown> | undefined
  #longLived = false
  /** Whether its bytes can be shown as they are; undefined = not looked at yet, which is done when they are first shown. */
  #sound: boolean | undefined

  /**
   * @param value JSON as stored, without resourceVersion.
   * @param revision revision of the object; 0 = none (a dry run's object).
   * @param object the internal form, when the caller has it already.
   * @param needsRewrite whether an update that changes nothing must be written nevertheless: a lease holds the object, or
   * its encryption is to be renewed.
   * @param sound whether `value` is known to be what {@link StorageCodec.encode} makes; else it may be anything.
   */
  constructor(
    readonly key: string,
    value: Buffer,
    readonly revision: number,
    readonly codec: StorageCodec<T>,
    object?: T,
    readonly needsRewrite: boolean = false,
    sound?: boolean,
  ) {
    this.#value = value.at(-1) === NEWLINE ? value.subarray(0, -1) : value
    this.#object = object
    this.#sound = sound
  }

  /** JSON as stored, without resourceVersion; a newline behind it (Go's encoder writes one) is taken away. */
  get value(): Buffer {
    return (
      this.#value ??
      cutResourceVersion(this.#spliced!, metadataStartOf(this.codec.storageVersion), this.resourceVersion)
    )
  }

  /** Bytes of its JSON, about. */
  get size(): number {
    return (this.#spliced ?? this.#value!).length
  }

  get resourceVersion(): string {
    return this.revision === 0 ? '' : String(this.revision)
  }

  /** The last part of the key: the object's name. */
  get name(): string {
    return this.key.slice(this.key.lastIndexOf('/') + 1)
  }

  /**
   * The object in internal form, with its resourceVersion. Shared: never change it.
   *
   * @throws UnreadableValueError
   */
  get object(): T {
    if (this.#object) return this.#object
    // From the encoding with resourceVersion, when it is the only one at hand: decoding it is no different.
    const bytes = this.#value ?? this.#spliced!
    const object = withResourceVersion(this.codec.decode(bytes, this.key), this.resourceVersion)
    this.#object = object
    // To make room this very object may be told to forget.
    this.#kept(bytes.length * PARSED_FACTOR)
    return object
  }

  /**
   * The object's labels, found without parsing the rest.
   *
   * @throws UnreadableValueError
   */
  get labels(): Labels {
    this.#labels ??= this.#findLabels()
    return this.#labels
  }

  /** What field selectors look at, computed once by `getFields`. */
  fieldsBy(getFields: (object: KubeObject) => FieldSet): FieldSet {
    if (this.#fields?.by !== getFields) this.#fields = { by: getFields, set: getFields(this.object) }
    return this.#fields.set
  }

  /** JSON of the whole object in one version, with kind, apiVersion and resourceVersion. */
  encodedAs(kind: KindVersion): Buffer {
    const isSound = this.#sound ?? this.#isSound()
    if (kind === this.codec.storageVersion && this.#spliced) return this.#spliced
    if (isSound && this.#value && isStoredAs(this.#value, kind)) {
      const spliced = spliceResourceVersion(this.#value, metadataStartOf(kind), this.resourceVersion)
      if (kind === this.codec.storageVersion) this.#spliced = spliced
      return spliced
    }
    return this.form(kind, () => this.#convertTo(kind))
  }

  /** The same as an item of a list: built-in types leave kind and apiVersion out there. Pieces to be sent in a row. */
  itemEncodedAs(kind: KindVersion): readonly Buffer[] {
    const bytes = this.encodedAs(kind)
    const skipped = this.#skippedOf(bytes, kind)
    return skipped === 0 ? [bytes] : [OPEN, bytes.subarray(skipped + 1)]
  }

  /** Bytes of the same. */
  itemSizeAs(kind: KindVersion): number {
    const bytes = this.encodedAs(kind)
    return bytes.length - this.#skippedOf(bytes, kind)
  }

  /** Writes the same into `target` at `at`; as many bytes before it as the version's prefix has are written over, too. */
  copyItemAs(kind: KindVersion, target: Buffer, at: number): void {
    const bytes = this.encodedAs(kind)
    const skipped = this.#skippedOf(bytes, kind)
    target.set(bytes, at - skipped)
    // Of the prefix its comma is left, and stands for the brace.
    target[at] = OPEN_BRACE
  }

  /** How much of an object's beginning its form as an item leaves out, but for one byte: the brace. */
  #skippedOf(bytes: Buffer, { typed, prefix }: KindVersion): number {
    // What was spliced was seen to begin so.
    return typed && (bytes === this.#spliced || startsWith(bytes, prefix)) ? prefix.length - 1 : 0
  }

  /** A form of this object that is made once and shared: an encoding, a table's row. `key` is compared by identity. */
  form(key: unknown, make: () => Buffer): Buffer {
    const made = this.#forms?.get(key)
    if (made !== undefined) return made as Buffer
    const bytes = make()
    this.#forms ??= new Map()
    this.#forms.set(key, bytes)
    this.#kept(bytes.length)
    return bytes
  }

  /** A copy that shows another revision: a deletion is shown as the last state with the deletion's revision. */
  atRevision(revision: number): StoredObject<T> {
    if (revision === this.revision) return this
    return new StoredObject(this.key, this.value, revision, this.codec, undefined, undefined, this.#sound)
  }

  /**
   * Prepares the object for a long life in a cache: it keeps one encoding, in memory of its own (a message of the store,
   * or a slice of Node's pool, would live as long with all else that is in it), and other forms only while there is room.
   */
  settle(): this {
    if (this.#longLived) return this
    this.#longLived = true
    const { storageVersion } = this.codec
    const value = this.#value!
    if (this.revision > 0 && isStoredAs(value, storageVersion)) {
      const at = metadataStartOf(storageVersion)
      this.#spliced = spliceResourceVersion(value, at, this.resourceVersion, undefined, Buffer.allocUnsafeSlow)
      this.#value = undefined
    } else {
      this.#value = Buffer.allocUnsafeSlow(value.length)
      value.copy(this.#value)
    }
    return this
  }

  /** @internal */
  forget(): void {
    this.#object = undefined
    this.#forms = undefined
  }

  #kept(bytes: number): void {
    if (this.#longLived) derivedForms.keep(this, bytes)
  }

  /**
   * Whether readers find the same in its bytes whatever they read them with. Others may have written them: what only begins
   * as an object does is decoded, and told as unreadable or encoded anew.
   */
  #isSound(): boolean {
    if (this.#sound !== undefined) return this.#sound
    // What was spliced says the server's resourceVersion; one more would be one too many.
    this.#sound = isSoundObject(this.#spliced ?? this.#value!, this.#spliced !== undefined)
    if (!this.#sound && this.#spliced) {
      this.#value = this.value
      this.#spliced = undefined
    }
    return this.#sound
  }

  #findLabels(): Labels {
    const { storageVersion } = this.codec
    const known = this.#object !== undefined || storageVersion.converts || !this.#isSound()
    if (known || (!this.#spliced && !isStoredAs(this.#value!, storageVersion)))
      return this.object.metadata.labels ?? NONE
    try {
      return labelsAt(this.#spliced ?? this.#value!, metadataStartOf(storageVersion)) ?? NONE
    } catch {
      // Decoding all of it says what is wrong.
      return this.object.metadata.labels ?? NONE
    }
  }

  #convertTo(kind: KindVersion): Buffer {
    const value = this.value
    const layout = this.#isSound() ? locateObject(value) : undefined
    if (layout?.apiVersion === kind.apiVersion && layout.kind === kind.gvk.kind && !kind.typed)
      return spliceResourceVersion(value, layout.metadataStart, this.resourceVersion, layout.metadataEmpty)
    const bytes = encodeForStorage(kind.fromInternal(this.object), kind)
    return spliceResourceVersion(bytes, metadataStartOf(kind), this.resourceVersion)
  }
}

const NONE: Labels = {}

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
    const known = Number.isSafeInteger(revision) ? revision : 0
    return new StoredObject(key, this.encode(object), known, this, object, false, true)
  }

  /** An object that was stored just now as {@link encode} has made it. */
  written(key: string, value: Buffer, revision: number): StoredObject<T> {
    return new StoredObject(key, value, revision, this, undefined, false, true)
  }
}
