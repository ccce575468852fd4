import { invalid } from '../../meta/field/index.js'
import { ErrorSink } from './error-sink.js'
import type { FieldTrail } from './field-trail.js'
import type { Check, SchemaNode } from './node.js'
import type { JSONSchema } from './types.js'
import { validateNode } from './validate.js'

/** Rules made of other schemas: allOf, anyOf, oneOf and not. `compile` prepares a schema that may leave out types. */
export function logicChecks(schema: JSONSchema, compile: (part: JSONSchema) => SchemaNode): Check[] {
  const checks: Check[] = []
  if (schema.allOf !== undefined) checks.push(allOf(schema.allOf.map(compile)))
  if (schema.anyOf !== undefined) checks.push(anyOf(schema.anyOf.map(compile)))
  if (schema.oneOf !== undefined) checks.push(oneOf(schema.oneOf.map(compile)))
  if (schema.not !== undefined) checks.push(not(compile(schema.not)))
  return checks
}

function isValid(node: SchemaNode, value: unknown, trail: FieldTrail, outer: ErrorSink): boolean {
  const sink = new ErrorSink(1, outer.patternWork)
  validateNode(node, value, trail, sink)
  return !sink.full
}

function allOf(nodes: readonly SchemaNode[]): Check {
  return (value, trail, sink) => {
    for (const node of nodes) validateNode(node, value, trail, sink)
  }
}

function anyOf(nodes: readonly SchemaNode[]): Check {
  return (value, trail, sink) => {
    if (nodes.some((node) => isValid(node, value, trail, sink))) return
    sink.add(invalid(trail.path(), '', `"${trail}" must validate at least one schema (anyOf)`))
  }
}

function oneOf(nodes: readonly SchemaNode[]): Check {
  return (value, trail, sink) => {
    const valid = nodes.filter((node) => isValid(node, value, trail, sink)).length
    if (valid === 1) return
    const found = valid === 0 ? 'Found none valid' : `Found ${valid} valid alternatives`
    sink.add(invalid(trail.path(), '', `"${trail}" must validate one and only one schema (oneOf). ${found}`))
  }
}

function not(node: SchemaNode): Check {
  return (value, trail, sink) => {
    if (!isValid(node, value, trail, sink)) return
    sink.add(invalid(trail.path(), '', `"${trail}" must not validate the schema (not)`))
  }
}
