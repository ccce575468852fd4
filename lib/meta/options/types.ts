import type { FieldSelector } from '../fields/index.js'
import type { LabelSelector } from '../labels/index.js'

/** Options of list, watch and deletecollection. @see https://kubernetes.io/docs/reference/kubernetes-api/common-parameters/common-parameters/ */
export interface ListOptions {
  readonly labelSelector: LabelSelector
  readonly fieldSelector: FieldSelector
  readonly watch: boolean
  readonly allowWatchBookmarks: boolean
  /** Empty when not given, which is not the same as `0`. */
  readonly resourceVersion: string
  /** `Exact`, `NotOlderThan`, or empty; anything until validated. */
  readonly resourceVersionMatch: string
  /** How long a watch may last. */
  readonly timeoutSeconds?: number
  /** Most items of a page; 0 or less means all. */
  readonly limit: number
  /** Token of the page before. */
  readonly continue: string
  readonly sendInitialEvents?: boolean
}

/** Options of get. */
export interface GetOptions {
  readonly resourceVersion: string
}

/** What every write takes. */
export interface WriteOptions {
  /** `['All']` for a write that is checked and not kept. */
  readonly dryRun: readonly string[]
  readonly fieldManager: string
  /** `Ignore`, `Warn`, `Strict`, or empty for the default (Warn). */
  readonly fieldValidation: string
}

/** Options of create. */
export type CreateOptions = WriteOptions

/** Options of update. */
export type UpdateOptions = WriteOptions

/** Options of patch. */
export interface PatchOptions extends WriteOptions {
  /** Take over fields that other managers own; for server-side apply only. */
  readonly force?: boolean
}

/** What must be true of the stored object, or the write is refused with a conflict. */
export interface Preconditions {
  readonly uid?: string
  readonly resourceVersion?: string
}

/** What becomes of the objects that a deleted one owns. */
export type DeletionPropagation = 'Orphan' | 'Background' | 'Foreground'

/** Options of delete and deletecollection, from the body or the query. */
export interface DeleteOptions {
  readonly gracePeriodSeconds?: number
  readonly preconditions?: Preconditions
  /** Deprecated predecessor of propagationPolicy. */
  readonly orphanDependents?: boolean
  /** A {@link DeletionPropagation}; anything until validated. */
  readonly propagationPolicy?: string
  readonly dryRun: readonly string[]
}
