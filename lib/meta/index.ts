/**
 * Room meta: what every API object and every answer has in common. ObjectMeta and its rules, Status and its errors, label and
 * field selectors, options of the verbs, names, Tables. It knows neither HTTP nor storage, and imports no other room.
 */
export type { UserInfo } from './context.js'
export * from './errors.js'
export * as field from './field/index.js'
export { type FieldError, type FieldErrorList, type FieldPath, fieldPath } from './field/index.js'
export * from './options/index.js'
export * from './partial-object-metadata.js'
export * from './status.js'
export * from './table.js'
export * from './types.js'
export * from './validation/index.js'
