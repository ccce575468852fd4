import { quote } from '../../meta/go/index.js'
import { decodeJSON, isJSONObject, stringifyJSON } from '../../runtime/json/index.js'

/**
 * One step of a path, written as FieldsV1 writes it (KEP-555): `f:NAME` a field or map entry, `k:{"KEY":VALUE}` the item
 * of a list that has these keys, `v:VALUE` the item of a set, `i:N` the item at an index. Equal steps are equal texts.
 */
export type PathElement = string

export type Path = readonly PathElement[]

/** A text that is no step of a path. */
export class PathElementError extends Error {
  override readonly name = 'PathElementError'
}

/** Keys of list items and members of sets are scalars, or nearly; nothing deeper is looked at. */
const MAX_VALUE_DEPTH = 16

export const fieldElement = (name: string): PathElement => `f:${name}`

export const valueElement = (value: unknown): PathElement => `v:${valueText(value)}`

/** @param keys in any order; they are sorted here */
export function keyElement(keys: readonly (readonly [name: string, value: unknown])[]): PathElement {
  const sorted = keys.length === 1 ? keys : [...keys].sort(([a], [b]) => (a < b ? -1 : 1))
  return `k:{${sorted.map(([name, value]) => `${valueText(name)}:${valueText(value)}`).join(',')}}`
}

/** JSON as Go writes it: the three characters that could end a script element are escaped. */
function valueText(value: unknown): string {
  if (typeof value === 'number') return String(value)
  const text = typeof value === 'string' ? JSON.stringify(value) : stringifyJSON(value)
  return HTML_UNSAFE.test(text) ? text.replace(EVERY_HTML_UNSAFE, escapeUnit) : text
}

const HTML_UNSAFE = /[<>&\u2028\u2029]/
const EVERY_HTML_UNSAFE = /[<>&\u2028\u2029]/g
const escapeUnit = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`

/**
 * Reads one step in the one form that equal steps share.
 *
 * @throws PathElementError
 */
export function parsePathElement(text: string): PathElement {
  if (CANONICAL.test(text)) return text
  switch (text.slice(0, 2)) {
    case 'f:':
      return text
    case 'v:':
      return valueElement(parseValue(text))
    case 'k:': {
      const keys = parseValue(text)
      if (!isJSONObject(keys)) throw new PathElementError(`keys of a list item are an object: ${shown(text)}`)
      return keyElement(Object.entries(keys))
    }
    case 'i:':
      if (!INDEX.test(text)) throw new PathElementError(`not an index: ${shown(text)}`)
      return `i:${Number(text.slice(2))}`
    default:
      throw new PathElementError(`unknown path element: ${shown(text)}`)
  }
}

/** Most values are plain words and small numbers, written in the one form that they have. */
const CANONICAL =
  /^(?:f:|v:(?:"[\w ./:-]*"|(?:0|[1-9]\d{0,14}))$|k:\{"[\w.-]+":(?:"[\w ./:-]*"|(?:0|[1-9]\d{0,14}))\}$)/

const INDEX = /^i:[+-]?[0-9]{1,15}$/
const MAX_SHOWN = 100
const shown = (text: string): string => quote(text.slice(0, MAX_SHOWN))

/** Short texts without big numbers cannot harm the fast parser, nor lose anything in it. */
const MAX_QUICK_LENGTH = 256
const BIG_NUMBER = /[0-9]{16}/

function parseValue(text: string): unknown {
  try {
    if (text.length <= MAX_QUICK_LENGTH && !BIG_NUMBER.test(text)) return JSON.parse(text.slice(2)) as unknown
    return decodeJSON(Buffer.from(text.slice(2)), { maxDepth: MAX_VALUE_DEPTH }).value
  } catch (err) {
    throw new PathElementError(`${shown(text)}: ${(err as Error).message}`)
  }
}

/** A path as messages show it: `.spec.ports[port=80,protocol="TCP"].name`, `.metadata.finalizers[="a"]`. */
export const pathText = (path: Path): string => path.map(elementText).join('')

export function elementText(element: PathElement): string {
  if (element.startsWith('f:')) return `.${element.slice(2)}`
  if (element.startsWith('i:')) return `[${element.slice(2)}]`
  if (element.startsWith('v:')) return `[=${displayed(parseValue(element))}]`
  const keys = Object.entries(parseValue(element) as Record<string, unknown>)
  return `[${keys
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${displayed(value)}`)
    .join(',')}]`
}

const displayed = (value: unknown): string => (typeof value === 'string' ? quote(value) : stringifyJSON(value))

/** One key or value that is a plain word: such texts sort as their values do: quotes sort before all characters of words. */
const PLAIN_KEY = /^k:\{"[\w.-]+":"[\w./-]*"\}$/
const PLAIN_VALUE = /^v:"[\w./-]*"$/

/** Sorts steps as Kubernetes does: fields, keys, values, indices; numbers by size, not by their digits. */
export function sortElements(elements: PathElement[]): PathElement[] {
  if (elements.length < 2) return elements
  if (elements.every((element) => element.startsWith('f:'))) return elements.sort()
  if (elements.every((element) => PLAIN_KEY.test(element))) return elements.sort()
  if (elements.every((element) => PLAIN_VALUE.test(element))) return elements.sort()
  const ranked = elements.map((element) => ({ element, rank: 'fkvi'.indexOf(element[0]!), value: comparable(element) }))
  ranked.sort((a, b) => a.rank - b.rank || compareLists(a.value, b.value))
  return ranked.map(({ element }) => element)
}

/** What an element is compared by: names and values in a row. */
function comparable(element: PathElement): readonly unknown[] {
  switch (element[0]) {
    case 'f':
      return [element]
    case 'i':
      return [Number(element.slice(2))]
    case 'v':
      return [parseValue(element)]
    default:
      return Object.entries(parseValue(element) as Record<string, unknown>)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .flat()
  }
}

function compareLists(a: readonly unknown[], b: readonly unknown[]): number {
  for (let index = 0; index < a.length && index < b.length; index++) {
    const order = compareValues(a[index], b[index])
    if (order !== 0) return order
  }
  return a.length - b.length
}

const TYPE_ORDER: readonly string[] = ['number', 'string', 'boolean', 'object']

function compareValues(a: unknown, b: unknown): number {
  const types = typeRank(a) - typeRank(b)
  if (types !== 0) return types
  if (typeof a === 'object') return compareValues(stringifyJSON(a), stringifyJSON(b))
  return a === b ? 0 : (a as number) < (b as number) ? -1 : 1
}

const typeRank = (value: unknown): number => TYPE_ORDER.indexOf(typeof value === 'bigint' ? 'number' : typeof value)
