import type { AdmissionChain } from '../admission/index.js'
import type { GroupVersionResource } from '../meta/types.js'
import type { AnyStorage } from '../registry/rest.js'
import type { MemberLimits } from '../runtime/json/index.js'
import type { KindVersion } from '../runtime/kind.js'
import type { Scheme } from '../runtime/scheme.js'
import type { AuthorizeCreate } from './request-scope.js'

/** Since when a version is on its way out, and what to use instead. Versions of the server, e.g. `1.3`. */
export interface Deprecation {
  readonly since: string
  readonly unavailableIn?: string
  readonly replacement?: string
}

/** One resource path of a group version: `flunders`, or `flunders/status`. */
export interface ResourceStorage {
  readonly path: string
  readonly kind: KindVersion
  readonly storage: AnyStorage
  /** Names of the OpenAPI definitions of the kind and of its list. */
  readonly model: string
  readonly listModel: string
  /** Fields that field selectors may name, besides metadata.name and metadata.namespace. */
  readonly selectableFields: readonly string[]
  readonly deprecation?: Deprecation
  /** Hash of the version that is stored, told by discovery. */
  readonly storageVersionHash?: string
}

/** Everything the installer needs to serve one version of a group. */
export interface APIGroupVersion {
  readonly group: string
  readonly version: string
  readonly scheme: Scheme
  readonly admission: AdmissionChain
  readonly resources: readonly ResourceStorage[]
  readonly onParsedBody: () => void
  /** How many fields and items an object may hold; what is left out is as in DEFAULT_MEMBER_LIMITS. */
  readonly memberLimits?: MemberLimits
  /** See {@link RequestScope.authorizeCreate}. */
  readonly authorizeCreate?: AuthorizeCreate
}

/** `/api/v1`, or `/apis/GROUP/VERSION`. */
export const rootPath = ({ group, version }: { readonly group: string; readonly version: string }): string =>
  group === '' ? `/api/${version}` : `/apis/${group}/${version}`

export const resourceOf = (group: APIGroupVersion, path: string): GroupVersionResource => ({
  group: group.group,
  version: group.version,
  resource: path.split('/', 1)[0]!,
})
