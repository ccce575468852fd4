import { customVerb } from './custom-verb.js'
import { PathExpression } from './path-expression.js'

/** What a token of a template asks of the token of a path at its place. */
export type CurlyToken =
  /** The same text. */
  | { readonly kind: 'static'; readonly text: string }
  /** Any text, that ends with the verb if there is one, and whose rest matches the expression if there is one. */
  | { readonly kind: 'parameter'; readonly verb: string; readonly expression: PathExpression | undefined }
  /** This token (that ends with the verb if there is one) and all behind it. */
  | { readonly kind: 'tail'; readonly verb: string }
  /** Nothing: its expression is malformed. */
  | { readonly kind: 'never' }

/**
 * The meaning of a template's token to CurlyRouter: parameters begin with a brace, all other tokens are text.
 *
 * @param hasVerb whether the whole template ends with a custom verb; only then do its tokens have any.
 */
export function curlyToken(token: string, hasVerb: boolean): CurlyToken {
  if (!token.startsWith('{')) return { kind: 'static', text: token }
  const verb = hasVerb ? customVerb(token) : ''
  const bare = token.slice(0, token.length - verb.length)
  const colon = bare.indexOf(':')
  if (colon === -1) return { kind: 'parameter', verb, expression: undefined }
  const source = bare.slice(colon + 1, -1)
  if (source === '*') return { kind: 'tail', verb }
  try {
    return { kind: 'parameter', verb, expression: new PathExpression(source) }
  } catch {
    return { kind: 'never' }
  }
}

/** Static tokens of a template up to its wildcard, then parameters: the measure of how specific it is. */
export function specificity(
  tokens: readonly string[],
  hasVerb: boolean,
): readonly [statics: number, parameters: number] {
  let statics = 0
  let parameters = 0
  for (const text of tokens) {
    const token = curlyToken(text, hasVerb)
    if (hasVerb && customVerb(text) !== '') statics++
    if (token.kind === 'static') statics++
    else parameters++
    if (token.kind === 'tail') break
  }
  return [statics, parameters]
}
