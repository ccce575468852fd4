import type { TableColumnDefinition } from '../meta/table.js'
import type { KubeObject } from '../meta/types.js'

/** A column of `kubectl get`, after the name: what it is called and where its value comes from. */
export interface PrinterColumn {
  readonly name: string
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date'
  readonly format?: string
  readonly description?: string
  /** 0 = always shown, more = only with `-o wide`. */
  readonly priority?: number
  /** The cell's value; undefined prints as nothing. */
  readonly value: (object: KubeObject) => unknown
}

const NAME: TableColumnDefinition = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'Name must be unique within a namespace. Clients may not change it.',
  priority: 0,
}

const CREATED_AT: PrinterColumn = {
  name: 'Created At',
  type: 'date',
  description: 'When the server stored the object for the first time; RFC 3339, UTC.',
  value: (object) => object.metadata.creationTimestamp,
}

/** The columns of a kind: its name, then its own or, when it has none, its age. */
export function columnsOf(printerColumns: readonly PrinterColumn[] | undefined): {
  readonly definitions: TableColumnDefinition[]
  readonly cellsOf: (object: KubeObject) => unknown[]
} {
  const columns = printerColumns ?? [CREATED_AT]
  return {
    definitions: [
      NAME,
      ...columns.map(({ name, type, format = '', description = '', priority = 0 }) => ({
        name,
        type,
        format,
        description,
        priority,
      })),
    ],
    cellsOf: (object) => [object.metadata.name ?? '', ...columns.map((column) => column.value(object) ?? null)],
  }
}
