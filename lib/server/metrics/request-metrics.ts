import type { Registry } from 'prom-client'
import type { RequestContext } from '../../endpoints/index.js'
import type { RequestInfo } from '../../meta/context.js'
import { getOrAdd } from '../../meta/get-or-add.js'
import type { ResourceDefinition } from '../define-resource.js'
import { RequestFamilies, RequestSeries } from './request-series.js'

/** Paths beside the API that have series of their own; all others share one. */
const PATHS: ReadonlySet<string> = new Set([
  '/healthz',
  '/livez',
  '/readyz',
  '/metrics',
  '/version',
  '/api',
  '/apis',
  '/openapi/v2',
  '/openapi/v3',
])

const METHODS: ReadonlyMap<string, string> = new Map([
  ['GET', 'GET'],
  ['HEAD', 'GET'],
  ['POST', 'POST'],
  ['PUT', 'PUT'],
  ['PATCH', 'PATCH'],
  ['DELETE', 'DELETE'],
])
const VERBS: ReadonlyMap<string, string> = new Map([
  ['get', 'GET'],
  ['list', 'LIST'],
  ['watch', 'WATCH'],
  ['create', 'POST'],
  ['update', 'PUT'],
  ['patch', 'PATCH'],
  ['delete', 'DELETE'],
  ['deletecollection', 'DELETECOLLECTION'],
  ['proxy', 'CONNECT'],
])
const OTHER = 'other'

/**
 * Finds the series of a request by what is served, so that strangers cannot make up new ones: unknown resources, verbs
 * and paths share theirs. Nested maps of texts that are there already: nothing is joined or hashed twice.
 */
export class RequestMetrics {
  readonly #families: RequestFamilies
  readonly #groups = new Map<string, Map<string, Map<string, ResourceNode>>>()
  readonly #others = new Map<string, Map<string, RequestSeries>>()

  constructor(registry: Registry, resources: readonly ResourceDefinition[]) {
    this.#families = new RequestFamilies(registry)
    for (const resource of resources) for (const { kind } of resource.versions) this.#add(resource, kind.gvk.version)
  }

  /** Serves further resources, with all names below them. */
  serve(group: string, version: string, resource: string, subresources: Iterable<string>): void {
    const versions = getOrAdd(this.#groups, group, () => new Map<string, Map<string, ResourceNode>>())
    const nodes = getOrAdd(versions, version, () => new Map<string, ResourceNode>())
    nodes.set(resource, new ResourceNode(this.#families, { group, version, resource }, new Set(subresources)))
  }

  seriesOf({ head, requestInfo, path }: RequestContext): RequestSeries {
    if (requestInfo?.isResourceRequest) {
      const { apiGroup, apiVersion, resource } = requestInfo
      const node = this.#groups.get(apiGroup)?.get(apiVersion)?.get(resource)
      if (node) return node.series(requestInfo, head.headers['content-type'], head.url)
    }
    const verb = METHODS.get(head.method) ?? OTHER
    return this.#other(verb, PATHS.has(path) ? path : '')
  }

  #add({ group, plural, options }: ResourceDefinition, version: string): void {
    const subresources = [...(options.statusSubresource ? ['status'] : []), ...Object.keys(options.subresources ?? {})]
    this.serve(group, version, plural, subresources)
  }

  #other(verb: string, subresource: string): RequestSeries {
    const byPath = getOrAdd(this.#others, verb, () => new Map<string, RequestSeries>())
    return getOrAdd(byPath, subresource, () => {
      const labels = { verb, group: '', version: '', resource: '', subresource, scope: '' }
      return new RequestSeries(this.#families, labels, '')
    })
  }
}

/** The series of one resource in one version. */
class ResourceNode {
  readonly #series = new Map<string, Map<string, Map<string, RequestSeries>>>()

  constructor(
    private readonly families: RequestFamilies,
    private readonly resource: { readonly group: string; readonly version: string; readonly resource: string },
    private readonly subresources: ReadonlySet<string>,
  ) {}

  series(info: RequestInfo, contentType: string | undefined, url: string | undefined): RequestSeries {
    const known = info.subresource === '' || this.subresources.has(info.subresource)
    const verb = known ? verbOf(info, contentType) : OTHER
    const subresource = known ? info.subresource : ''
    const scope = scopeOf(info)
    const bySub = getOrAdd(this.#series, verb, () => new Map<string, Map<string, RequestSeries>>())
    const byScope = getOrAdd(bySub, subresource, () => new Map<string, RequestSeries>())
    const dryRun = url?.includes('dryRun=All') ? 'All' : ''
    const key = dryRun === '' ? scope : DRY_RUN[scope]
    return getOrAdd(byScope, key, () => {
      const labels = { ...this.resource, verb, subresource, scope }
      return new RequestSeries(this.families, labels, dryRun)
    })
  }
}

function verbOf({ verb }: RequestInfo, contentType: string | undefined): string {
  if (verb === 'patch' && contentType?.startsWith('application/apply-patch+')) return 'APPLY'
  return VERBS.get(verb) ?? OTHER
}

type Scope = 'resource' | 'namespace' | 'cluster'
const DRY_RUN: Readonly<Record<Scope, string>> = {
  resource: 'resource, dry run',
  namespace: 'namespace, dry run',
  cluster: 'cluster, dry run',
}

function scopeOf({ name, verb, namespace }: RequestInfo): Scope {
  if (name !== '' || verb === 'create') return 'resource'
  return namespace === '' ? 'cluster' : 'namespace'
}
