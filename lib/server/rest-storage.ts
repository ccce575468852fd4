import type { KubeObject } from '../meta/types.js'
import { dnsLabelName, dnsSubdomainName, type NameValidator, pathSegmentName } from '../meta/validation/index.js'
import { type AnyStorage, RegistryStore, type StoreParts, schemaStrategy, statusStrategy } from '../registry/index.js'
import { type Scheme, StorageCodec } from '../runtime/index.js'
import { DryRunnableStorage, type RevisionedKV, Store, type ValueTransformer } from '../storage/index.js'
import type { ResourceDefinition } from './define-resource.js'
import { resourceKey } from './resource-key.js'
import type { NameRule } from './resource-options.js'
import type { WatchCaches } from './watch-caches.js'

/** Where the objects of all resources are kept. */
export interface RESTStorageOptions {
  readonly kv: RevisionedKV
  readonly prefix: string
  readonly transformer: ValueTransformer | undefined
  /** Caches in front of the stores; undefined = every read asks the store. */
  readonly watchCaches?: WatchCaches | undefined
}

/** What serves one resource. */
export interface RESTStorage {
  readonly store: RegistryStore
  /** With a status subresource, what writes that. */
  readonly status: RegistryStore | undefined
  /** By path: `plural`, `plural/status` … */
  readonly paths: ReadonlyMap<string, AnyStorage>
}

/** Makes what serves a resource from the store: its objects, their status, and further subresources. */
export function restStorage(options: RESTStorageOptions, scheme: Scheme, resource: ResourceDefinition): RESTStorage {
  const { options: given, storageVersion, group, plural } = resource
  const { kind } = storageVersion
  const codec = new StorageCodec(scheme, kind)
  const { kv, prefix, transformer } = options
  const keyRoot = group === '' ? `/${plural}` : `/${group}/${plural}`
  const backend = new Store({ kv, codec, prefix, ...(transformer ? { transformer } : {}) })
  const cached = options.watchCaches?.add(resourceKey(resource), backend, keyRoot)
  const storage = new DryRunnableStorage(cached ?? backend, codec)
  const strategy = strategyOf(resource)
  const fields = Object.entries(given.selectableFields ?? {})
  const parts: StoreParts = {
    storage,
    strategy,
    kind: kind.gvk,
    resource: { group, resource: plural },
    keyRoot,
    selectableFields: (object) => Object.fromEntries(fields.map(([field, read]) => [field, textOf(read, object)])),
    ttl: (object) => given.ttlSeconds?.(object) ?? 0,
    decorator: undefined,
  }
  const names = {
    singularName: resource.singular,
    typed: given.typed ?? false,
    ...pick(given, ['shortNames', 'categories', 'printerColumns']),
  }
  const store = new RegistryStore({ ...parts, ...names })
  const status = given.statusSubresource
    ? new RegistryStore({ ...parts, ...names, strategy: statusStrategy(strategy, kind) })
    : undefined
  const paths = new Map<string, AnyStorage>([[plural, store]])
  if (status) paths.set(`${plural}/status`, statusStorage(status))
  for (const [name, make] of Object.entries(given.subresources ?? {})) paths.set(`${plural}/${name}`, make(store))
  return { store, status, paths }
}

function strategyOf({
  options: given,
  storageVersion: { kind },
  extraValidation,
}: ResourceDefinition): StoreParts['strategy'] {
  return schemaStrategy({
    namespaced: given.scope === 'Namespaced',
    storageVersion: kind,
    validateName: nameValidator(given.validateName),
    ...pick(given, [
      'generation',
      'statusSubresource',
      'allowCreateOnUpdate',
      'allowUnconditionalUpdate',
      'validateUpdate',
      'warnings',
    ]),
    validate: (object) => [...extraValidation(kind.fromInternal(object)), ...(given.validate?.(object) ?? [])],
  })
}

function nameValidator(rule: NameRule = 'dns-subdomain'): NameValidator {
  return typeof rule === 'function' ? rule : NAME_RULES[rule]
}

const NAME_RULES = { 'dns-subdomain': dnsSubdomainName, 'dns-label': dnsLabelName, 'path-segment': pathSegmentName }

/** A field that an object lacks on the way is empty: one such object must not spoil the others' list. */
function textOf(read: (object: KubeObject) => string, object: KubeObject): string {
  try {
    return read(object) ?? ''
  } catch {
    return ''
  }
}

/** `…/status` can be read and changed, not made or taken away. */
function statusStorage(store: RegistryStore): AnyStorage {
  return {
    kind: store.kind,
    namespaceScoped: () => store.namespaceScoped(),
    get: (ctx, name, query) => store.get(ctx, name, query),
    update: (ctx, name, info, request) => store.update(ctx, name, info, request),
    convertToTable: (ctx, objects) => store.convertToTable(ctx, objects),
  }
}

function pick<O extends object, K extends keyof O>(object: O, keys: readonly K[]): Pick<O, K> {
  const picked: Partial<Pick<O, K>> = {}
  for (const key of keys) if (object[key] !== undefined) picked[key] = object[key]
  return picked as Pick<O, K>
}
