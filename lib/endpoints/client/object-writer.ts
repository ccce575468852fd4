import type { Context } from '../../meta/context.js'
import { badRequest } from '../../meta/errors.js'
import type { KubeObject } from '../../meta/types.js'
import { ensureNamespaceMatches } from '../../registry/before.js'
import type { RegistryStore, WriteQuery } from '../../registry/index.js'
import { decodeJSON, encodeJSON } from '../../runtime/json/index.js'
import type { KindVersion } from '../../runtime/kind.js'
import { UnmarshalTypeError } from '../../runtime/schema/index.js'
import { paced, type Steps } from '../../runtime/steps.js'
import type { StoredObject } from '../../runtime/stored-object.js'
import { FieldManager, guardManagedFields } from '../fieldmanager/index.js'
import { attributesOf, createValidation, updateValidation } from '../handlers/admission-attributes.js'
import { admitFields, internalForm } from '../handlers/decode.js'
import { dedupOwners } from '../handlers/dedup.js'
import { trackedIfItFits } from '../handlers/tracked.js'
import type { RequestScope } from '../request-scope.js'

/** Makes the new state of what is stored; asked again when somebody else was faster. Given nothing that is shared. */
export type MakeUpdate = (old: StoredObject | undefined) => Promise<KubeObject> | KubeObject

/**
 * Writes to one endpoint, a resource or its status, from within the process: all that its HTTP handlers do between a body and an
 * answer. Objects come in internal form, and are read as the stored version of the kind: types, unknown fields, defaults.
 */
export class ObjectWriter {
  readonly #fields: FieldManager

  constructor(
    readonly scope: RequestScope,
    readonly store: RegistryStore,
  ) {
    this.#fields = new FieldManager(scope, store)
  }

  async create(ctx: Context, given: KubeObject, query: WriteQuery): Promise<StoredObject> {
    const { scope } = this
    const namespace = ctx.requestInfo?.namespace ?? ''
    const { object, bytes } = await admitted(given, scope.kind)
    ensureNamespaceMatches(object, namespace, scope.namespaced)
    if (scope.namespaced && !object.metadata.namespace) throw badRequest('Namespace parameter required.')
    dedupOwners(ctx, object, false)
    await paced(bytes, this.#fields.updateSteps(undefined, object, query.fieldManager))
    await this.#mutate(ctx, object, undefined, query)
    const validate = createValidation(scope, query.dryRun)
    return trackedIfItFits((tracked) => {
      if (!tracked) delete object.metadata.managedFields
      return this.store.create(ctx, object, validate, query)
    })
  }

  /** @param uid of the object that is meant, if one is */
  async update(
    ctx: Context,
    name: string,
    make: MakeUpdate,
    query: WriteQuery,
    uid: string | undefined,
  ): Promise<StoredObject> {
    const { scope } = this
    const request = {
      ...query,
      forceAllowCreate: false,
      createValidation: createValidation(scope, query.dryRun),
      updateValidation: updateValidation(scope, query.dryRun),
    }
    const preconditions = uid ? { uid } : undefined
    const { object } = await trackedIfItFits((tracked) => {
      const updatedObject = async (_: Context, old: StoredObject | undefined) =>
        this.#updated(ctx, name, await make(old), old, { ...query, tracked })
      return this.store.update(ctx, name, { preconditions, updatedObject }, request)
    })
    return object
  }

  async #updated(
    ctx: Context,
    name: string,
    given: KubeObject,
    old: StoredObject | undefined,
    query: WriteQuery & { readonly tracked: boolean },
  ): Promise<KubeObject> {
    const { object, bytes } = await admitted(given, this.scope.kind)
    if (object.metadata.name !== name)
      throw badRequest(`the name of the object (${object.metadata.name ?? ''}) is not the one to be updated (${name})`)
    ensureNamespaceMatches(object, ctx.requestInfo?.namespace ?? '', this.scope.namespaced)
    dedupOwners(ctx, object, false)
    if (query.tracked) await paced(bytes, this.#fields.updateSteps(old?.object, object, query.fieldManager))
    else delete object.metadata.managedFields
    await this.#mutate(ctx, object, old, query)
    return object
  }

  async #mutate(
    ctx: Context,
    object: KubeObject,
    old: StoredObject | undefined,
    { dryRun }: WriteQuery,
  ): Promise<void> {
    const operation = old ? 'UPDATE' : 'CREATE'
    const { admission } = this.scope
    if (admission.mutates(operation)) {
      const { managedFields } = object.metadata
      await admission.admit(ctx, attributesOf(ctx, this.scope, operation, object, old?.object, dryRun))
      guardManagedFields((text) => ctx.warn(text), object, managedFields)
    }
    dedupOwners(ctx, object, true)
  }
}

/** A copy as a body would have brought it: only what JSON can say, in the shape of its kind. */
async function admitted(
  given: KubeObject,
  kind: KindVersion,
): Promise<{ readonly object: KubeObject; readonly bytes: number }> {
  const json = encodeJSON(given)
  const object = decodeJSON(json).value as KubeObject
  return { object: await paced(json.length, inForm(object, kind)), bytes: json.length }
}

function* inForm(object: KubeObject, kind: KindVersion): Steps<KubeObject> {
  const versioned = { ...kind.fromInternal(object), kind: kind.gvk.kind, apiVersion: kind.apiVersion }
  try {
    return internalForm((yield* admitFields(versioned, kind)).object, kind)
  } catch (err) {
    throw err instanceof UnmarshalTypeError ? badRequest(err.message) : err
  }
}
