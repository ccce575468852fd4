import type { TableColumnDefinition } from '../meta/table.js'
import { humanDuration, parseTime } from '../meta/time.js'
import type { KubeObject } from '../meta/types.js'

/** A column of `kubectl get`, after the name: what it is called and where its value comes from. */
export interface PrinterColumn<T extends KubeObject = KubeObject> {
  readonly name: string
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date'
  readonly format?: string
  readonly description?: string
  /** 0 = always shown, more = only with `-o wide`. */
  readonly priority?: number
  /**
   * The cell's value, of a `date` column an RFC 3339 text (shown as an age: `5d`). What is undefined, or throws because an
   * object lacks something on the way, prints as nothing.
   */
  readonly value: (object: T) => unknown
}

const NAME: TableColumnDefinition = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: 'Name must be unique within a namespace. Clients may not change it.',
  priority: 0,
}

const CREATION = 'When the server stored the object for the first time; RFC 3339, UTC.'

/** As Go writes no time at all: the cell of a bookmark, whose object was never made. */
const NEVER = '0001-01-01T00:00:00Z'

/** What Kubernetes shows of types compiled into it that say nothing else. */
const CREATED_AT: TableColumnDefinition = {
  name: 'Created At',
  type: 'date',
  format: '',
  description: CREATION,
  priority: 0,
}

/** What it shows of custom resources that say nothing else. */
const AGE: PrinterColumn = {
  name: 'Age',
  type: 'date',
  description: CREATION,
  value: (object) => object.metadata.creationTimestamp,
}

export interface Columns {
  readonly definitions: TableColumnDefinition[]
  readonly cellsOf: (object: KubeObject) => unknown[]
  readonly emptyRows: '[]' | 'null'
}

/** The columns of a kind: its name, then its own or, when it has none, its age. */
export function columnsOf(printerColumns: readonly PrinterColumn[] | undefined, typed = false): Columns {
  if (!printerColumns && typed) {
    return {
      definitions: [NAME, CREATED_AT],
      // Go's empty slice, of the only columns there that are printed without a list made for them.
      emptyRows: 'null',
      cellsOf: ({ metadata }) => [metadata.name ?? '', metadata.creationTimestamp ?? NEVER],
    }
  }
  const columns = printerColumns ?? [AGE]
  return {
    definitions: [NAME, ...columns.map(definitionOf)],
    emptyRows: '[]',
    cellsOf: (object) => [object.metadata.name ?? '', ...columns.map((column) => cellOf(column, object))],
  }
}

const definitionOf = ({
  name,
  type,
  format = '',
  description = '',
  priority = 0,
}: PrinterColumn): TableColumnDefinition => ({
  name,
  type,
  format,
  description,
  priority,
})

/** One object that lacks something must not cost the others their rows. */
function cellOf(column: PrinterColumn, object: KubeObject): unknown {
  try {
    const value = column.value(object) ?? null
    return column.type === 'date' && value !== null ? ageOf(String(value)) : value
  } catch {
    return null
  }
}

function ageOf(time: string): string {
  const since = parseTime(time)
  return since ? humanDuration(Date.now() - since.getTime()) : '<unknown>'
}
