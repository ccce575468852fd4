import { type Model, modelName } from './model.js'

/** Where a parameter stands in a request. */
export type ParameterKind = 'path' | 'query' | 'body' | 'header' | 'form' | 'multipart'

/** How several values of one parameter are written, in Swagger's terms. */
export type CollectionFormat = 'csv' | 'ssv' | 'tsv' | 'pipes' | 'multi'

/** Everything a parameter's documentation says. It documents; nothing is enforced on requests. */
export interface ParameterData {
  readonly name: string
  readonly kind: ParameterKind
  readonly description: string
  readonly dataType: string
  readonly dataFormat?: string
  readonly required: boolean
  readonly possibleValues?: readonly string[]
  readonly allowMultiple?: boolean
  readonly allowEmptyValue?: boolean
  readonly defaultValue?: string
  readonly collectionFormat?: CollectionFormat
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly uniqueItems?: boolean
  /** The model of a body. */
  readonly model?: Model
  /** Vendor extensions, `x-…`. */
  readonly extensions?: ReadonlyMap<string, unknown>
}

/**
 * Documents a parameter of a service or route; every method returns the parameter itself.
 *
 * @example
 * ws.get('/{id}').param(pathParameter('id', 'which flunder').dataType('integer').minimum(1))
 */
export class Parameter {
  #data: ParameterData

  constructor(data: ParameterData) {
    this.#data = data
  }

  /** What has been said so far, as a record that later calls do not change. */
  data(): ParameterData {
    return this.#data
  }

  /** @example queryParameter('watch').dataType('boolean') */
  dataType(type: string): this {
    return this.#set({ dataType: type })
  }

  /** @example queryParameter('since').dataFormat('date-time') */
  dataFormat(format: string): this {
    return this.#set({ dataFormat: format })
  }

  /** @example queryParameter('namespace').required(true) */
  required(required: boolean): this {
    return this.#set({ required })
  }

  /** @example queryParameter('order').possibleValues(['asc', 'desc']) */
  possibleValues(values: readonly string[]): this {
    return this.#set({ possibleValues: [...values] })
  }

  /** @example queryParameter('label').allowMultiple(true) */
  allowMultiple(multiple: boolean): this {
    return this.#set({ allowMultiple: multiple })
  }

  /** @example queryParameter('follow').allowEmptyValue(true) */
  allowEmptyValue(empty: boolean): this {
    return this.#set({ allowEmptyValue: empty })
  }

  /** @example queryParameter('limit').defaultValue('500') */
  defaultValue(value: string): this {
    return this.#set({ defaultValue: value })
  }

  /** @example queryParameter('id').collectionFormat('multi') */
  collectionFormat(format: CollectionFormat): this {
    return this.#set({ collectionFormat: format })
  }

  /** @example pathParameter('name').pattern('^[a-z]+$') */
  pattern(pattern: string): this {
    return this.#set({ pattern })
  }

  /** @example queryParameter('limit').minimum(0) */
  minimum(minimum: number): this {
    return this.#set({ minimum })
  }

  /** @example queryParameter('limit').maximum(500) */
  maximum(maximum: number): this {
    return this.#set({ maximum })
  }

  /** @example pathParameter('name').minLength(1) */
  minLength(length: number): this {
    return this.#set({ minLength: length })
  }

  /** @example pathParameter('name').maxLength(253) */
  maxLength(length: number): this {
    return this.#set({ maxLength: length })
  }

  /** @example queryParameter('id').minItems(1) */
  minItems(items: number): this {
    return this.#set({ minItems: items })
  }

  /** @example queryParameter('id').maxItems(10) */
  maxItems(items: number): this {
    return this.#set({ maxItems: items })
  }

  /** @example queryParameter('id').uniqueItems(true) */
  uniqueItems(unique: boolean): this {
    return this.#set({ uniqueItems: unique })
  }

  /** @example queryParameter('token').addExtension('x-sensitive', true) */
  addExtension(key: string, value: unknown): this {
    return this.#set({ extensions: new Map([...(this.#data.extensions ?? []), [key, value]]) })
  }

  #set(change: Partial<ParameterData>): this {
    this.#data = { ...this.#data, ...change }
    return this
  }
}

function parameter(kind: ParameterKind, name: string, description: string, required: boolean): Parameter {
  return new Parameter({ name, kind, description, dataType: 'string', required })
}

/** A part of the path; required. @example pathParameter('id', 'which flunder') */
export function pathParameter(name: string, description = ''): Parameter {
  return parameter('path', name, description, true)
}

/** A part of the query; optional. @example queryParameter('watch', 'stream changes') */
export function queryParameter(name: string, description = ''): Parameter {
  return parameter('query', name, description, false).collectionFormat('csv')
}

/** A header field; optional. @example headerParameter('X-Request-Id') */
export function headerParameter(name: string, description = ''): Parameter {
  return parameter('header', name, description, false)
}

/** The body; required. @example bodyParameter('body', 'the new flunder', 'Flunder') */
export function bodyParameter(name: string, description = '', model?: Model): Parameter {
  const dataType = model === undefined ? '' : modelName(model)
  return new Parameter({ name, kind: 'body', description, dataType, required: true, ...(model && { model }) })
}

/** A field of a form; optional. @example formParameter('comment') */
export function formParameter(name: string, description = ''): Parameter {
  return parameter('form', name, description, false)
}

/** A part of a multipart form; optional. @example multiPartFormParameter('upload') */
export function multiPartFormParameter(name: string, description = ''): Parameter {
  return parameter('multipart', name, description, false)
}
