import type { Context, RequestInfo } from '../../lib/meta/context.js'
import { parseFieldSelector } from '../../lib/meta/fields/index.js'
import { parseLabelSelector } from '../../lib/meta/labels/index.js'
import type { DeleteOptions } from '../../lib/meta/options/index.js'
import type { StatusError } from '../../lib/meta/status.js'
import type { KubeObject } from '../../lib/meta/types.js'
import {
  RegistryStore,
  type RegistryStoreOptions,
  type SchemaStrategyOptions,
  schemaStrategy,
} from '../../lib/registry/index.js'
import type { ListQuery, UpdatedObjectInfo, UpdateRequest, WriteQuery } from '../../lib/registry/rest.js'
import type { StoredObject } from '../../lib/runtime/stored-object.js'
import { DryRunnableStorage, type RevisionedKV, Store } from '../../lib/storage/index.js'
import { widgets } from '../runtime/widgets.js'
import { embedded } from '../storage/store/harness.js'

export const kinds = widgets()
const resource = { group: 'example.com', resource: 'widgets' }

let namespaces = 0
/** A namespace that no other test uses. */
export const freshNamespace = (): string => `ns-${++namespaces}`

export interface Seen extends Context {
  readonly warnings: string[]
}

/** A context as a request to a namespace has it; `''` = none. */
export function inside(namespace: string): Seen {
  const warnings: string[] = []
  const requestInfo = { namespace } as RequestInfo
  const { signal } = new AbortController()
  const user = { name: 'tester', groups: [] }
  return { signal, deadline: undefined, user, requestInfo, warnings, warn: (text) => void warnings.push(text) }
}

export interface RegistryOptions extends Partial<SchemaStrategyOptions> {
  readonly kv?: RevisionedKV
  readonly parts?: Partial<RegistryStoreOptions>
}

/** A store for all tests of a file, and registries on it. */
export function registries() {
  const { kv } = embedded()
  const registry = ({ kv: ownKV, parts, ...options }: RegistryOptions = {}): RegistryStore => {
    const storage = new Store({ kv: ownKV ?? kv, codec: kinds.codec })
    return new RegistryStore({
      storage: new DryRunnableStorage(storage, kinds.codec),
      strategy: schemaStrategy({ namespaced: true, storageVersion: kinds.v1, ...options }),
      kind: kinds.v1.gvk,
      resource,
      keyRoot: '/example.com/widgets',
      selectableFields: () => ({}),
      ttl: () => 0,
      decorator: undefined,
      singularName: 'widget',
      ...parts,
    })
  }
  return { kv, registry }
}

export const query = (options: { labels?: string; fields?: string } & Partial<ListQuery> = {}): ListQuery => {
  const { labels = '', fields = '', ...rest } = options
  return {
    labelSelector: parseLabelSelector(labels),
    fieldSelector: parseFieldSelector(fields),
    resourceVersion: '',
    resourceVersionMatch: '',
    limit: 0,
    continue: '',
    allowWatchBookmarks: false,
    sendInitialEvents: undefined,
    ...rest,
  }
}

export const REAL: WriteQuery = { dryRun: false, fieldManager: 'test' }
export const DRY: WriteQuery = { dryRun: true, fieldManager: 'test' }
export const anyway = () => {}

/** An update to what `change` makes of a copy of the stored object. */
export const changing = (change: (object: KubeObject) => KubeObject): UpdatedObjectInfo => ({
  preconditions: undefined,
  updatedObject: (_, old) => change(structuredClone(old?.object ?? { metadata: {} })),
})

export const request = (options: Partial<UpdateRequest> = {}): UpdateRequest => ({
  ...REAL,
  forceAllowCreate: false,
  createValidation: anyway,
  updateValidation: anyway,
  ...options,
})

export const deleting = (options: Partial<DeleteOptions> = {}): DeleteOptions => ({ dryRun: [], ...options })

export const make = (store: RegistryStore, ctx: Context, name: string, rest: Partial<KubeObject['metadata']> = {}) =>
  store.create(ctx, { metadata: { name, ...rest }, spec: { width: 1, height: 1 } }, anyway, REAL)

export const metaOf = (stored: StoredObject) => stored.object.metadata

/** The Status that a promise was rejected with. */
export async function statusOf(work: Promise<unknown>): Promise<StatusError['status']> {
  const outcome = await work.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (outcome === undefined) throw new Error('nothing was thrown')
  if (!(outcome instanceof Error && 'status' in outcome)) throw outcome
  return (outcome as StatusError).status
}
