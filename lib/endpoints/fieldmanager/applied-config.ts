import { badRequest, unclassified } from '../../meta/errors.js'
import type { GroupVersionKind, KubeObject } from '../../meta/types.js'
import { isJSONObject } from '../../runtime/json/index.js'
import type { KindVersion } from '../../runtime/kind.js'
import { fieldTypeOf } from './field-type.js'
import { TypedValueError } from './typed-error.js'
import { validateTyped } from './validate-typed.js'
import { type VersionedValue, versionedValue } from './versioned-value.js'

/** @throws StatusError 400 for a configuration of another kind or version than the endpoint's */
export function requireKind(kind: KindVersion, config: KubeObject): void {
  const gvk = kindOf(config)
  if (kindText(gvk) !== kindText(kind.gvk)) throw badRequest(`invalid object type: ${kindText(gvk)}`)
}

/** What a configuration says it is; what it does not say is empty. */
function kindOf({ apiVersion, kind }: KubeObject): GroupVersionKind {
  const parts = typeof apiVersion === 'string' ? apiVersion.split('/') : []
  const [group = '', version = ''] = parts.length === 2 ? parts : ['', parts.length === 1 ? parts[0] : '']
  return { group, version, kind: typeof kind === 'string' ? kind : '' }
}

const kindText = ({ group, version, kind }: GroupVersionKind): string => `${group}/${version}, Kind=${kind}`

/** @throws StatusError 400: who owns what is not the applier's to say */
export function refuseManagedFields({ metadata }: KubeObject): void {
  if (isJSONObject(metadata) && Array.isArray(metadata.managedFields))
    throw badRequest('metadata.managedFields must be nil')
}

/** @throws StatusError 500 naming every place where the configuration does not fit its type */
export function typedConfig(kind: KindVersion, config: KubeObject): VersionedValue {
  try {
    validateTyped(fieldTypeOf(kind.schema), config)
  } catch (err) {
    if (err instanceof TypedValueError)
      throw unclassified(`failed to create typed patch object (${objectText(config)}): ${err.message}`)
    throw err
  }
  return versionedValue(kind, config)
}

/** An object as errors about it name it: `namespace/name; group/version, Kind=Kind`. */
export function objectText(config: KubeObject): string {
  const { name, namespace } = (isJSONObject(config.metadata) ? config.metadata : {}) as Record<string, unknown>
  const text = (value: unknown): string => (typeof value === 'string' ? value : '')
  return `${text(namespace)}/${text(name)}; ${kindText(kindOf(config))}`
}
