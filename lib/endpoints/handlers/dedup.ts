import type { Context } from '../../meta/context.js'
import type { KubeObject } from '../../meta/types.js'
import { dedupOwnerReferences } from '../../meta/validation/index.js'

/**
 * Takes repeated owners out of an object that is to be stored, and warns of them. Creates and updates look for them before
 * managedFields are written and after admission has run, patches afterwards alone. Changes `object`.
 */
export function dedupOwners(ctx: Context, object: KubeObject, afterMutatingAdmission: boolean): void {
  const references = object.metadata.ownerReferences
  if (!Array.isArray(references) || references.length < 2) return
  const { ownerReferences, warning } = dedupOwnerReferences(references, afterMutatingAdmission)
  if (warning === undefined) return
  object.metadata.ownerReferences = ownerReferences
  ctx.warn(warning)
}
