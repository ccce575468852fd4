import { PathExpression } from './path-expression.js'
import { tokenizePath } from './path-tokens.js'
import { RegistrationError } from './registration-error.js'

/**
 * Refuses a path template that no router can serve: a brace that never closes, a parameter without a name's end, an
 * expression that is malformed. go-restful panics or exits on these.
 *
 * @throws RegistrationError naming the template and the token.
 */
export function checkPathTemplate(template: string): void {
  for (const token of tokenizePath(template, true)) checkToken(template, token)
}

function checkToken(template: string, token: string): void {
  const open = token.indexOf('{')
  if (open === -1) return
  const refuse = (why: string, cause?: unknown) => {
    throw new RegistrationError(`invalid path:${template} because:${why} in ${token}`, { cause })
  }
  const colon = token.indexOf(':')
  if (token.indexOf('}', open) === -1) refuse('missing closing }')
  if (colon === 0 || colon === token.length - 1) refuse('misplaced :')
  if (colon === -1 && token.indexOf('}') < open) refuse('misplaced }')
  if (open !== 0 || colon === -1) return
  const source = token.slice(colon + 1, -1).trim()
  if (source === '*') return
  try {
    new PathExpression(source)
  } catch (error) {
    refuse(error instanceof Error ? error.message : 'a malformed expression', error)
  }
}
