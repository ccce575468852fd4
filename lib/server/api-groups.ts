import type { AdmissionChain } from '../admission/index.js'
import {
  AggregatedDiscovery,
  type AuthorizeCreate,
  apiGroup,
  apisWebService,
  type ClientEndpoints,
  groupWebService,
  installGroupVersion,
  installRestResource,
  legacyWebService,
  type RequestContext,
  type ResourceStorage,
  type RestResource,
  type VersionInfo,
  versionWebService,
} from '../endpoints/index.js'
import { getOrAdd } from '../meta/get-or-add.js'
import { groupVersionString } from '../meta/types.js'
import { OpenAPIDefinitions } from '../openapi/index.js'
import type { AnyStorage, RegistryStore } from '../registry/index.js'
import type { WebService } from '../restful/index.js'
import { type JSONSchema, Scheme } from '../runtime/index.js'
import type { MemberLimits } from '../runtime/json/index.js'
import { clientEndpoints } from './client-endpoints.js'
import type { ResourceDefinition, ResourceVersion } from './define-resource.js'
import { resourceKey } from './resource-key.js'
import { type RESTStorageOptions, restStorage } from './rest-storage.js'
import { compareVersions } from './version-priority.js'

export interface APIGroupsOptions extends RESTStorageOptions {
  readonly resources: readonly ResourceDefinition[]
  /** Resources with storages of their own. */
  readonly restResources?: readonly RestResource[]
  readonly admission: AdmissionChain
  readonly version: VersionInfo
  readonly onParsedBody: () => void
  /** Lets an update make its object; undefined = nothing asks for rights. */
  readonly authorizeCreate?: AuthorizeCreate | undefined
  /** How many fields and items an object may have. */
  readonly memberLimits?: MemberLimits | undefined
}

export interface InstalledGroups {
  readonly webServices: readonly WebService<RequestContext>[]
  readonly definitions: OpenAPIDefinitions
  /** The stores by `plural.group`, for admission plugins and controllers in the same process. */
  readonly stores: ReadonlyMap<string, RegistryStore>
  /** What clients in the same process speak to, by `plural.group`. */
  readonly clients: ReadonlyMap<string, ClientEndpoints>
}

/** Makes stores, routes and documentation of all resources, group by group and version by version. */
export function installGroups(options: APIGroupsOptions): InstalledGroups {
  const definitions = new OpenAPIDefinitions()
  const stores = new Map<string, RegistryStore>()
  const clients = new Map<string, ClientEndpoints>()
  const scheme = new Scheme()
  const byGroup = new Map<string, Map<string, ResourceStorage[]>>()
  for (const resource of options.resources) {
    for (const { kind } of resource.versions) scheme.addKnownKind(kind)
    const storages = restStorage(options, scheme, resource)
    stores.set(resourceKey(resource), storages.store)
    const { admission } = options
    clients.set(resourceKey(resource), clientEndpoints(resource, storages, { scheme, admission }))
    if (storages.status) stores.set(`${resourceKey(resource)}/status`, storages.status)
    for (const version of resource.versions)
      addPaths(byGroup, version.kind.gvk, documented(definitions, resource, version, storages.paths))
  }
  for (const resource of options.restResources ?? [])
    addPaths(byGroup, resource.gvk, [installRestResource(resource, scheme, definitions)])
  return { webServices: webServicesOf(options, scheme, byGroup), definitions, stores, clients }
}

/** @throws Error for a path that is there already: the routes of one would hide the other's */
function addPaths(
  byGroup: Map<string, Map<string, ResourceStorage[]>>,
  { group, version }: { readonly group: string; readonly version: string },
  paths: readonly ResourceStorage[],
): void {
  const versions = getOrAdd(byGroup, group, () => new Map<string, ResourceStorage[]>())
  const known = getOrAdd(versions, version, () => [])
  for (const added of paths) {
    if (known.some(({ path }) => path === added.path))
      throw new Error(`${added.path} is served twice in ${groupVersionString({ group, version })}`)
    known.push(added)
  }
}

function documented(
  definitions: OpenAPIDefinitions,
  resource: ResourceDefinition,
  version: ResourceVersion,
  paths: ReadonlyMap<string, AnyStorage>,
): ResourceStorage[] {
  const { name, listName } = definitions.addKind(kindDefinition(version))
  return [...paths].map(([path, storage]) => ({
    path,
    kind: version.kind,
    storage,
    model: name,
    listModel: listName,
    selectableFields: Object.keys(resource.options.selectableFields ?? {}),
    storageVersionHash: resource.storageVersionHash,
    ...(version.deprecated ? { deprecation: version.deprecated } : {}),
  }))
}

/** With named parts, `spec` and `status` are definitions of their own, as the fields of Go types are. */
function kindDefinition(version: ResourceVersion): Parameters<OpenAPIDefinitions['addKind']>[0] {
  const { kind, schema, definitionName: name } = version
  const base = { gvk: kind.gvk, name, listKind: kind.listKind }
  if (!version.namedParts) return { ...base, schema }
  const nested: Record<string, JSONSchema> = {}
  const properties: Record<string, JSONSchema> = { ...schema.properties }
  for (const part of ['spec', 'status']) {
    const own = properties[part]
    if (!own) continue
    const { default: fallback, ...named } = own
    const partName = `${name}${part[0]!.toUpperCase()}${part.slice(1)}`
    nested[partName] = named
    properties[part] = { $ref: partName, ...(fallback === undefined ? {} : { default: fallback }) }
  }
  return { ...base, schema: { ...schema, properties }, definitions: nested }
}

function webServicesOf(
  options: APIGroupsOptions,
  scheme: Scheme,
  byGroup: ReadonlyMap<string, ReadonlyMap<string, ResourceStorage[]>>,
): WebService<RequestContext>[] {
  const { admission, onParsedBody, memberLimits, authorizeCreate } = options
  const groups = [...byGroup].map(([name, resources]) => {
    const versions = [...resources.keys()].sort(compareVersions)
    const installed = versions.map((version) => ({
      version,
      ...installGroupVersion({
        group: name,
        version,
        scheme,
        admission,
        onParsedBody,
        ...(memberLimits ? { memberLimits } : {}),
        ...(authorizeCreate ? { authorizeCreate } : {}),
        resources: resources.get(version)!,
      }),
    }))
    return { name, versions: installed }
  })
  const named = groups.filter(({ name }) => name !== '')
  const core = groups.find(({ name }) => name === '')
  const apiGroups = named.map(({ name, versions }) =>
    apiGroup(
      name,
      versions.map(({ version }) => version),
    ),
  )
  const versionServices = groups.flatMap(({ versions }) => versions.map(({ webService }) => webService))
  return [
    versionWebService(options.version),
    apisWebService(apiGroups, new AggregatedDiscovery(named)),
    ...(core
      ? [
          legacyWebService(
            core.versions.map(({ version }) => version),
            new AggregatedDiscovery([core]),
          ),
        ]
      : []),
    ...apiGroups.map(groupWebService),
    ...versionServices,
  ]
}
