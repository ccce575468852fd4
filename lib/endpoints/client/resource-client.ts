import { type Context, NON_RESOURCE } from '../../meta/context.js'
import { badRequest, messageOf, methodNotSupported, notFound } from '../../meta/errors.js'
import { parseFieldSelector } from '../../meta/fields/index.js'
import { parseLabelSelector } from '../../meta/labels/index.js'
import type { KubeObject } from '../../meta/types.js'
import type { ListQuery, WriteQuery } from '../../registry/index.js'
import { deepCopy, isJSONObject } from '../../runtime/json/index.js'
import { turnIfLarge } from '../../runtime/steps.js'
import type { StoredObject } from '../../runtime/stored-object.js'
import { deleteValidation } from '../handlers/admission-attributes.js'
import { requireKnownFields } from '../handlers/list-query.js'
import type { MakeUpdate, ObjectWriter } from './object-writer.js'
import { requireDeleteOptions, requireReadOptions, requireWriteOptions } from './option-checks.js'
import type {
  ClientDeleteOptions,
  ClientListOptions,
  ClientWatchOptions,
  ClientWriteOptions,
  ObjectEvent,
  ObjectList,
  ResourceClientOptions,
} from './types.js'

const FIELD_MANAGER = 'in-process'

/** The endpoints that a client speaks to. */
export interface ClientEndpoints {
  readonly main: ObjectWriter
  readonly status: ObjectWriter | undefined
}

/**
 * Reads and writes objects of one kind from within the process, as clients do over HTTP: defaults, validation, admission plugins
 * and managedFields are the same, and errors are the same StatusErrors. Nobody is asked for rights, nothing is audited or held
 * back, and objects are in internal form. What it gives back is the caller's to change; unknown fields are dropped.
 *
 * @example
 * ```ts
 * const client = api.client(jobs, { fieldManager: 'retrier' }).namespace('default')
 * const { items } = await client.list({ labelSelector: 'app=web' })
 * await client.guaranteedUpdate('a', (job) => ({ ...job, spec: { ...job.spec, retries: 5 } }))
 * ```
 */
export class ResourceClient<T extends KubeObject = KubeObject> {
  readonly #endpoints: ClientEndpoints
  readonly #options: ResourceClientOptions
  readonly #namespace: string

  /** @internal `api.client()` makes them. */
  constructor(endpoints: ClientEndpoints, options: ResourceClientOptions = {}, namespace = '') {
    this.#endpoints = endpoints
    this.#options = options
    this.#namespace = namespace
  }

  /** The same client for one namespace; without it, lists and watches are over all of them. */
  namespace(namespace: string): ResourceClient<T> {
    return new ResourceClient(this.#endpoints, this.#options, namespace)
  }

