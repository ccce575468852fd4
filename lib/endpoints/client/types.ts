import type { UserInfo } from '../../meta/context.js'
import type { DeletionPropagation, Preconditions } from '../../meta/options/index.js'
import type { KubeObject, ListMeta } from '../../meta/types.js'

/** Whose work a client does; all optional. */
export interface ResourceClientOptions {
  /** Who is written into `metadata.managedFields` for what is written. Default `in-process`. */
  readonly fieldManager?: string
  /** Whom admission plugins see. Default: nobody. Nobody is asked for rights. */
  readonly user?: UserInfo
  /** Ends what is under way: watches above all. */
  readonly signal?: AbortSignal
}

/** Options of a list. */
export interface ClientListOptions {
  /** E.g. `app=web,tier!=cache`. */
  readonly labelSelector?: string
  /** E.g. `status.phase=Pending`, over `metadata.name`, `metadata.namespace` and the kind's selectable fields. */
  readonly fieldSelector?: string
  /** Most items of a page. Default: all of them. */
  readonly limit?: number
  /** `metadata.continue` of the page before. */
  readonly continue?: string
  /** `'0'` = whatever the cache has; default: everything that was acknowledged before. */
  readonly resourceVersion?: string
}

/** Options of a watch. */
export interface ClientWatchOptions extends Pick<ClientListOptions, 'labelSelector' | 'fieldSelector'> {
  /** Changes after this one, of a list say. Default: what exists comes first, as `ADDED`. */
  readonly resourceVersion?: string
  /** Ends this watch, as leaving the loop does. */
  readonly signal?: AbortSignal
}

/** Options of a write. */
export interface ClientWriteOptions {
  /** Checks everything and stores nothing. */
  readonly dryRun?: boolean
}

/** Options of a delete. */
export interface ClientDeleteOptions extends ClientWriteOptions {
  readonly preconditions?: Preconditions
  readonly propagationPolicy?: DeletionPropagation
  readonly gracePeriodSeconds?: number
}

/** A page of objects. */
export interface ObjectList<T extends KubeObject> {
  readonly metadata: ListMeta
  readonly items: T[]
}

/** One change that a watch tells of; of a deletion, the last state. */
export interface ObjectEvent<T extends KubeObject> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly object: T
}
