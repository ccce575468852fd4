/** The options of each verb: their types, how a query or a body is read, and what is refused. */
export {
  decodeCreateOptions,
  decodeDeleteOptions,
  decodeGetOptions,
  decodeListOptions,
  decodePatchOptions,
  decodeUpdateOptions,
  setListOptionsDefaults,
} from './decode.js'
export { deleteOptionsFromBody } from './delete-options-body.js'
export { type Query, queryBool, queryInt, queryString } from './query.js'
export * from './types.js'
export {
  type OptionsKind,
  refuseInvalidOptions,
  validateDeleteOptions,
  validateListOptions,
  validatePatchOptions,
  validateWriteOptions,
} from './validate.js'
