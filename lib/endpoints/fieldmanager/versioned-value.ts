import type { KubeObject } from '../../meta/types.js'
import { deepCopy } from '../../runtime/json/index.js'
import type { KindVersion } from '../../runtime/kind.js'
import type { Scheme } from '../../runtime/scheme.js'
import { fieldTypeOf, type MapType } from './field-type.js'

/** An object in one version of its kind, without managedFields. */
export interface VersionedValue {
  readonly kind: KindVersion
  readonly type: MapType
  readonly object: KubeObject
}

export function versionedValue(kind: KindVersion, object: KubeObject): VersionedValue {
  const versioned = { ...withoutManagedFields(object), apiVersion: kind.apiVersion, kind: kind.gvk.kind }
  return { kind, type: fieldTypeOf(kind.schema), object: versioned }
}

/** The object in internal form, as a version shows it. */
export const fromInternal = (kind: KindVersion, object: KubeObject): VersionedValue =>
  versionedValue(kind, kind.fromInternal(withoutManagedFields(object)))

function withoutManagedFields(object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata ?? {}
  return { ...object, metadata }
}

/** The version of the same kind that a manager speaks; undefined when it is served no more. */
export function kindIn(scheme: Scheme, kind: KindVersion, apiVersion: string): KindVersion | undefined {
  if (apiVersion === kind.apiVersion) return kind
  const found = scheme.kindOf({ apiVersion, kind: kind.gvk.kind })
  return found?.gvk.group === kind.gvk.group ? found : undefined
}

/**
 * The same object in another version. What stands in between may have lost fields, so structs that are always there are
 * made anew before conversion functions look for them.
 */
export function convertTo(scheme: Scheme, value: VersionedValue, kind: KindVersion): VersionedValue {
  if (kind === value.kind) return value
  const object = deepCopy(value.object)
  if (value.kind.typed) value.kind.schema.omitEmpty(object)
  return versionedValue(kind, scheme.convert(object, value.kind, kind))
}
