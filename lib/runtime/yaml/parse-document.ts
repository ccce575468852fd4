import type { CST, Document, LineCounter, ParsedNode, Parser } from 'yaml'
import { DepthError, type MemberLimits, MembersError } from '../json/index.js'
import { yaml } from './library.js'
import { YAMLError } from './yaml-error.js'

/** The first document of a stream, as a tree whose scalars are not yet interpreted. */
export interface ParsedYAML {
  readonly root: ParsedNode | null
  lineOf(node: ParsedNode): number
}

/**
 * Parses the first document of a text; what follows it is not looked at.
 *
 * @throws {@link YAMLError}, and {@link DepthError} or {@link MembersError} as soon as a bound is passed
 */
export function parseDocument(text: string, maxDepth: number, limits: MemberLimits = {}): ParsedYAML {
  const { Composer, LineCounter } = yaml()
  const lines = new LineCounter()
  // Scalars stay texts, keys may repeat: both are judged by the rules of Kubernetes' library, not by those of this one.
  const composer = new Composer({ schema: 'failsafe', resolveKnownTags: false, uniqueKeys: false, logLevel: 'silent' })
  const composed = composer.compose(tokens(text, lines, maxDepth, limits)).next()
  if (composed.done === true) return { root: null, lineOf: () => 0 }
  const document = composed.value as Document.Parsed
  const [error] = document.errors
  if (error !== undefined) throw new YAMLError(firstLine(error.message), lines.linePos(error.pos[0]).line)
  return {
    root: document.contents,
    lineOf: (node) => lines.linePos(node.range[0]).line,
  }
}

/** The parts of the first document, until it is whole or something in it is wrong. */
function* tokens(text: string, lines: LineCounter, maxDepth: number, limits: MemberLimits): Generator<CST.Token> {
  const parser = new (yaml().Parser)(lines.addNewLine)
  lines.addNewLine(0)
  for (const token of lexedTokens(parser, text, maxDepth, limits)) {
    if (token.type === 'error') throw new YAMLError(firstLine(token.message), lines.linePos(token.offset).line)
    yield token
    if (token.type === 'document') return
  }
}

/** In flow style a field has two of them: its colon, and the comma behind it. */
const INDICATORS: ReadonlySet<string> = new Set([':', '-', ','])
const INDICATORS_OF_MEMBER = 2

function* lexedTokens(parser: Parser, text: string, maxDepth: number, limits: MemberLimits): Generator<CST.Token> {
  let left = INDICATORS_OF_MEMBER * (limits.maxMembers ?? Number.POSITIVE_INFINITY)
  for (const lexeme of new (yaml().Lexer)().lex(text)) {
    if (INDICATORS.has(lexeme) && --left < 0) throw MembersError.tooMany(limits, 'members')
    yield* parser.next(lexeme)
    // The stack holds the document, every open collection, and at most one scalar.
    if (parser.stack.length > maxDepth + 2) throw new DepthError(maxDepth)
  }
  yield* parser.end()
}

function firstLine(message: string): string {
  const end = message.indexOf('\n')
  return end < 0 ? message : message.slice(0, end)
}
