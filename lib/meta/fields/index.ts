/** Field selectors: their query form, and matching. */
export { escapeFieldValue, unescapeFieldValue } from './escape.js'
export { parseFieldSelector } from './parse.js'
export { EVERYTHING, FieldSelector, type FieldSet } from './selector.js'
