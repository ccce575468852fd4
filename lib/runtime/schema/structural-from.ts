import { isJSONObject } from '../json/index.js'
import { PatternError, PatternMatcher } from './pattern/index.js'
import { ANYTHING, intersectionOf, unionOf } from './schema-algebra.js'
import type { JSONSchema } from './types.js'

/** A JSON Schema document of any draft, whose fields are not trusted to be what they should. */
type LooseSchema = Readonly<Record<string, unknown>>

const MAX_CONVERSION_DEPTH = 100

/** What means the same in every draft. */
const SAME_EVERYWHERE = [
  'title',
  'description',
  'default',
  'example',
  'format',
  'minLength',
  'maxLength',
  'multipleOf',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
] as const

const TYPES: ReadonlySet<unknown> = new Set(['object', 'array', 'string', 'integer', 'number', 'boolean'])

/**
 * Makes a structural schema of a JSON Schema document (drafts 4 to 2020-12, OpenAPI 3.0). What structural schemas
 * cannot say is loosened, never tightened: a union becomes the smallest type that holds all its members, a recursive
 * reference anything at all, a pattern that is no RE2 is left out.
 */
export function structuralFrom(document: LooseSchema): JSONSchema {
  return new Conversion(document).convert(document, 0)
}

class Conversion {
  readonly #open = new Set<string>()

  constructor(readonly document: LooseSchema) {}

  convert(given: unknown, depth: number): JSONSchema {
    if (!isJSONObject(given) || depth > MAX_CONVERSION_DEPTH) return ANYTHING
    if (typeof given.$ref === 'string') return this.#reference(given.$ref, given, depth)
    const base = this.#plain(given, depth)
    const all = this.#list(given.allOf, depth)
    const any = this.#list(given.anyOf ?? given.oneOf, depth)
    const parts = any.length > 0 ? [...all, unionOf(any)] : all
    return parts.length === 0 ? base : { ...intersectionOf([base, ...parts]), ...notesOf(base) }
  }

  #list(given: unknown, depth: number): JSONSchema[] {
    if (!Array.isArray(given)) return []
    const parts = given.filter((part) => !isNull(part)).map((part) => this.convert(part, depth + 1))
    return parts.length < given.length ? parts.map((part) => ({ ...part, nullable: true })) : parts
  }

  #reference(reference: string, given: LooseSchema, depth: number): JSONSchema {
    if (this.#open.has(reference) || reference === '#') return ANYTHING
    const target = this.#resolve(reference)
    if (target === undefined) throw new Error(`schema refers to ${reference}, which is not there`)
    this.#open.add(reference)
    const schema = this.convert(target, depth + 1)
    this.#open.delete(reference)
    return { ...schema, ...notesOf(given as JSONSchema) }
  }

  #resolve(reference: string): unknown {
    if (!reference.startsWith('#/')) return undefined
    let at: unknown = this.document
    for (const segment of reference.slice(2).split('/')) {
      const key = segment.replaceAll('~1', '/').replaceAll('~0', '~')
      at = isJSONObject(at) && Object.hasOwn(at, key) ? at[key] : undefined
    }
    return at
  }

  #plain(given: LooseSchema, depth: number): JSONSchema {
    const types = [given.type].flat().filter((type) => type !== undefined && type !== 'null')
    const nullable = given.nullable === true || (Array.isArray(given.type) && given.type.includes('null'))
    if (types.length > 1) {
      const union = unionOf(types.map((type) => this.#plain({ ...given, type }, depth)))
      return nullable ? { ...union, nullable } : union
    }
    const values = 'const' in given ? [given.const] : Array.isArray(given.enum) ? given.enum : undefined
    const type = TYPES.has(types[0]) ? (types[0] as JSONSchema['type']) : typeOfAll(values)
    const kept = Object.entries(given).filter(
      ([key, value]) => value !== undefined && (SAME_EVERYWHERE.some((same) => same === key) || key.startsWith('x-')),
    )
    const schema: JSONSchema = {
      ...(Object.fromEntries(kept) as JSONSchema),
      ...(type !== undefined && { type }),
      ...(nullable && { nullable }),
      ...(values !== undefined && { enum: values }),
      ...boundsOf(given),
      ...patternOf(given.pattern),
    }
    if (type === 'object') return { ...schema, ...this.#objectParts(given, depth) }
    if (type === 'array') return { ...schema, items: this.#itemsOf(given, depth) }
    const free = type === undefined && schema['x-kubernetes-int-or-string'] !== true
    return free ? { ...schema, ...ANYTHING } : schema
  }

  #objectParts(given: LooseSchema, depth: number): JSONSchema {
    const names = isJSONObject(given.properties) ? Object.entries(given.properties) : []
    const properties = Object.fromEntries(names.map(([name, property]) => [name, this.convert(property, depth + 1)]))
    const rest = given.additionalProperties
    const open = rest === true || isJSONObject(rest)
    return {
      ...(names.length > 0 && { properties }),
      ...(Array.isArray(given.required) && given.required.length > 0 && { required: given.required }),
      ...(open && names.length > 0 && { 'x-kubernetes-preserve-unknown-fields': true }),
      ...(open && names.length === 0 && { additionalProperties: this.convert(rest, depth + 1) }),
    }
  }

  #itemsOf(given: LooseSchema, depth: number): JSONSchema {
    const tuple = [given.prefixItems, given.items].find(Array.isArray)
    if (tuple === undefined) return this.convert(given.items, depth + 1)
    const rest = isJSONObject(given.items) ? [given.items] : []
    return unionOf([...tuple, ...rest].map((item) => this.convert(item, depth + 1)))
  }
}

