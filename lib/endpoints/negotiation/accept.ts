/** One clause of an Accept header: a media range, its quality, and the parameters that Kubernetes knows. */
export interface AcceptClause {
  readonly type: string
  readonly subtype: string
  readonly quality: number
  readonly params: ReadonlyMap<string, string>
}

const MAX_CLAUSES = 64
const ACCEPT_ALL: readonly AcceptClause[] = [{ type: '*', subtype: '*', quality: 1, params: new Map() }]

/**
 * Reads an Accept header with its parameters (`as`, `g`, `v`, `stream`, `sv`, `pretty`, `q`), best clause first; equals stay
 * in the client's order. As in Kubernetes, an exact range that follows a wildcard goes before it whatever their qualities.
 */
export function parseAccept(header: string): readonly AcceptClause[] {
  if (header === '' || header === '*/*') return ACCEPT_ALL
  const clauses: AcceptClause[] = []
  for (const text of header.split(',', MAX_CLAUSES)) {
    const clause = parseClause(text)
    if (clause) clauses.push(clause)
  }
  return clauses.length < 2 ? clauses : bestFirst(clauses)
}

/** One clause after the other moves forward past those it beats; who beats whom is no order, so how it is sorted tells. */
function bestFirst(clauses: readonly AcceptClause[]): readonly AcceptClause[] {
  const sorted: AcceptClause[] = []
  for (const clause of clauses) {
    let at = sorted.length
    while (at > 0 && beats(clause, sorted[at - 1]!)) at--
    sorted.splice(at, 0, clause)
  }
  return sorted
}

const beats = (one: AcceptClause, other: AcceptClause): boolean =>
  one.quality > other.quality ||
  (one.type !== '*' && other.type === '*') ||
  (one.subtype !== '*' && other.subtype === '*')

function parseClause(text: string): AcceptClause | undefined {
  const [range = '', ...rawParams] = text.split(';')
  const slash = range.indexOf('/')
  const type = range.slice(0, slash < 0 ? undefined : slash).trim()
  if (type === '' || (slash < 0 && type !== '*')) return undefined
  const subtype = slash < 0 ? '*' : range.slice(slash + 1).trim()
  const params = new Map<string, string>()
  let quality = 1
  for (const raw of rawParams) {
    const equals = raw.indexOf('=')
    const key = (equals < 0 ? raw : raw.slice(0, equals)).trim()
    const value = equals < 0 ? '' : unquote(raw.slice(equals + 1).trim())
    if (key === 'q') quality = parseQuality(value)
    else params.set(key, value)
  }
  return { type, subtype, quality, params }
}

const unquote = (text: string): string =>
  text.length > 1 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text

function parseQuality(text: string): number {
  const quality = Number(text)
  return text !== '' && quality >= 0 && quality <= 1 ? quality : 1
}
