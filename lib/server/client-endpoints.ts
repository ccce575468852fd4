import type { AdmissionChain } from '../admission/index.js'
import { type ClientEndpoints, ObjectWriter, type RequestScope } from '../endpoints/index.js'
import type { RegistryStore } from '../registry/index.js'
import type { Scheme } from '../runtime/index.js'
import { DEFAULT_MEMBER_LIMITS } from '../runtime/json/index.js'
import type { ResourceDefinition } from './define-resource.js'

/** What clients in the process speak to: the resource as its stored version has it, behind the same admission. */
export function clientEndpoints(
  resource: ResourceDefinition,
  { store, status }: { readonly store: RegistryStore; readonly status: RegistryStore | undefined },
  { scheme, admission }: { readonly scheme: Scheme; readonly admission: AdmissionChain },
): ClientEndpoints {
  const { group, plural, options, storageVersion } = resource
  const { kind } = storageVersion
  const fields = Object.keys(options.selectableFields ?? {})
  const scope = (subresource: string): RequestScope => ({
    kind,
    resource: { group, version: kind.gvk.version, resource: plural },
    subresource,
    namespaced: options.scope === 'Namespaced',
    scheme,
    admission,
    memberLimits: DEFAULT_MEMBER_LIMITS,
    fieldLabels: new Set(['metadata.name', 'metadata.namespace', ...fields]),
    onParsedBody() {},
  })
  return {
    main: new ObjectWriter(scope(''), store),
    status: status && new ObjectWriter(scope('status'), status),
  }
}
