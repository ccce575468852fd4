import { parseMediaType } from './accept.js'

/** How an entity is to be written. */
export interface EntityWriteOptions {
  /** Whether the text is indented for people. */
  readonly pretty: boolean
}

/**
 * Reads and writes values in one representation.
 *
 * @example
 * const yaml: EntityReaderWriter = { read: (body) => parse(body.toString()), write: (value) => stringify(value) }
 */
export interface EntityReaderWriter {
  /**
   * The value of a body, inflated and within the container's limit. What it throws is answered with 400, unless it is
   * a ServiceError, which is answered as it is.
   */
  read(body: Buffer, contentType: string): unknown
  /** The body for a value that is neither undefined nor null. What it throws is answered with 500. */
  write(value: unknown, options: EntityWriteOptions): string | Uint8Array
}

/** The accessors of one container by media type. */
export class EntityAccessors {
  readonly #accessors = new Map<string, EntityReaderWriter>()

  constructor(accessors: Iterable<readonly [mediaType: string, accessor: EntityReaderWriter]>) {
    for (const [type, accessor] of accessors) this.register(type, accessor)
  }

  /** @throws TypeError when the type is no media type. */
  register(mediaType: string, accessor: EntityReaderWriter): void {
    this.#accessors.set(essenceOf(mediaType) ?? refuse(mediaType), accessor)
  }

  /**
   * The accessor for a media type, its parameters aside: the one registered, else that of its structured syntax suffix
   * (`application/vnd.x+json` is JSON: RFC 6839).
   */
  at(mediaType: string): EntityReaderWriter | undefined {
    const essence = essenceOf(mediaType)
    if (essence === undefined) return undefined
    const exact = this.#accessors.get(essence)
    if (exact !== undefined) return exact
    const plus = essence.lastIndexOf('+')
    return plus === -1 ? undefined : this.#accessors.get(`application/${essence.slice(plus + 1)}`)
  }

  /** The registered types, in the order of their registration. */
  types(): readonly string[] {
    return [...this.#accessors.keys()]
  }
}

function essenceOf(mediaType: string): string | undefined {
  const parsed = parseMediaType(mediaType)
  return parsed && `${parsed.type}/${parsed.subtype}`
}

function refuse(mediaType: string): never {
  throw new TypeError(`${JSON.stringify(mediaType)} is no media type such as application/json`)
}
