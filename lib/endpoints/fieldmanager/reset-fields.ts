import type { Comparison } from './compare.js'
import { FieldSet } from './field-set.js'
import { fieldElement, type PathElement } from './path-element.js'

/**
 * Storages whose endpoint ignores part of what is written say which: `status` of the main resource where it has an endpoint
 * of its own. Nobody comes to own those fields there.
 */
export interface ResetFieldsStorage {
  /** Names of top-level fields. */
  resetFields(): readonly string[]
}

/** What one endpoint does not write. */
export interface ResetFields {
  /** The set without it. */
  filter(set: FieldSet): FieldSet
  exclude(comparison: Comparison): Comparison
}

const NONE: ResetFields = { filter: (set) => set, exclude: (comparison) => comparison }

/** `…/status` writes status alone; other endpoints leave out what their storage says. */
export function resetFieldsOf(subresource: string, storage: object): ResetFields {
  if (subresource === 'status') return resetting((set) => only(set, fieldElement('status')))
  const reset = isResetFieldsStorage(storage) ? storage.resetFields() : []
  if (reset.length === 0) return NONE
  const fields = FieldSet.ofPaths(...reset.map((name) => [fieldElement(name)]))
  return resetting((set) => set.recursiveDifference(fields))
}

const isResetFieldsStorage = (storage: object): storage is ResetFieldsStorage =>
  'resetFields' in storage && typeof storage.resetFields === 'function'

function only(set: FieldSet, element: PathElement): FieldSet {
  const below = set.at(element)
  return below.isEmpty ? FieldSet.EMPTY : FieldSet.of(false, new Map([[element, below]]))
}

function resetting(filter: (set: FieldSet) => FieldSet): ResetFields {
  return {
    filter,
    exclude: ({ added, modified, removed }) => ({
      added: filter(added),
      modified: filter(modified),
      removed: filter(removed),
    }),
  }
}
