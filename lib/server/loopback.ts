import { type ClientEndpoints, ResourceClient, type ResourceClientOptions } from '../endpoints/index.js'
import { requireKnownOptions } from '../meta/known-options.js'
import type { KubeObject } from '../meta/types.js'
import { Informer, type RegistryStore } from '../registry/index.js'
import type { ResourceDefinition } from './define-resource.js'
import { Informers } from './informers.js'
import type { Logger } from './logger.js'
import { resourceKey } from './resource-key.js'

/** How code in the same process reaches the resources that a server serves; Kubernetes calls its clients of that kind so. */
export class Loopback {
  readonly #stores: ReadonlyMap<string, RegistryStore>
  readonly #clients: ReadonlyMap<string, ClientEndpoints>
  readonly #logger: Logger
  readonly #informers = new Informers()

  /** @param served stores and endpoints by `plural.group` */
  constructor(
    served: {
      readonly stores: ReadonlyMap<string, RegistryStore>
      readonly clients: ReadonlyMap<string, ClientEndpoints>
    },
    logger: Logger,
  ) {
    this.#stores = served.stores
    this.#clients = served.clients
    this.#logger = logger
  }

  /** The store of a resource, for admission plugins and controllers. */
  store(resource: string | ResourceDefinition): RegistryStore {
    return servedAs(this.#stores, keyOf(resource))
  }

  /** Reads and writes a resource's objects as over HTTP, but for rights and audit. */
  client<T extends KubeObject>(
    resource: string | ResourceDefinition<T>,
    options?: ResourceClientOptions,
  ): ResourceClient<T> {
    if (options) requireKnownOptions('client', options, { fieldManager: 'text', user: 'object', signal: 'object' })
    return new ResourceClient<T>(servedAs(this.#clients, keyOf(resource)), options)
  }

  /** A watch-fed list of a resource's objects, ended by {@link stop}. */
  informer<T extends KubeObject>(resource: string | ResourceDefinition<T>): Informer<T> {
    const key = keyOf(resource)
    const informer = new Informer<T>(this.store(resource), (err) =>
      this.#logger.error({ err, resource: key }, 'a listener of an informer failed'),
    )
    this.#informers.add(key, informer)
    return informer
  }

  /** Resources whose informers have not seen everything yet, each as often as informers of it wait. */
  unsynced(): readonly string[] {
    return this.#informers.unsynced()
  }

  /** Ends the informers. */
  stop(): void {
    this.#informers.stop()
  }
}

function keyOf(resource: string | ResourceDefinition): string {
  if (typeof resource === 'string') return resource
  if (resource?.plural === undefined) throw new TypeError('a resource is what defineResource made, or `plural.group`')
  return resourceKey(resource)
}

function servedAs<T>(served: ReadonlyMap<string, T>, key: string): T {
  const found = served.get(key)
  if (!found) throw new Error(`no resource ${key} is served; there are ${[...served.keys()].join(', ')}`)
  return found
}
