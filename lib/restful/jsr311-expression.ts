import { CharSet } from './char-set.js'
import { tokenizePath } from './path-tokens.js'
import { RegexpProgram } from './regexp-program.js'
import { literal, parseRegexp, type RegexpNode } from './regexp-syntax.js'

/** Longest path an expression is run on, in UTF-16 units; longer ones do not match. */
const MAX_PATH_LENGTH = 8192

/** A token that covers one segment: its text, or undefined for a plain parameter. */
type Segment = string | undefined

const SLASH = 47

/**
 * A template as the JSR-311 specification (3.7.3) reads it: an anchored expression with a group for each parameter and
 * one for the rest of the path. Templates of texts and plain parameters are matched by segment, without the expression.
 */
export class Jsr311Expression {
  /** Bytes of the texts between the slashes. */
  readonly literalCount: number
  readonly names: readonly string[]
  /** All groups, with those inside expressions and that of the rest. */
  readonly groups: number
  /** The tokens up to the first that may cover more or less than one segment. */
  readonly segments: readonly Segment[]
  /** Only when there is such a token. */
  readonly #program: RegexpProgram | undefined

  constructor(template: string, trimRightSlash: boolean) {
    const tokens = tokenizePath(template, trimRightSlash).filter((token) => token !== '')
    const parameters = tokens.filter((token) => token.startsWith('{'))
    this.literalCount = tokens.reduce((sum, each) => sum + (each.startsWith('{') ? 0 : Buffer.byteLength(each)), 0)
    this.names = parameters.map(parameterName)
    const open = tokens.findIndex((token) => token.startsWith('{') && token.includes(':'))
    this.segments = tokens.slice(0, open === -1 ? tokens.length : open).map(segmentOf)
    this.#program = open === -1 ? undefined : new RegexpProgram(wholeExpression(tokens))
    this.groups = this.#program?.groups ?? parameters.length + 1
  }

  /** Whether its segments are all of it. */
  get aligned(): boolean {
    return this.#program === undefined
  }

  /** What the groups captured, the rest of the path last; undefined when the path does not match. */
  exec(path: string): readonly string[] | undefined {
    if (this.#program === undefined) return this.#execSegments(path)
    return path.length > MAX_PATH_LENGTH ? undefined : this.#program.exec(path)
  }

  #execSegments(path: string): readonly string[] | undefined {
    const groups: string[] = []
    let at = 0
    for (const text of this.segments) {
      if (path.charCodeAt(at) !== SLASH) return undefined
      const next = path.indexOf('/', at + 1)
      const segment = path.slice(at + 1, next === -1 ? path.length : next)
      if (text === undefined ? segment === '' : segment !== text) return undefined
      if (text === undefined) groups.push(segment)
      at += 1 + segment.length
    }
    const rest = path.slice(at)
    if (!isRest(rest)) return undefined
    groups.push(rest)
    return groups
  }
}

/** Whether a text can be the rest of a path: nothing, or a slash and no line break, which `.` does not match. */
export function isRest(text: string): boolean {
  return text === '' || (text.charCodeAt(0) === SLASH && !text.includes('\n'))
}

function parameterName(token: string): string {
  const colon = token.indexOf(':')
  return token.slice(1, colon === -1 ? -1 : colon).trim()
}

function segmentOf(token: string): Segment {
  return token.startsWith('{') ? undefined : token
}

const ANYTHING: RegexpNode = {
  kind: 'repeat',
  node: { kind: 'set', set: CharSet.notNewline },
  min: 0,
  max: Number.POSITIVE_INFINITY,
  greedy: true,
}

function tokenExpression(token: string): RegexpNode[] {
  if (!token.startsWith('{')) return literal(token)
  const colon = token.indexOf(':')
  if (colon === -1) return [{ kind: 'group', node: plainParameter() }]
  const source = token.slice(colon + 1, -1).trim()
  return [{ kind: 'group', node: source === '*' ? ANYTHING : parseRegexp(source) }]
}

function plainParameter(): RegexpNode {
  const set = CharSet.empty(true, false)
  set.addRange(SLASH, SLASH)
  return { kind: 'repeat', node: { kind: 'set', set }, min: 1, max: Number.POSITIVE_INFINITY, greedy: false }
}

function wholeExpression(tokens: readonly string[]): RegexpNode {
  const rest: RegexpNode = { kind: 'group', node: { kind: 'sequence', nodes: [...literal('/'), ANYTHING] } }
  const nodes: RegexpNode[] = [
    { kind: 'assert', assertion: 'begin' },
    ...tokens.flatMap((token) => [...literal('/'), ...tokenExpression(token)]),
    { kind: 'repeat', node: rest, min: 0, max: 1, greedy: true },
    { kind: 'assert', assertion: 'end' },
  ]
  return { kind: 'sequence', nodes }
}
