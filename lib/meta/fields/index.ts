/** Field selectors: their query form, and matching. */
export { escapeFieldValue, unescapeFieldValue } from './escape.js'
export { parseFieldSelector } from './parse.js'
export {
  EVERYTHING,
  type FieldRequirement,
  FieldSelector,
  type FieldSet,
  type FieldTransform,
  fieldEquals,
  metadataFieldsOnly,
} from './selector.js'
