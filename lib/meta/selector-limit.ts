/** The longest selector that is read, in characters; a request line carries less by default. */
export const MAX_SELECTOR_LENGTH = 65_536

/** The most terms of one selector: each is compared with every object of a list. A set `in (…)` is one term. */
export const MAX_SELECTOR_TERMS = 1_000

/** What a selector beyond the limits is refused with. */
export function selectorTooLong(what: 'label' | 'field'): Error {
  const limits = `may not be more than ${MAX_SELECTOR_LENGTH} characters and ${MAX_SELECTOR_TERMS} terms`
  return new Error(`${what} selector too long: ${limits}`)
}
