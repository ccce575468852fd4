// The names of XML 1.0 without the rarer letters.
const NAME = /^[A-Za-z_][\w.:-]*$/

// What XML 1.0 cannot hold, escaped or not; a lone half of a surrogate pair among it.
const FORBIDDEN = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu

/** Elements within elements: more are refused, when reading and when writing. */
export const MAX_XML_DEPTH = 64

/**
 * What fast-xml-parser is to write for a value: its root element, every name checked, members that are null or absent
 * left out, characters that XML cannot hold replaced. A list's elements are called `item`.
 *
 * @throws TypeError for a name that XML does not know, since it would let a client write elements of its own.
 */
export function xmlTree(value: unknown, root: string): Record<string, unknown> {
  const tree = node(value, 0)
  return { [checked(root)]: Array.isArray(tree) ? { item: tree } : (tree ?? '') }
}

/** The root element when none is given: the name of the value's class. */
export function xmlRootName(value: unknown): string {
  if (Array.isArray(value)) return 'list'
  const name = typeof value === 'object' && value !== null ? value.constructor?.name : undefined
  return name === undefined || name === '' || name === 'Object' ? 'entity' : name
}

function node(given: unknown, depth: number): unknown {
  if (depth > MAX_XML_DEPTH) throw new TypeError('the value is nested too deeply for XML')
  const value = plain(given)
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'object') return String(value).replace(FORBIDDEN, '\uFFFD')
  if (Array.isArray(value)) return value.map((each) => node(each, depth + 1) ?? '')
  const members = Object.entries(value).map(([name, each]) => [checked(name), node(each, depth + 1)] as const)
  return Object.fromEntries(members.filter(([, each]) => each !== undefined))
}

// What JSON would make of it: dates as text, and so on.
function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  const { toJSON } = value as { toJSON?: unknown }
  return typeof toJSON === 'function' ? toJSON.call(value) : value
}

function checked(name: string): string {
  if (name === '#text' || NAME.test(name.startsWith('@') ? name.slice(1) : name)) return name
  throw new TypeError(`${JSON.stringify(name.slice(0, 80))} is no name of an XML element`)
}
