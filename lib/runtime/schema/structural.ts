import { type FieldError, type FieldPath, forbidden, invalid, required } from '../../meta/field/index.js'
import type { JSONSchema } from './types.js'

/** Schemas nested deeper than this are refused; walks over values recurse as deep as their schema does. */
const MAX_SCHEMA_DEPTH = 200

const TYPES: ReadonlySet<string> = new Set(['object', 'array', 'string', 'integer', 'number', 'boolean'])

/** What a part of allOf, anyOf, oneOf or not must leave to the schema around it. */
const OUTSIDE_ONLY = [
  'type',
  'default',
  'description',
  'title',
  'nullable',
  'additionalProperties',
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-embedded-resource',
  'x-kubernetes-int-or-string',
  'x-kubernetes-list-type',
] as const

/**
 * What keeps a schema from being structural: the rules under which pruning and defaulting are well defined.
 *
 * @param path where the schema stands, for the errors' fields
 * @see https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 */
export function structuralErrors(schema: JSONSchema, path: FieldPath): FieldError[] {
  const errors: FieldError[] = []
  checkSchema(schema, path, 'must not be empty at the root', errors, 0)
  return errors
}

function checkSchema(
  schema: JSONSchema,
  path: FieldPath,
  typeDetail: string,
  errors: FieldError[],
  depth: number,
): void {
  if (depth > MAX_SCHEMA_DEPTH) {
    errors.push(forbidden(path, `schemas may be nested ${MAX_SCHEMA_DEPTH} levels deep`))
    return
  }
  checkType(schema, path, typeDetail, errors)
  checkForbidden(schema, path, errors)
  checkListType(schema, path, errors)
  checkLogic(schema, path, errors)
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const detail = 'must not be empty for specified object fields'
    checkSchema(property, path.child('properties').key(name), detail, errors, depth + 1)
  }
  if (typeof schema.additionalProperties === 'object') {
    const detail = 'must not be empty for specified object fields'
    checkSchema(schema.additionalProperties, path.child('additionalProperties'), detail, errors, depth + 1)
  }
  if (schema.items !== undefined) {
    checkSchema(schema.items, path.child('items'), 'must not be empty for specified array items', errors, depth + 1)
  }
}

function checkType(schema: JSONSchema, path: FieldPath, detail: string, errors: FieldError[]): void {
  const intOrString = schema['x-kubernetes-int-or-string'] === true
  if (schema.type === undefined) {
    if (!intOrString && schema['x-kubernetes-preserve-unknown-fields'] !== true) {
      errors.push(required(path.child('type'), detail))
    }
  } else if (!TYPES.has(schema.type)) {
    errors.push(invalid(path.child('type'), schema.type, 'must be array, boolean, integer, number, object or string'))
  } else if (intOrString) {
    errors.push(forbidden(path.child('type'), 'must be empty if x-kubernetes-int-or-string is true'))
  }
  if (schema.type === 'array' && schema.items === undefined) {
    errors.push(required(path.child('items'), 'must be specified'))
  }
  if (schema['x-kubernetes-embedded-resource'] === true && schema.type !== 'object') {
    errors.push(
      invalid(path.child('type'), schema.type ?? '', 'must be object if x-kubernetes-embedded-resource is true'),
    )
  }
}

function checkForbidden(schema: JSONSchema, path: FieldPath, errors: FieldError[]): void {
  if (schema.$ref !== undefined) errors.push(forbidden(path.child('$ref'), '$ref is not supported'))
  if (schema.uniqueItems === true) {
    const detail = 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic'
    errors.push(forbidden(path.child('uniqueItems'), `${detail}; use x-kubernetes-list-type: set`))
  }
  if (schema.additionalProperties === false) {
    errors.push(forbidden(path.child('additionalProperties'), 'additionalProperties cannot be set to false'))
  }
  if (schema.additionalProperties !== undefined && Object.keys(schema.properties ?? {}).length > 0) {
    errors.push(
      forbidden(path.child('additionalProperties'), 'additionalProperties and properties are mutual exclusive'),
    )
  }
}

