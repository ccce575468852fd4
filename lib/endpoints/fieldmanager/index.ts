/** Field management (KEP-555): who set which field of an object, and the merge of what managers apply. */
export { guardManagedFields } from './admission.js'
export { ApplyConflictError } from './conflicts.js'
export { FieldManager } from './field-manager.js'
export { saysNoManagers } from './reset-request.js'
