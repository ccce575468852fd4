import { unclassified } from '../../meta/errors.js'
import { StatusError } from '../../meta/status.js'
import { now as currentTime } from '../../meta/time.js'
import type { KubeObject, ManagedFieldsEntry } from '../../meta/types.js'
import { deepCopy, deepEqual } from '../../runtime/json/index.js'
import type { KindVersion } from '../../runtime/kind.js'
import { UnmarshalTypeError } from '../../runtime/schema/index.js'
import type { Scheme } from '../../runtime/scheme.js'
import { finish, type Steps } from '../../runtime/steps.js'
import { objectText, refuseManagedFields, requireKind, typedConfig } from './applied-config.js'
import { capUpdateManagers } from './cap-managers.js'
import { isSame } from './compare.js'
import { ApplyConflictError } from './conflicts.js'
import type { FieldSet } from './field-set.js'
import { fieldTypeOf } from './field-type.js'
import { FieldsV1Error } from './fields-v1.js'
import { decodedManagers, isReset, readable } from './known-managers.js'
import { KUBECTL, setByClientSideApply, updateLastApplied } from './last-applied.js'
import {
  decodeManagers,
  encodeManagers,
  type Manager,
  type ManagerOperation,
  type Managers,
  managerIdentifier,
  storedManagers,
  withFields,
} from './managers.js'
import { merge } from './merge.js'
import { NEVER_OWNED } from './never-owned.js'
import { OwnedFields } from './owned-fields.js'
import { prune } from './prune.js'
import { reconcile } from './reconcile.js'
import { type ResetFields, resetFieldsOf } from './reset-fields.js'
import { changeOf, takeFields } from './take-fields.js'
import { toFieldSet } from './to-field-set.js'
import { TypedValueError } from './typed-error.js'
import { fromInternal, kindIn, type VersionedValue, versionedValue } from './versioned-value.js'
import { zeroObject } from './zero-object.js'

/** The endpoint whose writes are tracked. */
export interface FieldManagerScope {
  readonly kind: KindVersion
  readonly scheme: Scheme
  readonly subresource: string
}

/** Makes an applied object one of its kind, in internal form: types, unknown fields, defaults. May change what it is given. */
export type AdmitApplied = (object: KubeObject) => Steps<KubeObject>

export interface ApplyOptions {
  readonly manager: string
  /** Whether fields that others own are taken from them. */
  readonly force: boolean
  readonly admit: AdmitApplied
}

/** Who has everything that was there before anybody applied. */
const BEFORE_FIRST_APPLY = 'before-first-apply'
const UNKNOWN = 'unknown'

/**
 * Tracks which manager set which field of the objects of one endpoint, and merges what managers apply (server-side apply,
 * KEP-555).
 *
 * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/
 */
export class FieldManager {
  readonly #scope: FieldManagerScope
  readonly #reset: ResetFields
  readonly #now: () => string
  readonly #zero: VersionedValue

  /** @param storage asked for the fields that it ignores */
  constructor(scope: FieldManagerScope, storage: object, now: () => string = currentTime) {
    this.#scope = scope
    this.#reset = resetFieldsOf(scope.subresource, storage)
    this.#now = now
    this.#zero = versionedValue(scope.kind, zeroObject(scope.kind))
  }

  /**
   * Notes a create, an update or a patch in `object.metadata.managedFields`. Changes `object`.
   *
   * @param live what is stored, in internal form; undefined for a create
   * @param object what shall be stored, in internal form
   * @param manager name of who writes
   * @example
   * ```ts
   * fieldManager.update(old?.object, updated, 'kubectl-edit')
   * ```
   */
  update(live: KubeObject | undefined, object: KubeObject, manager: string): void {
    finish(this.updateSteps(live, object, manager))
  }

