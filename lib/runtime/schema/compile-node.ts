import { type FieldError, type FieldPath, invalid } from '../../meta/field/index.js'
import { collectionChecks } from './collection-checks.js'
import { logicChecks } from './logic-checks.js'
import type { Check, SchemaNode, ValueType } from './node.js'
import { objectMetaSchema } from './object-meta.js'
import { PatternError } from './pattern/index.js'
import { scalarChecks } from './scalar-checks.js'
import type { JSONSchema } from './types.js'

/** The schema with what every API object has: apiVersion, kind and metadata as Kubernetes defines them. */
export function asResource(schema: JSONSchema): JSONSchema {
  const metadata = withNameRules(schema.properties?.metadata?.properties)
  return {
    ...schema,
    properties: { apiVersion: { type: 'string' }, kind: { type: 'string' }, ...schema.properties, metadata },
  }
}

/** A schema may restrict the names of its objects; everything else about metadata is not its business. */
function withNameRules(rules: JSONSchema['properties'] = {}): JSONSchema {
  const named = ['name', 'generateName'].filter((field) => Object.hasOwn(rules, field))
  if (named.length === 0) return objectMetaSchema
  const own = named.map((field) => [field, { ...objectMetaSchema.properties?.[field], ...rules[field] }])
  return { ...objectMetaSchema, properties: { ...objectMetaSchema.properties, ...Object.fromEntries(own) } }
}

/** {@link objectMetaSchema} and all schemas inside it. */
const META_SCHEMAS: ReadonlySet<JSONSchema> = new Set(schemasIn(objectMetaSchema))

function schemasIn(schema: JSONSchema): JSONSchema[] {
  const { additionalProperties, items } = schema
  const inner = [...Object.values(schema.properties ?? {}), additionalProperties, items]
  return [schema, ...inner.flatMap((part) => (typeof part === 'object' ? schemasIn(part) : []))]
}

/** Turns schemas into {@link SchemaNode}s and notes, with its path, what cannot be turned. */
export class NodeCompiler {
  readonly errors: FieldError[] = []

  compile(given: JSONSchema, path: FieldPath): SchemaNode {
    const schema = given['x-kubernetes-embedded-resource'] === true ? asResource(given) : given
    const properties = new Map(
      Object.entries(schema.properties ?? {}).map(([name, property]) => [
        name,
        this.compile(property, path.child('properties').key(name)),
      ]),
    )
    const { additionalProperties } = schema
    const additional =
      typeof additionalProperties === 'object'
        ? this.compile(additionalProperties, path.child('additionalProperties'))
        : undefined
    const items = schema.items && this.compile(schema.items, path.child('items'))
    const type = valueType(schema)
    const below = [...properties.values(), additional, items]
    return {
      schema,
      type,
      nullable: schema.nullable === true,
      properties,
      required: new Set(schema.required),
      additional,
      items,
      keepsUnknown:
        type === 'any' || schema['x-kubernetes-preserve-unknown-fields'] === true || additionalProperties === true,
      defaultsInside: schema.default !== undefined || below.some((node) => node?.defaultsInside === true),
      checks: this.#checks(schema, path),
    }
  }

  #checks(schema: JSONSchema, path: FieldPath): readonly Check[] {
    // What metadata must be like is known without a schema, and said once.
    if (META_SCHEMAS.has(schema)) return []
    try {
      const logic = logicChecks(schema, (part) => this.compile(part, path))
      return [...scalarChecks(schema), ...collectionChecks(schema), ...logic]
    } catch (error) {
      if (!(error instanceof PatternError)) throw error
      this.errors.push(
        invalid(path.child('pattern'), schema.pattern, `must be a valid regular expression: ${error.message}`),
      )
      return []
    }
  }
}

function valueType(schema: JSONSchema): ValueType {
  if (schema['x-kubernetes-int-or-string'] === true) return 'int-or-string'
  return schema.type ?? 'any'
}
