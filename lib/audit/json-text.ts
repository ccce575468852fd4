/** Everything that stands for itself in JSON, and in a terminal. */
const PLAIN = /^[ !#-[\]-~]*$/
/** What JSON leaves alone and terminals and line splitters do not: DEL, the C1 controls, line separators. */
const UNSAFE = /[\u007f-\u009f\u2028\u2029]/g

/**
 * A text as JSON that stays one line in every reader's eyes, with no lone surrogates (which are no UTF-8). Most texts
 * need nothing and cost one scan.
 */
export function quoted(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`
  return JSON.stringify(text.toWellFormed()).replace(UNSAFE, escaped)
}

const MAX_KEPT = 512
const MAX_KEPT_LENGTH = 256
const kept = new Map<string, string>()

/** The same for a text that many events say: the keys of annotations, reasons of decisions, names of clients. */
export function quotedOften(text: string): string {
  const known = kept.get(text)
  if (known !== undefined) return known
  const json = quoted(text)
  if (text.length <= MAX_KEPT_LENGTH) {
    if (kept.size >= MAX_KEPT) kept.clear()
    kept.set(text, json)
  }
  return json
}

const escaped = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`

/** JSON that is safe in the same way: what is escaped can only stand within its strings. */
export const inert = (json: string): string => json.replace(UNSAFE, escaped)

/** `,"name":"text"`, or nothing for an empty text: as Go's `omitempty`. */
export const member = (name: string, text: string | undefined): string =>
  text === undefined || text === '' ? '' : `,"${name}":${quoted(text)}`

/**
 * The text that was meant by a header or URL, as JSON: Node reads their bytes as latin1, and programs send UTF-8. Bytes that
 * are none become U+FFFD, as in Kubernetes.
 */
export function quotedFromWire(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : quoted(Buffer.from(text, 'latin1').toString('utf8'))
}