function isNull(part: unknown): boolean {
  return isJSONObject(part) && (part.type === 'null' || ('const' in part && part.const === null))
}

function notesOf({ title, description, default: value }: JSONSchema): JSONSchema {
  return {
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    ...(value !== undefined && { default: value }),
  }
}

function typeOfAll(values: readonly unknown[] | undefined): JSONSchema['type'] {
  const types = new Set(values?.map((value) => typeof value))
  const [type] = types
  if (types.size !== 1) return undefined
  if (type === 'number') return values?.every(Number.isInteger) ? 'integer' : 'number'
  return type === 'string' || type === 'boolean' ? type : undefined
}

/** Bounds as draft 4 and OpenAPI 3.0 write them; those of all safe integers say nothing, those of 32 bits are a format. */
function boundsOf(given: LooseSchema): JSONSchema {
  const minimum = boundOf(given.minimum, given.exclusiveMinimum, Math.max)
  const maximum = boundOf(given.maximum, given.exclusiveMaximum, Math.min)
  if (given.type === 'integer' && minimum.bound === -(2 ** 31) && maximum.bound === 2 ** 31 - 1)
    return { format: 'int32' }
  const low = minimum.bound !== undefined && minimum.bound > Number.MIN_SAFE_INTEGER ? minimum.bound : undefined
  const high = maximum.bound !== undefined && maximum.bound < Number.MAX_SAFE_INTEGER ? maximum.bound : undefined
  return {
    ...(low !== undefined && { minimum: low, ...(minimum.exclusive && { exclusiveMinimum: true }) }),
    ...(high !== undefined && { maximum: high, ...(maximum.exclusive && { exclusiveMaximum: true }) }),
  }
}

interface Bound {
  readonly bound: number | undefined
  readonly exclusive: boolean
}

/** `exclusiveMinimum` is a flag in draft 4 and a bound of its own later; the stricter of two bounds counts. */
function boundOf(inclusive: unknown, exclusive: unknown, stricter: (a: number, b: number) => number): Bound {
  const plain = typeof inclusive === 'number' ? inclusive : undefined
  if (typeof exclusive !== 'number') return { bound: plain, exclusive: exclusive === true }
  if (plain === undefined || stricter(plain, exclusive) === exclusive) return { bound: exclusive, exclusive: true }
  return { bound: plain, exclusive: false }
}

function patternOf(pattern: unknown): JSONSchema {
  if (typeof pattern !== 'string') return {}
  try {
    new PatternMatcher(pattern)
    return { pattern }
  } catch (error) {
    // The library's own validation knows it; the published schema does without.
    if (error instanceof PatternError) return {}
    throw error
  }
}
