import { FieldSet, put } from './field-set.js'
import { type FieldType, memberOf } from './field-type.js'
import type { PathElement } from './path-element.js'

/**
 * Brings a set that was written under an older schema to today's: what has become atomic since is owned as one piece by
 * whoever owned some of it.
 */
export function reconcile(declared: FieldType, set: FieldSet): FieldSet {
  if (set.children.size === 0 || declared.kind === 'deduced' || declared.kind === 'scalar') return set
  if (declared.atomic) return FieldSet.LEAF
  let changed: Map<PathElement, FieldSet> | undefined
  for (const [element, below] of set.children) {
    const type = typeBelow(declared, element)
    const today = type ? reconcile(type, below) : below
    if (today === below) continue
    changed ??= new Map(set.children)
    put(changed, element, today)
  }
  return changed ? FieldSet.of(set.member, changed) : set
}

function typeBelow(declared: Exclude<FieldType, { kind: 'deduced' | 'scalar' }>, element: PathElement) {
  if (declared.kind === 'list') return declared.items
  return element.startsWith('f:') ? memberOf(declared, element.slice(2)).type : undefined
}
