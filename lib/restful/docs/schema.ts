import type { Model } from '../model.js'

/** A JSON Schema (2020-12), as OpenAPI 3.1 has it. */
export type Schema = { readonly [keyword: string]: unknown }

/** The models of an API by name: JSON Schemas, or samples of which schemas are made. */
export type Models = Readonly<Record<string, object>>

/** What stands before the name of a model in a reference. */
export const COMPONENTS = '#/components/schemas/'

const TYPES = new Set(['null', 'boolean', 'object', 'array', 'number', 'string', 'integer'])

// Keywords that no sample has by chance.
const KEYWORDS = ['$ref', 'allOf', 'anyOf', 'oneOf']

/** Samples within samples: more is shown as any object. */
const MAX_DEPTH = 16

/** Collects the models that the routes of a document name. */
export class SchemaCollector {
  readonly #models: ReadonlyMap<string, object>
  readonly #schemas = new Map<string, Schema>()

  constructor(models: Models) {
    this.#models = new Map(Object.entries(models))
  }

  /**
   * The schema of a model: a reference where it has a name. A string is the name of a model, a type of JSON Schema, or
   * either with `[]` before it, for a list.
   */
  schemaOf(model: Model): Schema {
    if (typeof model !== 'string') return this.#schemaOfObject(model, 0)
    if (model.startsWith('[]')) return { type: 'array', items: this.schemaOf(model.slice(2)) }
    const known = this.#models.get(model)
    if (known !== undefined) {
      if (!this.#schemas.has(model)) this.#define(model, known)
      return reference(model)
    }
    return TYPES.has(model) ? { type: model } : { type: 'object', title: model }
  }

  /** The schemas with names, those that other schemas refer to among them. */
  named(): ReadonlyMap<string, Schema> {
    return new Map([...this.#schemas].sort(([a], [b]) => (a < b ? -1 : 1)))
  }

  #define(name: string, model: object): void {
    // Marked first, since models may name themselves.
    this.#schemas.set(name, {})
    this.#schemas.set(name, isSchema(model) ? this.#follow(model) : this.#sampleSchema(model, 0))
  }

  // Models that a schema refers to are part of the document too.
  #follow(schema: Schema): Schema {
    for (const target of references(schema)) this.schemaOf(target)
    return schema
  }

  #schemaOfObject(model: object, depth: number): Schema {
    // Of a class no more is known than its name.
    if (typeof model === 'function') return this.schemaOf((model as { name: string }).name)
    if (isSchema(model)) return this.#follow(model)
    const name = className(model)
    if (name === undefined) return this.#sampleSchema(model, depth)
    if (!this.#schemas.has(name)) this.#define(name, this.#models.get(name) ?? plain(model))
    return reference(name)
  }

  #sampleSchema(sample: unknown, depth: number): Schema {
    if (sample instanceof Date) return { type: 'string', format: 'date-time' }
    if (Array.isArray(sample))
      return { type: 'array', items: sample.length > 0 ? this.#valueSchema(sample[0], depth) : {} }
    if (depth >= MAX_DEPTH) return { type: 'object' }
    const members = Object.entries(sample as object).filter(([, value]) => typeof value !== 'function')
    return {
      type: 'object',
      properties: Object.fromEntries(members.map(([name, value]) => [name, this.#valueSchema(value, depth + 1)])),
    }
  }

  #valueSchema(value: unknown, depth: number): Schema {
    switch (typeof value) {
      case 'object':
        if (value === null) return {}
        return value instanceof Date || Array.isArray(value)
          ? this.#sampleSchema(value, depth)
          : this.#schemaOfObject(value, depth)
      case 'number':
        return { type: Number.isInteger(value) ? 'integer' : 'number' }
      case 'bigint':
        return { type: 'integer', format: 'int64' }
      case 'string':
      case 'boolean':
        return { type: typeof value }
      default:
        return {}
    }
  }
}

function reference(name: string): Schema {
  return { $ref: COMPONENTS + name }
}

function isSchema(model: object): model is Schema {
  const { type } = model as { type?: unknown }
  if (KEYWORDS.some((keyword) => Object.hasOwn(model, keyword))) return true
  return Array.isArray(type) ? type.length > 0 && type.every((each) => TYPES.has(each)) : TYPES.has(type as string)
}

function className(model: object): string | undefined {
  const name = model.constructor?.name
  return name === undefined || name === 'Object' || name === 'Array' ? undefined : name
}

function plain(model: object): object {
  return { ...model }
}

function references(schema: unknown, depth = 0): string[] {
  if (typeof schema !== 'object' || schema === null || depth > MAX_DEPTH * 2) return []
  return Object.entries(schema).flatMap(([keyword, value]) =>
    keyword === '$ref' && typeof value === 'string' && value.startsWith(COMPONENTS)
      ? [value.slice(COMPONENTS.length)]
      : references(value, depth + 1),
  )
}
