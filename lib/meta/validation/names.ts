/** The name formats of Kubernetes. Every check returns what is wrong in the words clients know; nothing means valid. */

const MAX_LABEL = 63
const MAX_SUBDOMAIN = 253

const LABEL_FORMAT = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const QUALIFIED_NAME_FORMAT = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'

/**
 * Checks a name.
 *
 * @param prefix The name is a generateName: the part in front of what the server will append.
 * @returns what is wrong, one sentence each.
 */
export type NameValidator = (name: string, prefix: boolean) => string[]

/** RFC 1123 label: at most 63 of `a-z`, `0-9`, `-`, with a letter or digit at both ends. */
export function isDns1123Label(text: string): string[] {
  const errors = lengthErrors(text, MAX_LABEL)
  if (matchesLabel(text)) return errors
  if (matchesSubdomain(text)) return [...errors, 'must not contain dots']
  const rule =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character"
  return [...errors, formatError(rule, LABEL_FORMAT, ['my-name', '123-abc'])]
}

/** RFC 1123 subdomain: labels joined by dots, at most 253 characters. */
export function isDns1123Subdomain(text: string): string[] {
  const errors = lengthErrors(text, MAX_SUBDOMAIN)
  if (matchesSubdomain(text)) return errors
  const rule =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character"
  return [...errors, formatError(rule, `${LABEL_FORMAT}(\\.${LABEL_FORMAT})*`, ['example.com'])]
}

/** RFC 1035 label: an RFC 1123 label that begins with a letter. */
export function isDns1035Label(text: string): string[] {
  const errors = lengthErrors(text, MAX_LABEL)
  if (matchesLabel(text) && isLowerLetter(text.charCodeAt(0))) return errors
  const rule =
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character"
  return [...errors, formatError(rule, '[a-z]([-a-z0-9]*[a-z0-9])?', ['my-name', 'abc-123'])]
}

/** The key of a label, an annotation, or a finalizer: `name` or `prefix.example.com/name`. */
export function isQualifiedName(text: string): string[] {
  const slash = text.indexOf('/')
  if (slash !== -1 && text.includes('/', slash + 1)) {
    const rule = qualifiedNameError('a qualified name ')
    return [`${rule} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`]
  }
  const errors = slash === -1 ? [] : prefixErrors(text.slice(0, slash))
  const name = text.slice(slash + 1)
  if (name === '') errors.push('name part must be non-empty')
  else if (isLonger(name, MAX_LABEL)) errors.push(`name part must be no more than ${MAX_LABEL} characters`)
  if (!matchesQualifiedPart(name)) errors.push(qualifiedNameError('name part '))
  return errors
}

function prefixErrors(prefix: string): string[] {
  if (prefix === '') return ['prefix part must be non-empty']
  return isDns1123Subdomain(prefix).map((error) => `prefix part ${error}`)
}

/** The value of a label: empty, or at most 63 characters of a qualified name's last part. */
export function isValidLabelValue(text: string): string[] {
  const errors = lengthErrors(text, MAX_LABEL)
  if (text === '' || matchesQualifiedPart(text)) return errors
  const rule =
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
  return [...errors, formatError(rule, `(${QUALIFIED_NAME_FORMAT})?`, ['MyValue', 'my_value', '12345'])]
}

/** A name that can be one segment of a URL path, which every name must be. */
export function isPathSegmentName(name: string): string[] {
  if (name === '.' || name === '..') return [`may not be '${name}'`]
  return isPathSegmentPrefix(name)
}

/** The beginning of a name that can be one segment of a URL path. */
function isPathSegmentPrefix(name: string): string[] {
  return ['/', '%'].filter((char) => name.includes(char)).map((char) => `may not contain '${char}'`)
}

/** {@link NameValidator} for names that are only bound to be path segments. */
export function pathSegmentName(name: string, prefix: boolean): string[] {
  return prefix ? isPathSegmentPrefix(name) : isPathSegmentName(name)
}

/** {@link NameValidator} for most kinds. */
export function dnsSubdomainName(name: string, prefix: boolean): string[] {
  return isDns1123Subdomain(prefix ? maskTrailingDash(name) : name)
}

/** {@link NameValidator} for kinds whose name is one DNS label, such as namespaces. */
export function dnsLabelName(name: string, prefix: boolean): string[] {
  return isDns1123Label(prefix ? maskTrailingDash(name) : name)
}

/** {@link NameValidator} for kinds whose name is a DNS label that begins with a letter, such as services. */
export function dns1035LabelName(name: string, prefix: boolean): string[] {
  return isDns1035Label(prefix ? maskTrailingDash(name) : name)
}

/** A generateName may end in a dash, since more follows. Clients know the rule as it is: the dash takes its neighbour with it. */
function maskTrailingDash(name: string): string {
  return name.length > 1 && name.endsWith('-') ? `${name.slice(0, -2)}a` : name
}

function lengthErrors(text: string, max: number): string[] {
  return isLonger(text, max) ? [`must be no more than ${max} characters`] : []
}

/** Whether a text has more bytes than `max`; no character has more than three a code unit, so most need no counting. */
function isLonger(text: string, max: number): boolean {
  return text.length > max || (text.length * 3 > max && Buffer.byteLength(text) > max)
}

function formatError(rule: string, format: string, examples: readonly string[]): string {
  const shown = examples.map((example) => `'${example}', `).join(' or ')
  return `${rule} (e.g. ${shown}regex used for validation is '${format}')`
}

function qualifiedNameError(subject: string): string {
  const rule =
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
  return `${subject}${formatError(rule, QUALIFIED_NAME_FORMAT, ['MyName', 'my.name', '123-abc'])}`
}

// The formats are checked by hand: one pass, whatever the length, where a backtracking regular expression may not be.

function matchesLabel(text: string, start = 0, end = text.length): boolean {
  if (start === end || !isLowerAlphanumeric(text.charCodeAt(start))) return false
  for (let i = start + 1; i < end; i++) {
    const code = text.charCodeAt(i)
    if (!isLowerAlphanumeric(code) && code !== 0x2d) return false
  }
  return isLowerAlphanumeric(text.charCodeAt(end - 1))
}

function matchesSubdomain(text: string): boolean {
  let start = 0
  for (;;) {
    const dot = text.indexOf('.', start)
    if (!matchesLabel(text, start, dot === -1 ? text.length : dot)) return false
    if (dot === -1) return true
    start = dot + 1
  }
}

function matchesQualifiedPart(text: string): boolean {
  if (text === '' || !isAlphanumeric(text.charCodeAt(0)) || !isAlphanumeric(text.charCodeAt(text.length - 1)))
    return false
  for (let i = 1; i < text.length - 1; i++) {
    const code = text.charCodeAt(i)
    if (!isAlphanumeric(code) && code !== 0x2d && code !== 0x2e && code !== 0x5f) return false
  }
  return true
}

function isLowerLetter(code: number): boolean {
  return code >= 0x61 && code <= 0x7a
}

function isLowerAlphanumeric(code: number): boolean {
  return isLowerLetter(code) || (code >= 0x30 && code <= 0x39)
}

function isAlphanumeric(code: number): boolean {
  return isLowerAlphanumeric(code) || (code >= 0x41 && code <= 0x5a)
}
