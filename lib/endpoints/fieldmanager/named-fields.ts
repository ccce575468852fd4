import { FieldSet, put } from './field-set.js'
import { DEDUCED, type FieldType, memberOf } from './field-type.js'
import type { PathElement } from './path-element.js'

/**
 * A set with the declared fields that lead to its paths: who owns `spec.replicas` has a say in whether `spec` is there.
 * Entries of maps and items of lists are not added; they are owned by who names them.
 */
export function withNamedFields(declared: FieldType, set: FieldSet): FieldSet {
  if (set.children.size === 0) return set
  const children = new Map<PathElement, FieldSet>()
  for (const [element, below] of set.children) {
    const { named, type } = step(declared, element)
    const inside = withNamedFields(type, below)
    put(children, element, named ? inside.asMember() : inside)
  }
  return FieldSet.of(set.member, children)
}

function step(declared: FieldType, element: PathElement): { readonly named: boolean; readonly type: FieldType } {
  if (declared.kind === 'list') return { named: false, type: declared.items }
  if (declared.kind !== 'map' || !element.startsWith('f:')) return { named: false, type: DEDUCED }
  const name = element.slice(2)
  return { named: declared.fields.has(name), type: memberOf(declared, name).type ?? DEDUCED }
}