  /** @throws StatusError 404 */
  async get(name: string, options: { readonly resourceVersion?: string } = {}): Promise<T> {
    const { resourceVersion = '' } = options
    return copyOf<T>(await this.#endpoints.main.store.get(this.#context('get', name), name, { resourceVersion }))
  }

  /** @throws StatusError 400 for selectors that cannot be used, 410 for a page that is too old */
  async list(options: ClientListOptions = {}): Promise<ObjectList<T>> {
    const found = await this.#endpoints.main.store.list(this.#context('list'), this.#query(options))
    const items: T[] = []
    let bytes = 0
    for (const item of found.items) {
      items.push(copyOf<T>(item))
      bytes += item.size
      const turn = turnIfLarge(bytes)
      if (turn) bytes = 0
      await turn
    }
    const { resourceVersion, remainingItemCount } = found
    return {
      metadata: {
        resourceVersion,
        ...(found.continue === '' ? {} : { continue: found.continue }),
        ...(remainingItemCount === undefined ? {} : { remainingItemCount }),
      },
      items,
    }
  }

  /**
   * Changes, until the loop is left, a signal is aborted, or the server closes. What ends it otherwise is thrown; an informer is
   * what goes on by itself.
   *
   * @throws StatusError 410 for a resourceVersion that is too old
   */
  async *watch(options: ClientWatchOptions = {}): AsyncGenerator<ObjectEvent<T>, void> {
    const { signal } = this.#options
    const left = new AbortController()
    const signals = [left.signal, ...(signal ? [signal] : []), ...(options.signal ? [options.signal] : [])]
    const ctx = { ...this.#context('watch'), signal: AbortSignal.any(signals) }
    try {
      for await (const event of await this.#endpoints.main.store.watch(ctx, this.#query(options)))
        if (event.type !== 'BOOKMARK') yield { type: event.type, object: copyOf<T>(event.object) }
    } finally {
      left.abort()
    }
  }

  /** @throws StatusError 409 where the name is taken, 422 for what is invalid, and what admission plugins throw */
  async create(object: T, options: ClientWriteOptions = {}): Promise<T> {
    requireMetadata(object)
    const ctx = this.#context('create', object.metadata.name, object)
    return copyOf<T>(await this.#endpoints.main.create(ctx, object, this.#writeQuery(options)))
  }

  /**
   * Replaces an object; its `resourceVersion` says on what the change is based.
   *
   * @throws StatusError 404, 409 when it was changed meanwhile, 422
   */
  update(object: T, options: ClientWriteOptions = {}): Promise<T> {
    return this.#replace(this.#endpoints.main, object, options)
  }

  /**
   * Replaces the status of an object, and nothing else of it.
   *
   * @throws StatusError 404, 405 for a kind without a status of its own, 409, 422
   */
  async updateStatus(object: T, options: ClientWriteOptions = {}): Promise<T> {
    return this.#replace(this.#status, object, options)
  }

  /**
   * Changes what is stored: `change` is given a copy, and a newer one as often as somebody else was faster.
   *
   * @throws StatusError 404, 422, and what `change` throws
   */
  guaranteedUpdate(name: string, change: (object: T) => T | Promise<T>, options: ClientWriteOptions = {}): Promise<T> {
    return this.#change(this.#endpoints.main, name, change, options)
  }

  /** {@link guaranteedUpdate} of the status, and of nothing else. */
  async guaranteedUpdateStatus(
    name: string,
    change: (object: T) => T | Promise<T>,
    options: ClientWriteOptions = {},
  ): Promise<T> {
    return this.#change(this.#status, name, change, options)
  }

  /**
   * Deletes an object, or marks it where finalizers stand in the way.
   *
   * @throws StatusError 404, 409 for preconditions that do not hold, and what admission plugins throw
   */
  async delete(name: string, given: ClientDeleteOptions = {}): Promise<void> {
    requireDeleteOptions(given)
    const { dryRun = false, ...options } = given
    const { store, scope } = this.#endpoints.main
    await store.delete(this.#context('delete', name), name, deleteValidation(scope, dryRun), {
      ...options,
      dryRun: dryRun ? ['All'] : [],
    })
  }

  async #replace(writer: ObjectWriter, object: T, options: ClientWriteOptions): Promise<T> {
    requireMetadata(object)
    const { name = '', uid } = object.metadata
    const ctx = this.#context('update', name, object)
    return copyOf<T>(await writer.update(ctx, name, () => object, this.#writeQuery(options), uid))
  }

  async #change(
    writer: ObjectWriter,
    name: string,
    change: (object: T) => T | Promise<T>,
    options: ClientWriteOptions,
  ): Promise<T> {
    const make: MakeUpdate = async (old) => {
      if (!old) throw notFound(writer.scope.resource, name)
      const changed: unknown = await change(copyOf<T>(old))
      if (!isJSONObject(changed))
        throw new TypeError(`the function that changes ${name} must return the changed object`)
      return changed as unknown as T
    }
    return copyOf<T>(
      await writer.update(this.#context('update', name), name, make, this.#writeQuery(options), undefined),
    )
  }

  get #status(): ObjectWriter {
    const { status, main } = this.#endpoints
    if (!status) throw methodNotSupported(main.scope.resource, 'update of the status')
    return status
  }

  /** The namespace is the client's, or else what the object says. */
  #context(verb: string, name = '', object?: T): Context {
    const { user = { name: '', groups: [] }, signal = new AbortController().signal } = this.#options
    const { group: apiGroup, version: apiVersion, resource } = this.#endpoints.main.scope.resource
    const namespace = this.#namespace || (object?.metadata.namespace ?? '')
    const about = { isResourceRequest: true, verb, apiGroup, apiVersion, namespace, resource, name }
    return { signal, deadline: undefined, user, requestInfo: { ...NON_RESOURCE, ...about }, warn() {} }
  }

  #writeQuery(options: ClientWriteOptions): WriteQuery {
    requireWriteOptions(options)
    const { dryRun = false } = options
    return { dryRun, fieldManager: this.#options.fieldManager ?? FIELD_MANAGER }
  }

  #query(options: ClientListOptions): ListQuery {
    requireReadOptions(options)
    const fieldSelector = parsed(() => parseFieldSelector(options.fieldSelector ?? ''))
    requireKnownFields(this.#endpoints.main.scope, fieldSelector)
    return {
      labelSelector: parsed(() => parseLabelSelector(options.labelSelector ?? '')),
      fieldSelector,
      resourceVersion: options.resourceVersion ?? '',
      resourceVersionMatch: '',
      limit: options.limit ?? 0,
      continue: options.continue ?? '',
      allowWatchBookmarks: false,
      sendInitialEvents: undefined,
    }
  }
}

/** What is stored is shared by all who read it. */
/** A program without types may give none. */
function requireMetadata(object: KubeObject | undefined): void {
  if (!isJSONObject(object?.metadata)) throw new TypeError('the object to be written needs metadata, with a name')
}

const copyOf = <T extends KubeObject>(stored: StoredObject): T => deepCopy(stored.object) as T

/** @throws StatusError 400 for a selector that is none */
function parsed<S>(parse: () => S): S {
  try {
    return parse()
  } catch (err) {
    throw badRequest(messageOf(err))
  }
}
