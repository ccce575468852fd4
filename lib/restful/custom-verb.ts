// Letters only, so no backtracking can begin: a colon cannot be a letter.
const CUSTOM_VERB = /:[A-Za-z]+$/

/**
 * The custom verb at the end of a template or token with its colon (`:start` of `jobs/{id}:start`), or `''`.
 * Custom verbs follow the API design guide AIP-136.
 */
export function customVerb(text: string): string {
  const colon = text.lastIndexOf(':')
  return colon !== -1 && CUSTOM_VERB.test(text.slice(colon)) ? text.slice(colon) : ''
}

/** The text without the custom verb at its end. */
export function removeCustomVerb(text: string): string {
  return text.slice(0, text.length - customVerb(text).length)
}