function checkListType(schema: JSONSchema, path: FieldPath, errors: FieldError[]): void {
  const type = schema['x-kubernetes-list-type']
  const keys = schema['x-kubernetes-list-map-keys'] ?? []
  if (type !== undefined && schema.type !== 'array') {
    errors.push(invalid(path.child('type'), schema.type ?? '', 'must be array if x-kubernetes-list-type is specified'))
  }
  const keysPath = path.child('x-kubernetes-list-map-keys')
  if (type !== 'map') {
    if (keys.length > 0) errors.push(forbidden(keysPath, 'is only allowed if x-kubernetes-list-type is map'))
    return
  }
  if (keys.length === 0) errors.push(required(keysPath, 'must not be empty if x-kubernetes-list-type is map'))
  for (const [index, key] of keys.entries()) {
    const property = schema.items?.properties?.[key]
    if (property === undefined || !Object.hasOwn(schema.items?.properties ?? {}, key)) {
      errors.push(invalid(keysPath.index(index), key, 'entries must all be names of item properties'))
    } else if (property.type === 'object' || property.type === 'array') {
      errors.push(invalid(keysPath.index(index), key, 'entries must be of a scalar type'))
    } else if (property.default === undefined && !(schema.items?.required ?? []).includes(key)) {
      const detail = 'this property must have a default value or be a required property'
      errors.push(required(path.child('items', 'properties').key(key).child('default'), detail))
    }
  }
}

function checkLogic(schema: JSONSchema, path: FieldPath, errors: FieldError[]): void {
  for (const operator of ['allOf', 'anyOf', 'oneOf'] as const) {
    for (const [index, part] of (schema[operator] ?? []).entries()) {
      checkPart(part, schema, path.child(operator).index(index), path, errors, 0)
    }
  }
  if (schema.not !== undefined) checkPart(schema.not, schema, path.child('not'), path, errors, 0)
}

/** A part may say more about fields, but only about those that the schema outside (`whole`) declares. */
function checkPart(
  part: JSONSchema,
  whole: JSONSchema | undefined,
  path: FieldPath,
  wholePath: FieldPath,
  errors: FieldError[],
  depth: number,
): void {
  if (depth > MAX_SCHEMA_DEPTH) {
    errors.push(forbidden(path, `schemas may be nested ${MAX_SCHEMA_DEPTH} levels deep`))
    return
  }
  for (const field of OUTSIDE_ONLY) {
    const typeOfIntOrString = field === 'type' && whole?.['x-kubernetes-int-or-string'] === true
    if (part[field] !== undefined && !typeOfIntOrString) {
      errors.push(forbidden(path.child(field), 'must be empty to be structural'))
    }
  }
  if (part.$ref !== undefined) errors.push(forbidden(path.child('$ref'), '$ref is not supported'))
  for (const [name, property] of Object.entries(part.properties ?? {})) {
    const declared = Object.hasOwn(whole?.properties ?? {}, name) ? whole?.properties?.[name] : undefined
    const at = path.child('properties').key(name)
    const wholeAt = wholePath.child('properties').key(name)
    if (declared === undefined) errors.push(required(wholeAt, `because it is defined in ${at}`))
    checkPart(property, declared, at, wholeAt, errors, depth + 1)
  }
  if (part.items !== undefined) {
    const at = path.child('items')
    if (whole?.items === undefined) errors.push(required(wholePath.child('items'), `because it is defined in ${at}`))
    checkPart(part.items, whole?.items, at, wholePath.child('items'), errors, depth + 1)
  }
  for (const operator of ['allOf', 'anyOf', 'oneOf'] as const) {
    for (const [index, inner] of (part[operator] ?? []).entries()) {
      checkPart(inner, whole, path.child(operator).index(index), wholePath, errors, depth + 1)
    }
  }
  if (part.not !== undefined) checkPart(part.not, whole, path.child('not'), wholePath, errors, depth + 1)
}