  /** {@link update}, pausing after each pass over the object. */
  *updateSteps(live: KubeObject | undefined, object: KubeObject, manager: string): Steps<void> {
    setManagedFields(object, yield* this.#trackedOrKept(live, object, manager))
  }

  /**
   * Merges a configuration into what is stored (server-side apply).
   *
   * @param live what is stored, in internal form; undefined where there is nothing yet
   * @param config the configuration as it came, in the version of the endpoint
   * @returns the object in internal form, with managedFields; nothing of it is shared with `live`
   * @throws ApplyConflictError (409), StatusError 400 for another kind or given managedFields, Error for a configuration
   * that does not fit its type
   */
  apply(live: KubeObject | undefined, config: KubeObject, options: ApplyOptions): KubeObject {
    return finish(this.applySteps(live, config, options))
  }

  /** {@link apply}, pausing after each pass over the object. */
  *applySteps(live: KubeObject | undefined, config: KubeObject, options: ApplyOptions): Steps<KubeObject> {
    const { kind } = this.#scope
    requireKind(kind, config)
    const managers = yield* decodedManagers(live)
    refuseManagedFields(config)
    const applied = typedConfig(kind, config)
    yield
    const before = live ? fromInternal(kind, live) : this.#zero
    if (live && managers.size === 0) {
      const everything = changeOf(this.#scope.scheme, this.#reset, this.#zero, before)
      yield
      this.#own(managers, BEFORE_FIRST_APPLY, everything.comparison.added.union(everything.comparison.modified))
      yield
    }
    const reconciled = this.#reconciled(managers)
    yield
    const result = yield* this.#applyAs(before, applied, reconciled, options)
    const changed = live === undefined || !deepEqual(before.object, result.value.object)
    yield
    const object = changed ? yield* admitted(config, options.admit, result.value.object) : deepCopy(live)
    yield
    this.#stamp(result.managers, result.id, changed)
    setManagedFields(object, yield* encodeManagers(result.managers))
    if (options.manager === KUBECTL) updateLastApplied(object, config)
    return object
  }

  *#trackedOrKept(
    live: KubeObject | undefined,
    object: KubeObject,
    manager: string,
  ): Steps<ManagedFieldsEntry[] | undefined> {
    try {
      return yield* this.#tracked(live, object, manager)
    } catch (err) {
      // A list without its keys: the schema will refuse the object, or did not know the rule yet when it was stored.
      if (err instanceof TypedValueError) return live?.metadata.managedFields
      // What is stored cannot be read: nobody knows any more who owned what.
      if (err instanceof FieldsV1Error) return undefined
      throw err
    }
  }

  *#tracked(
    live: KubeObject | undefined,
    object: KubeObject,
    manager: string,
  ): Steps<ManagedFieldsEntry[] | undefined> {
    yield
    const { managers, stored } = yield* this.#managersOf(live, object)
    // Somebody asked that nothing be tracked here; that ends with the first apply.
    if (live && managers.size === 0) return undefined
    const { kind, scheme } = this.#scope
    const before = live ? fromInternal(kind, live) : this.#zero
    const change = changeOf(scheme, this.#reset, before, fromInternal(kind, object))
    yield
    if (stored && isSame(change.comparison)) return stored
    yield* takeFields(change, managers, undefined, true)
    const { added, modified } = change.comparison
    this.#own(managers, manager, added.union(modified))
    yield
    return yield* encodeManagers(managers)
  }

  /** Managers may be given by a client, to correct or to reset them; what makes no sense is passed over. */
  *#managersOf(
    live: KubeObject | undefined,
    object: KubeObject,
  ): Steps<{ readonly managers: Managers; readonly stored?: ManagedFieldsEntry[] | undefined }> {
    const stored = live?.metadata.managedFields
    const given = object.metadata.managedFields
    const isOwn = this.#scope.subresource === '' && given !== undefined && !deepEqual(given, stored)
    yield
    if (isOwn) {
      if (isReset(given)) return { managers: new Map() }
      const managers = readable(() => decodeManagers(given))
      yield
      if (managers.size > 0) return { managers }
    }
    return { managers: readable(() => storedManagers(stored)), stored }
  }

