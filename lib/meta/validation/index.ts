/** Checks of names and of an object's metadata. */
export { MAX_FIELD_MANAGER_BYTES, validateFieldManager } from './field-manager.js'
export {
  FINALIZER_DELETE_DEPENDENTS,
  FINALIZER_ORPHAN_DEPENDENTS,
  validateFinalizers,
  validateNoNewFinalizers,
} from './finalizers.js'
export { MAX_ANNOTATIONS_BYTES, validateAnnotations, validateLabels } from './labels.js'
export { validateManagedFields } from './managed-fields.js'
export * from './names.js'
export { type ObjectMetaRules, validateImmutable, validateObjectMeta, validateObjectMetaUpdate } from './object-meta.js'
export { type DedupedOwnerReferences, dedupOwnerReferences, validateOwnerReferences } from './owner-references.js'
