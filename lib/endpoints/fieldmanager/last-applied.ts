import type { KubeObject } from '../../meta/types.js'
import {
  decodeJSON,
  deepCopy,
  isJSONObject,
  ownProperty,
  setOwnProperty,
  stringifyJSON,
} from '../../runtime/json/index.js'
import { compare } from './compare.js'
import { FieldSet } from './field-set.js'
import { toFieldSet } from './to-field-set.js'
import { validateTyped } from './validate-typed.js'
import type { VersionedValue } from './versioned-value.js'

/** Where `kubectl apply` without `--server-side` keeps what it applied. */
const ANNOTATION = 'kubectl.kubernetes.io/last-applied-configuration'

/** The manager under which kubectl applies on the server; it alone goes on where client-side apply left off. */
export const KUBECTL = 'kubectl'

/** Bytes of all annotations together. */
const MAX_ANNOTATIONS_BYTES = 256 * 1024

const lastAppliedOf = (object: KubeObject): string => ownProperty(object.metadata.annotations ?? {}, ANNOTATION) ?? ''

/**
 * The fields that client-side apply set and nobody changed since: whoever moves from client-side to server-side apply
 * owns them already.
 *
 * @returns the empty set where there is no such annotation, or one that says nothing about this version
 */
export function setByClientSideApply(live: VersionedValue): FieldSet {
  const text = lastAppliedOf(live.object)
  if (text === '') return FieldSet.EMPTY
  try {
    const applied = decodeJSON(Buffer.from(text)).value
    if (!isJSONObject(applied) || applied.apiVersion !== live.kind.apiVersion) return FieldSet.EMPTY
    validateTyped(live.type, applied)
    const { added, modified, removed } = compare(live.type, applied, live.object)
    return toFieldSet(live.type, applied).difference(modified).difference(added).difference(removed)
  } catch {
    // Clients write the annotation; one that cannot be read says nothing.
    return FieldSet.EMPTY
  }
}

/** Keeps the annotation true for clients that still apply on their side: it shows what was applied just now. */
export function updateLastApplied(object: KubeObject, config: KubeObject): void {
  if (lastAppliedOf(object) === '') return
  const applied = deepCopy(config)
  const metadata: unknown = applied.metadata
  if (isJSONObject(metadata) && isJSONObject(metadata.annotations)) delete metadata.annotations[ANNOTATION]
  const annotations = { ...object.metadata.annotations }
  setOwnProperty(annotations, ANNOTATION, `${stringifyJSON(applied)}\n`)
  if (sizeOf(annotations) > MAX_ANNOTATIONS_BYTES) delete annotations[ANNOTATION]
  object.metadata = { ...object.metadata, annotations }
}

const sizeOf = (annotations: Readonly<Record<string, string>>): number =>
  Object.entries(annotations).reduce(
    (size, [key, value]) => size + Buffer.byteLength(key) + Buffer.byteLength(value),
    0,
  )
