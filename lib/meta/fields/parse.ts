import { MAX_SELECTOR_LENGTH, MAX_SELECTOR_TERMS, selectorTooLong } from '../selector-limit.js'
import { unescapeFieldValue } from './escape.js'
import { EVERYTHING, type FieldRequirement, FieldSelector } from './selector.js'

/**
 * Reads a field selector: terms `field=value`, `field==value`, `field!=value`, joined by commas; in a value `\\`, `\,` and
 * `\=` stand for the character. Blanks are part of the text.
 *
 * @throws Error `invalid selector: 'a'; can't understand 'a'` for a term without an operator, `invalid field selector: …` for
 * a bad escape, or when the text is longer than {@link MAX_SELECTOR_LENGTH}.
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/field-selectors/
 */
export function parseFieldSelector(text: string): FieldSelector {
  if (text.length > MAX_SELECTOR_LENGTH) throw selectorTooLong('field')
  const terms = splitTerms(text).filter((term) => term !== '')
  if (terms.length === 0) return EVERYTHING
  if (terms.length > MAX_SELECTOR_TERMS) throw selectorTooLong('field')
  return new FieldSelector(terms.sort().map((term) => parseTerm(term, text)))
}

/** Cuts at commas that no backslash escapes. */
function splitTerms(text: string): string[] {
  const terms: string[] = []
  let start = 0
  for (let i = 0; i < text.length; i++) {
    const char = text[i]
    if (char === '\\') {
      i++
    } else if (char === ',') {
      terms.push(text.slice(start, i))
      start = i + 1
    }
  }
  terms.push(text.slice(start))
  return terms
}

function parseTerm(term: string, selector: string): FieldRequirement {
  const equals = term.indexOf('=')
  const negated = term.indexOf('!=')
  if (equals === -1) throw new Error(`invalid selector: '${selector}'; can't understand '${term}'`)
  if (negated !== -1 && negated < equals) {
    return { field: term.slice(0, negated), operator: '!=', value: unescapeFieldValue(term.slice(negated + 2)) }
  }
  const valueStart = equals + (term[equals + 1] === '=' ? 2 : 1)
  return { field: term.slice(0, equals), operator: '=', value: unescapeFieldValue(term.slice(valueStart)) }
}
