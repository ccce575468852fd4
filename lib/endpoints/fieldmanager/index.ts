/** Field management (KEP-555): who set which field of an object, and the merge of what managers apply. */
export { guardManagedFields } from './admission.js'
export { ApplyConflictError } from './conflicts.js'
export { type AdmitApplied, type ApplyOptions, FieldManager, type FieldManagerScope } from './field-manager.js'
export type { ResetFieldsStorage } from './reset-fields.js'
export { saysNoManagers } from './reset-request.js'
