import type { KubeObject, ObjectMeta } from '../meta/types.js'
import { encodeJSON } from './json/index.js'
import type { KindVersion } from './kind.js'

const METADATA = Buffer.from('"metadata":')
const CLOSE = Buffer.from('}')
const COMMA = 0x2c

/**
 * Encodes an object of `kind`'s version as it is stored: kind and apiVersion first, then metadata without
 * resourceVersion and selfLink, then the rest. The fixed beginning is what lets readers splice and cut without parsing.
 */
export function encodeForStorage(object: KubeObject, kind: KindVersion): Buffer {
  const { resourceVersion: _version, selfLink: _link, ...metadata } = object.metadata
  const parts = [kind.prefix, METADATA, encodeJSON(metadata)]
  const rest = encodeJSON(fieldsBesideMetadata(object))
  if (rest.length === 2) parts.push(CLOSE)
  else {
    rest[0] = COMMA
    parts.push(rest)
  }
  return Buffer.concat(parts)
}

function fieldsBesideMetadata(object: KubeObject): Record<string, unknown> {
  const { kind: _kind, apiVersion: _apiVersion, metadata: _metadata, ...rest } = object
  return rest
}

/** A copy of `object` that says `resourceVersion`; `''` takes it away. Metadata is copied, the rest is shared. */
export function withResourceVersion<T extends KubeObject>(object: T, resourceVersion: string): T {
  const { resourceVersion: _, ...metadata } = object.metadata
  const stamped: ObjectMeta = resourceVersion === '' ? metadata : { ...metadata, resourceVersion }
  return { ...object, metadata: stamped }
}
