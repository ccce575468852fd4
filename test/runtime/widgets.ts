import type { KubeObject } from '../../lib/meta/types.js'
import { compileSchema, type KindVersion, kindVersion, Scheme, StorageCodec } from '../../lib/runtime/index.js'

export const GROUP = 'example.com'

interface Sized extends KubeObject {
  spec?: { size?: string; width?: number; height?: number }
}

/** The internal form has width and height; v1 says both in one text, `3x4`. */
function toInternal(object: KubeObject): KubeObject {
  const { size, ...spec } = (object as Sized).spec ?? {}
  if (size === undefined) return { ...object, spec }
  const [width, height] = size.split('x').map(Number)
  return { ...object, spec: { ...spec, width, height } }
}

function fromInternal(object: KubeObject): KubeObject {
  const { width, height, ...spec } = (object as Sized).spec ?? {}
  return { ...object, spec: width === undefined ? spec : { ...spec, size: `${width}x${height}` } }
}

const anything = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } as const

export interface Widgets {
  readonly scheme: Scheme
  /** Stored; converts. */
  readonly v1: KindVersion
  /** The internal form itself. */
  readonly v2: KindVersion
  readonly codec: StorageCodec
}

/** A kind in two versions that convert both ways; as built into Kubernetes or, by default, as a custom resource. */
export function widgets(typed = false): Widgets {
  const version = (name: string) => ({
    gvk: { group: GROUP, version: name, kind: 'Widget' },
    schema: compileSchema(anything, { kind: 'Widget' }),
    typed,
  })
  const v1 = kindVersion({ ...version('v1'), toInternal, fromInternal })
  const v2 = kindVersion(version('v2'))
  const scheme = new Scheme().addKnownKind(v1).addKnownKind(v2)
  return { scheme, v1, v2, codec: new StorageCodec(scheme, v1) }
}

export const widget = (name: string, rest: object = {}): KubeObject => ({
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: { name, namespace: 'default', uid: `uid-${name}` },
  spec: { width: 3, height: 4 },
  ...rest,
})
