/** A template as OpenAPI has it, and what its parameters must match. */
export interface DocumentedPath {
  readonly path: string
  /** The parameters in their order, with the expression of those that have one. */
  readonly parameters: ReadonlyMap<string, string | undefined>
}

/**
 * Takes the expressions out of a template: `/users/{id:[0-9]+}` becomes `/users/{id}`. What stands around a parameter
 * stays (`/files/{name}.json`), and so does a custom verb.
 */
export function documentedPath(template: string): DocumentedPath {
  const parameters = new Map<string, string | undefined>()
  const segments = template.split('/').map((segment) => {
    const open = segment.indexOf('{')
    const colon = segment.indexOf(':', open)
    const close = segment.lastIndexOf('}')
    if (open === -1 || close < open) return segment
    const hasExpression = colon !== -1 && colon < close
    const name = segment.slice(open + 1, hasExpression ? colon : close).trim()
    const expression = hasExpression ? segment.slice(colon + 1, close).trim() : undefined
    parameters.set(name, expression === '*' ? undefined : expression)
    return `${segment.slice(0, open)}{${name}}${segment.slice(close + 1)}`
  })
  const path = segments.join('/')
  return { path: path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path, parameters }
}
