/** What a piece of a label selector is; `identifier` is a key, a value, or a word operator. */
export type TokenKind = 'identifier' | 'end' | '(' | ')' | ',' | '!' | '=' | '==' | '!=' | '<' | '>'

export interface Token {
  readonly kind: TokenKind
  readonly literal: string
}

const SYMBOLS = new Set(['(', ')', ',', '!', '=', '<', '>'])
const DOUBLE_SYMBOLS = new Set(['==', '!='])
const BLANKS = new Set([' ', '\t', '\r', '\n'])
const END: Token = { kind: 'end', literal: '' }

/** Cuts a label selector into tokens, in one pass and without backtracking. The last token is always `end`. */
export function lex(text: string): readonly Token[] {
  const tokens: Token[] = []
  let position = 0
  for (;;) {
    while (BLANKS.has(text.charAt(position))) position++
    const char = text.charAt(position)
    // A NUL ends a selector where a token would begin: so does it in Go, whose lexer reads it as the end.
    if (char === '' || char === '\0') return [...tokens, END]
    const literal = SYMBOLS.has(char) ? symbolAt(text, position) : identifierAt(text, position)
    tokens.push({ kind: SYMBOLS.has(char) ? (literal as TokenKind) : 'identifier', literal })
    position += literal.length
    if (!SYMBOLS.has(char) && text.charAt(position) === '\0') position++
  }
}

function symbolAt(text: string, position: number): string {
  const two = text.slice(position, position + 2)
  return DOUBLE_SYMBOLS.has(two) ? two : text.charAt(position)
}

function identifierAt(text: string, position: number): string {
  let end = position + 1
  while (end < text.length && !endsIdentifier(text.charAt(end))) end++
  return text.slice(position, end)
}

function endsIdentifier(char: string): boolean {
  return char === '\0' || SYMBOLS.has(char) || BLANKS.has(char)
}
