import type { ErrorSink } from './error-sink.js'
import type { FieldTrail } from './field-trail.js'
import type { JSONSchema } from './types.js'

/** What values a schema admits: its type, or one of Kubernetes' two ways to say more than one. */
export type ValueType = NonNullable<JSONSchema['type']> | 'int-or-string' | 'any'

/** One rule about a value. Rules about another JSON type than the value's are silent. */
export type Check = (value: unknown, trail: FieldTrail, sink: ErrorSink) => void

/** A schema prepared for use: everything that can be known before a value is seen. */
export interface SchemaNode {
  readonly schema: JSONSchema
  readonly type: ValueType
  readonly nullable: boolean
  readonly properties: ReadonlyMap<string, SchemaNode>
  readonly required: ReadonlySet<string>
  /** The schema of all members that `properties` does not name. */
  readonly additional: SchemaNode | undefined
  readonly items: SchemaNode | undefined
  /** Whether members that no schema knows are kept. */
  readonly keepsUnknown: boolean
  /** Whether this schema or one below has a default. */
  readonly defaultsInside: boolean
  readonly checks: readonly Check[]
}
