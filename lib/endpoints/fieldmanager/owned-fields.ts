import { isJSONObject, ownProperty } from '../../runtime/json/index.js'
import type { FieldSet } from './field-set.js'
import { decodeFieldsV1, encodeFieldsV1 } from './fields-v1.js'

/** A manager's set: as stored, read only when somebody needs it, or made anew, written only when it is stored. */
export class OwnedFields {
  #set: FieldSet | undefined
  #written: Record<string, unknown> | undefined

  private constructor(set: FieldSet | undefined, written: Record<string, unknown> | undefined) {
    this.#set = set
    this.#written = written
  }

  static of(set: FieldSet): OwnedFields {
    return new OwnedFields(set, undefined)
  }

  /** A set as this server stored it: what a writer does not touch is written back as it is. */
  static stored(fieldsV1: Record<string, unknown>): OwnedFields {
    return new OwnedFields(undefined, fieldsV1)
  }

  /** The same, read already. */
  static read(set: FieldSet, fieldsV1: Record<string, unknown>): OwnedFields {
    return new OwnedFields(set, fieldsV1)
  }

  /** @throws FieldsV1Error for a stored set that cannot be read */
  get set(): FieldSet {
    this.#set ??= decodeFieldsV1(this.#written)
    return this.#set
  }

  written(): Record<string, unknown> {
    this.#written ??= encodeFieldsV1(this.set)
    return this.#written
  }

  /** The same object where the set is the same. */
  with(set: FieldSet): OwnedFields {
    return set === this.#set ? this : OwnedFields.of(set)
  }

  /** Whether one of the paths, or something below one, may be owned. False = the set need not be read. */
  mayOwn(paths: FieldSet): boolean {
    if (this.#set !== undefined || this.#written === undefined) return true
    return mentions(this.#written, paths)
  }
}

function mentions(fieldsV1: Record<string, unknown>, paths: FieldSet): boolean {
  for (const [element, below] of paths.children) {
    const branch = ownProperty(fieldsV1, element)
    if (branch !== undefined && (below.member || !isJSONObject(branch) || mentions(branch, below))) return true
  }
  return false
}
