import type { JSONSchema } from '../runtime/schema/types.js'
import type { ProtobufWriter } from './protobuf-writer.js'

/**
 * Writes the fields of an `openapi.v2.Schema`.
 *
 * @see https://github.com/google/gnostic/blob/main/openapiv2/OpenAPIv2.proto
 */
export function writeSchema(writer: ProtobufWriter, schema: JSONSchema): void {
  writeScalars(writer, schema)
  writer.strings(19, schema.required)
  for (const value of schema.enum ?? []) writer.message(20, (any) => writeAny(any, value))
  writeAdditionalProperties(writer, schema.additionalProperties)
  if (schema.type) writer.message(22, (type) => type.strings(1, [schema.type!]))
  if (schema.items) writer.message(23, (items) => items.message(1, (item) => writeSchema(item, schema.items!)))
  for (const part of schema.allOf ?? []) writer.message(24, (all) => writeSchema(all, part))
  if (schema.properties) writer.message(25, (properties) => writeNamedSchemas(properties, 1, schema.properties!))
  if (schema.example !== undefined) writer.message(30, (any) => writeAny(any, schema.example))
  writeExtensions(writer, 31, schema)
}

function writeScalars(writer: ProtobufWriter, schema: JSONSchema): void {
  writer
    .string(1, schema.$ref)
    .string(2, schema.format)
    .string(3, schema.title)
    .string(4, schema.description)
    .double(6, schema.multipleOf)
    .double(7, schema.maximum)
    .bool(8, schema.exclusiveMaximum)
    .double(9, schema.minimum)
    .bool(10, schema.exclusiveMinimum)
    .int64(11, schema.maxLength)
    .int64(12, schema.minLength)
    .string(13, schema.pattern)
    .int64(14, schema.maxItems)
    .int64(15, schema.minItems)
    .bool(16, schema.uniqueItems)
    .int64(17, schema.maxProperties)
    .int64(18, schema.minProperties)
}

function writeAdditionalProperties(writer: ProtobufWriter, value: JSONSchema['additionalProperties']): void {
  if (value === undefined) return
  writer.message(21, (item) => {
    if (typeof value === 'boolean') item.presentBool(2, value)
    else item.message(1, (schema) => writeSchema(schema, value))
  })
}

/** Writes a map of schemas as gnostic does: a repeated pair of name and schema. */
export function writeNamedSchemas(
  writer: ProtobufWriter,
  field: number,
  schemas: Readonly<Record<string, JSONSchema>>,
): void {
  for (const [name, schema] of Object.entries(schemas)) {
    writer.message(field, (named) => named.string(1, name).message(2, (value) => writeSchema(value, schema)))
  }
}

/** Writes the `x-…` entries of an object as `NamedAny`, the form in which kubectl finds the kinds of a schema. */
export function writeExtensions(writer: ProtobufWriter, field: number, holder: object): void {
  for (const [name, value] of Object.entries(holder)) {
    if (!name.startsWith('x-') || value === undefined) continue
    writer.message(field, (named) => named.string(1, name).message(2, (any) => writeAny(any, value)))
  }
}

function writeAny(writer: ProtobufWriter, value: unknown): void {
  writer.string(2, yamlText(value))
}

/** What YAML readers refuse or change inside quotes although JSON allows it. */
const unreadable = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g

/**
 * A value as YAML. It is written as JSON, which is YAML too and leaves no room for another reading of `no` or `1e3`.
 * Half a surrogate pair has no YAML form and becomes U+FFFD.
 */
function yamlText(value: unknown): string {
  const json = (JSON.stringify(value) ?? 'null').replace(/\\\\|\\ud[89a-f][0-9a-f]{2}/g, (match) =>
    match === '\\\\' ? match : '\ufffd',
  )
  return `${json.replace(unreadable, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`
}
