import type { ListMeta } from './types.js'

/** A column of a Table. @see https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables */
export interface TableColumnDefinition {
  readonly name: string
  /** An OpenAPI type: `string`, `integer`, `number`, `boolean`, `date`. */
  readonly type: string
  /** An OpenAPI format; `name` marks the column that identifies the row. */
  readonly format: string
  readonly description: string
  /** 0 is always shown; more only where there is room (`kubectl get -o wide`). */
  readonly priority: number
}

/** Something to know about a whole row, e.g. that a job is completed. */
export interface TableRowCondition {
  readonly type: string
  readonly status: string
  readonly reason?: string
  readonly message?: string
}

/** One object of a Table. */
export interface TableRow {
  /** One value for each column. */
  readonly cells: readonly unknown[]
  readonly conditions?: readonly TableRowCondition[]
  /** The object, its metadata, or nothing, as `includeObject` asks. */
  readonly object?: unknown
}

/** Objects as a human reads them: what `kubectl get` prints. */
export interface Table {
  readonly kind: 'Table'
  readonly apiVersion: `meta.k8s.io/${string}`
  readonly metadata: ListMeta
  /** Left out of a watch's events after the first. */
  readonly columnDefinitions?: readonly TableColumnDefinition[]
  readonly rows: readonly TableRow[]
}
