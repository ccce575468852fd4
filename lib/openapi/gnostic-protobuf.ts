import { finish, type Steps } from '../runtime/steps.js'
import type {
  SwaggerDocument,
  SwaggerOperation,
  SwaggerParameter,
  SwaggerParameterOrRef,
  SwaggerPathItem,
} from './documents.js'
import { writeExtensions, writeNamedSchemas, writeSchema } from './gnostic-schema.js'
import { ProtobufWriter } from './protobuf-writer.js'

/**
 * An OpenAPI v2 document as gnostic's `openapi.v2.Document`, the form in which kubectl asks for it.
 *
 * @see https://github.com/google/gnostic/blob/main/openapiv2/OpenAPIv2.proto
 */
export function encodeGnostic(document: SwaggerDocument): Buffer {
  return finish(encodeGnosticSteps(document))
}

/**
 * {@link encodeGnostic} in small steps. Paths and definitions are written as a message of their own for each entry:
 * a reader merges the parts of a message that is not repeated.
 *
 * @see https://protobuf.dev/programming-guides/encoding/#last-one-wins
 */
export function* encodeGnosticSteps(document: SwaggerDocument): Steps<Buffer> {
  const writer = new ProtobufWriter()
  writer.string(1, document.swagger)
  writer.message(2, (info) => {
    info.string(1, document.info.title).string(2, document.info.version).string(3, document.info.description)
  })
  for (const [name, item] of Object.entries(document.paths)) {
    writer.message(8, (paths) =>
      paths.message(2, (named) => named.string(1, name).message(2, (value) => writePathItem(value, item))),
    )
    yield
  }
  for (const [name, schema] of Object.entries(document.definitions)) {
    writer.message(9, (definitions) => writeNamedSchemas(definitions, 1, Object.fromEntries([[name, schema]])))
    yield
  }
  writeSharedParameters(writer, document)
  writeSecurity(writer, document)
  return writer.finish()
}

function writePathItem(writer: ProtobufWriter, item: SwaggerPathItem): void {
  const fields = { get: 2, put: 3, post: 4, delete: 5, options: 6, head: 7, patch: 8 } as const
  for (const [method, field] of Object.entries(fields)) {
    const operation = item[method as keyof typeof fields]
    if (operation) writer.message(field, (message) => writeOperation(message, operation))
  }
  writeParameters(writer, 9, item.parameters)
}

function writeOperation(writer: ProtobufWriter, operation: SwaggerOperation): void {
  writer.strings(1, operation.tags).string(3, operation.description).string(5, operation.operationId)
  writer.strings(6, operation.produces).strings(7, operation.consumes)
  writeParameters(writer, 8, operation.parameters)
  writer.message(9, (responses) => {
    for (const [code, response] of Object.entries(operation.responses)) {
      responses.message(1, (named) =>
        named.string(1, code).message(2, (value) =>
          value.message(1, (message) => {
            message.string(1, response.description)
            if (response.schema) message.message(2, (item) => item.message(1, (s) => writeSchema(s, response.schema!)))
          }),
        ),
      )
    }
  })
  writer.strings(10, operation.schemes)
  writeExtensions(writer, 13, operation)
}

function writeParameters(
  writer: ProtobufWriter,
  field: number,
  parameters: readonly SwaggerParameterOrRef[] | undefined,
): void {
  for (const parameter of parameters ?? []) {
    writer.message(field, (item) => {
      if ('$ref' in parameter) item.message(2, (reference) => reference.string(1, parameter.$ref))
      else item.message(1, (message) => writeParameter(message, parameter))
    })
  }
}

function writeParameter(writer: ProtobufWriter, parameter: SwaggerParameter): void {
  if (parameter.in === 'body') writer.message(1, (body) => writeBodyParameter(body, parameter))
  else writer.message(2, (nonBody) => writeNonBodyParameter(nonBody, parameter))
}

function writeBodyParameter(writer: ProtobufWriter, parameter: SwaggerParameter): void {
  writer.string(1, parameter.description).string(2, parameter.name).string(3, parameter.in).bool(4, parameter.required)
  if (parameter.schema) writer.message(5, (schema) => writeSchema(schema, parameter.schema!))
}

/** Each place has a message of its own; those of query and form data have one field more, before the type. */
const parameterPlaces: Readonly<Record<string, { field: number; type: number; uniqueItems: number }>> = {
  header: { field: 1, type: 5, uniqueItems: 19 },
  formData: { field: 2, type: 6, uniqueItems: 20 },
  query: { field: 3, type: 6, uniqueItems: 20 },
  path: { field: 4, type: 5, uniqueItems: 19 },
}

function writeNonBodyParameter(writer: ProtobufWriter, parameter: SwaggerParameter): void {
  const place = parameterPlaces[parameter.in]
  if (!place)
    throw new Error(`the parameter ${parameter.name} stands in ${parameter.in}, which OpenAPI v2 does not know`)
  writer.message(place.field, (message) => {
    message
      .bool(1, parameter.required)
      .string(2, parameter.in)
      .string(3, parameter.description)
      .string(4, parameter.name)
    message.string(place.type, parameter.type).string(place.type + 1, parameter.format)
    message.bool(place.uniqueItems, parameter.uniqueItems)
  })
}

function writeSharedParameters(writer: ProtobufWriter, document: SwaggerDocument): void {
  if (!document.parameters) return
  writer.message(10, (definitions) => {
    for (const [name, parameter] of Object.entries(document.parameters ?? {})) {
      definitions.message(1, (named) => named.string(1, name).message(2, (value) => writeParameter(value, parameter)))
    }
  })
}

function writeSecurity(writer: ProtobufWriter, document: SwaggerDocument): void {
  for (const requirement of document.security ?? []) {
    writer.message(12, (message) => {
      for (const [name, scopes] of Object.entries(requirement)) {
        message.message(1, (named) => named.string(1, name).message(2, (array) => array.strings(1, scopes)))
      }
    })
  }
  if (!document.securityDefinitions) return
  writer.message(13, (definitions) => {
    for (const [name, security] of Object.entries(document.securityDefinitions ?? {})) {
      definitions.message(1, (named) =>
        named.string(1, name).message(2, (item) =>
          item.message(2, (key) => {
            key.string(1, security.type).string(2, security.name).string(3, security.in).string(4, security.description)
          }),
        ),
      )
    }
  })
}
