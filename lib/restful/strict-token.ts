import { CharSet } from './char-set.js'
import { RegexpProgram } from './regexp-program.js'
import { literal, parseRegexp, type RegexpNode } from './regexp-syntax.js'
import { RegistrationError } from './registration-error.js'

/** What a token of a template asks of a segment, to the strict router. */
export type StrictToken =
  | { readonly kind: 'text'; readonly text: string }
  /** Any segment but an empty one. */
  | { readonly kind: 'any'; readonly name: string }
  /** Texts and parameters in one, anchored; each parameter takes at least a character. */
  | { readonly kind: 'pattern'; readonly text: string; readonly pattern: StrictPattern }
  /** This segment and all behind it. */
  | { readonly kind: 'rest'; readonly name: string }

/** The more a token leaves open, the less it weighs. */
export const WEIGHT: Readonly<Record<StrictToken['kind'], number>> = { text: 3, pattern: 2, any: 1, rest: 0 }

/**
 * The tokens of a path: one slash at the front does not count, nor does one at the end if it is trimmed. More than one
 * is a path of its own, so that `//admin` never is `/admin`.
 */
export function strictTokens(path: string, trimRightSlash: boolean): string[] {
  const start = path.startsWith('/') ? 1 : 0
  const end = trimRightSlash && path.length > start && path.endsWith('/') ? path.length - 1 : path.length
  return start >= end ? [] : path.slice(start, end).split('/')
}

/**
 * The meaning of a template.
 *
 * @throws RegistrationError for braces that do not pair, a parameter without a name, a name used twice, a wildcard that
 * is not the whole last token.
 */
export function strictTemplate(template: string, trimRightSlash: boolean): StrictToken[] {
  const texts = strictTokens(template, trimRightSlash)
  const tokens = texts.map((text, i) => strictToken(text, template, i === texts.length - 1))
  const names = tokens.flatMap(namesOf)
  if (new Set(names).size < names.length) throw refusal(template, 'a name used twice')
  return tokens
}

function namesOf(token: StrictToken): readonly string[] {
  if (token.kind === 'text') return []
  return token.kind === 'pattern' ? token.pattern.names : [token.name]
}

/** Texts and parameters that cover one segment together. */
class StrictPattern {
  readonly names: readonly string[]
  readonly #program: RegexpProgram
  /** The group of each name; expressions may have groups of their own. */
  readonly #groups: readonly number[]

  constructor(pieces: readonly Piece[]) {
    const names: string[] = []
    const groups: number[] = []
    const nodes: RegexpNode[] = []
    let group = 0
    for (const piece of pieces) {
      if (typeof piece === 'string') nodes.push(...literal(piece))
      else {
        names.push(piece.name)
        groups.push(group)
        nodes.push({ kind: 'group', node: piece.node })
        group += 1 + new RegexpProgram(piece.node).groups
      }
    }
    this.names = names
    this.#groups = groups
    this.#program = new RegexpProgram({
      kind: 'sequence',
      nodes: [{ kind: 'assert', assertion: 'begin' }, ...nodes, { kind: 'assert', assertion: 'end' }],
    })
  }

  /** The values in the order of the names; undefined when the segment does not match. */
  values(segment: string): string[] | undefined {
    const groups = this.#program.exec(segment)
    const values = groups && this.#groups.map((group) => groups[group] ?? '')
    return values?.includes('') ? undefined : values
  }
}

type Piece = string | { readonly name: string; readonly source: string | undefined; readonly node: RegexpNode }

function strictToken(text: string, template: string, last: boolean): StrictToken {
  if (!text.includes('{')) return { kind: 'text', text }
  const pieces = piecesOf(text, template)
  const [first] = pieces
  if (pieces.some((piece) => typeof piece !== 'string' && piece.source === '*')) {
    if (typeof first !== 'object' || pieces.length > 1 || !last) throw refusal(template, 'a wildcard before the end')
    return { kind: 'rest', name: first.name }
  }
  if (pieces.length === 1 && typeof first === 'object' && first.source === undefined)
    return { kind: 'any', name: first.name }
  return { kind: 'pattern', text, pattern: new StrictPattern(pieces) }
}

function piecesOf(text: string, template: string): Piece[] {
  const pieces: Piece[] = []
  for (let at = 0; at < text.length; ) {
    const open = text.indexOf('{', at)
    if (open !== at) pieces.push(text.slice(at, open === -1 ? text.length : open))
    if (open === -1) break
    const close = closingBrace(text, open)
    if (close === -1) throw refusal(template, 'missing closing }')
    pieces.push(parameterPiece(text.slice(open + 1, close), template))
    at = close + 1
  }
  return pieces
}

// Expressions may have braces of their own, as in {id:[0-9]{3}}.
function closingBrace(text: string, open: number): number {
  let depth = 0
  for (let i = open; i < text.length; i++) {
    if (text[i] === '\\') i++
    else if (text[i] === '{') depth++
    else if (text[i] === '}' && --depth === 0) return i
  }
  return -1
}

function parameterPiece(inner: string, template: string): Piece {
  const colon = inner.indexOf(':')
  const name = (colon === -1 ? inner : inner.slice(0, colon)).trim()
  if (name === '') throw refusal(template, 'a parameter without a name')
  const source = colon === -1 ? undefined : inner.slice(colon + 1).trim()
  if (source === undefined || source === '*') return { name, source, node: ANY_TEXT }
  try {
    return { name, source, node: parseRegexp(source) }
  } catch (error) {
    throw refusal(template, error instanceof Error ? error.message : 'a malformed expression')
  }
}

const ANY_TEXT: RegexpNode = {
  kind: 'repeat',
  node: { kind: 'set', set: CharSet.any },
  min: 1,
  max: Number.POSITIVE_INFINITY,
  greedy: true,
}

function refusal(template: string, why: string): RegistrationError {
  return new RegistrationError(`invalid path:${template} because:${why}`)
}
