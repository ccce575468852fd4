/**
 * Room meta: what every API object and every answer has in common. ObjectMeta and its rules, Status and its errors, label and
 * field selectors, options of the verbs, names, Tables. It knows neither HTTP nor storage, and imports no other room.
 */
export {
  type BackgroundOptions,
  backgroundContext,
  type Context,
  inNamespace,
  type RequestInfo,
  type UserInfo,
} from './context.js'
export * from './errors.js'
export * as field from './field/index.js'
export { type FieldError, type FieldErrorList, FieldErrors, type FieldPath, fieldPath } from './field/index.js'
export * as fields from './fields/index.js'
export { FieldSelector, type FieldSet, parseFieldSelector } from './fields/index.js'
export { genericServerResponse } from './generic-server-response.js'
export * as go from './go/index.js'
export { type GroupKind, groupKindString } from './group-kind.js'
export * as labels from './labels/index.js'
export { LabelSelector, parseLabelSelector } from './labels/index.js'
export { generateName } from './names/generate.js'
export * from './options/index.js'
export * from './partial-object-metadata.js'
export { parseObjectResourceVersion, parseResourceVersion } from './resource-version.js'
export * from './status.js'
export * from './table.js'
export { formatTime, now, parseTime, timeError } from './time.js'
export * from './types.js'
export * from './validation/index.js'
