import type { JSONSchema } from '../runtime/schema/types.js'
import type { OpenAPIDefinitions } from './definitions.js'
import type { DocumentedModel } from './documented-route.js'
import { refsOf } from './schema-walk.js'

/** The simple types that a route may read or answer, or a parameter have, by their name in a route. */
const simpleTypes: Readonly<Record<string, JSONSchema>> = {
  string: { type: 'string' },
  boolean: { type: 'boolean' },
  integer: { type: 'integer' },
  number: { type: 'number' },
  object: { type: 'object' },
}

/** The schemas of models as a route names them, and the definitions that they need. */
export class Models {
  readonly #definitions: OpenAPIDefinitions
  readonly #emit: (schema: JSONSchema) => JSONSchema
  readonly #used = new Set<string>()

  constructor(definitions: OpenAPIDefinitions, emit: (schema: JSONSchema) => JSONSchema) {
    this.#definitions = definitions
    this.#emit = emit
  }

  /** The names of all definitions used so far. */
  get used(): ReadonlySet<string> {
    return this.#used
  }

  /**
   * The schema of a model: a reference to a definition, a simple type, or the schema that the model itself is.
   *
   * @throws {Error} if the model is a name that is not defined
   */
  schema(model: DocumentedModel, where: string): JSONSchema {
    if (typeof model === 'object') {
      const schema = model as JSONSchema
      for (const name of refsOf(schema)) this.#used.add(name)
      return this.#emit(schema)
    }
    if (this.#definitions.has(model)) {
      this.#used.add(model)
      return this.#emit({ $ref: model })
    }
    const simple = Object.hasOwn(simpleTypes, model) ? simpleTypes[model] : undefined
    if (!simple) throw new Error(`${where} names the model ${JSON.stringify(model)}, which is not defined`)
    return simple
  }
}