  /** Gives an updater what it changed; its share is new as of now. */
  #own(managers: Managers, name: string, changed: FieldSet): void {
    const fields = changed.difference(NEVER_OWNED)
    if (!fields.isEmpty) {
      const writer = this.#manager(name, 'Update', fields)
      const id = managerIdentifier(writer)
      const known = managers.get(id)
      managers.set(id, known ? withFields(writer, fields.union(known.fields.set)) : writer)
    }
    capUpdateManagers(managers)
  }

  #manager(name: string, operation: ManagerOperation, fields: FieldSet): Manager {
    const { kind, subresource } = this.#scope
    const { apiVersion } = kind
    const time = this.#now()
    const manager = name === '' ? UNKNOWN : name
    return { manager, operation, apiVersion, subresource, time, fields: OwnedFields.of(fields) }
  }

  /** The sets of all managers as today's schema of their version reads them. */
  #reconciled(managers: Managers): Managers {
    const { scheme, kind } = this.#scope
    return new Map(
      [...managers].map(([id, manager]) => {
        const served = kindIn(scheme, kind, manager.apiVersion)
        return [id, served ? withFields(manager, reconcile(fieldTypeOf(served.schema), manager.fields.set)) : manager]
      }),
    )
  }

  *#applyAs(before: VersionedValue, applied: VersionedValue, managers: Managers, options: ApplyOptions): Steps<Merged> {
    try {
      return yield* this.#merge(before, applied, managers, options)
    } catch (err) {
      if (!(err instanceof ApplyConflictError) || options.manager !== KUBECTL) throw err
      const own = setByClientSideApply(before)
      const foreign = [...err.conflicts].map(([id, set]) => [id, set.difference(own)] as const)
      const conflicts = new Map(foreign.filter(([, set]) => !set.isEmpty))
      if (conflicts.size > 0) throw new ApplyConflictError(conflicts, managers)
      return yield* this.#merge(before, applied, managers, { ...options, force: true })
    }
  }

  *#merge(
    before: VersionedValue,
    applied: VersionedValue,
    known: Managers,
    { manager, force }: ApplyOptions,
  ): Steps<Merged> {
    const { kind, scheme } = this.#scope
    const managers = new Map(known)
    const fields = this.#reset.filter(toFieldSet(applied.type, applied.object)).difference(NEVER_OWNED)
    yield
    const applier = this.#manager(manager, 'Apply', fields)
    const id = managerIdentifier(applier)
    const last = managers.get(id)
    managers.set(id, { ...applier, time: last?.time })
    const merged = versionedValue(kind, merge(before.type, before.object, applied.object) as KubeObject)
    yield
    const value = yield* prune(scheme, merged, last, managers, applied)
    const change = changeOf(scheme, this.#reset, before, value)
    yield
    yield* takeFields(change, managers, id, force)
    return { value, managers, id }
  }

  /** An applier that applies nothing is none; the time of one whose apply changed nothing stays. */
  #stamp(managers: Managers, id: string, changed: boolean): void {
    const applier = managers.get(id)!
    if (applier.fields.set.isEmpty) managers.delete(id)
    else if (changed) managers.set(id, { ...applier, time: this.#now() })
  }
}

/** An apply before it is stored. */
interface Merged {
  readonly value: VersionedValue
  readonly managers: Managers
  readonly id: string
}

function setManagedFields(object: KubeObject, entries: ManagedFieldsEntry[] | undefined): void {
  if (entries === undefined) delete object.metadata.managedFields
  else object.metadata.managedFields = entries
}

function* admitted(config: KubeObject, admit: AdmitApplied, object: KubeObject): Steps<KubeObject> {
  const copy = deepCopy(object)
  yield
  try {
    return yield* admit(copy)
  } catch (err) {
    // A hook's own error is nobody's business but the log's.
    if (!(err instanceof StatusError || err instanceof UnmarshalTypeError)) throw err
    throw unclassified(`failed to convert new object (${objectText(config)}) to proper version: ${err.message}`)
  }
}
