import { createHash } from 'node:crypto'
import { encodeJSON } from '../../runtime/json/index.js'
import { parseAccept } from '../negotiation/accept.js'
import type { RequestContext } from '../request/request-context.js'
import { setStandardHeaders } from '../response/headers.js'
import { writeBody } from '../response/write.js'
import type { APIResource } from './api-resource.js'

/** One version of a group with its resources. */
export interface DiscoveredVersion {
  readonly version: string
  readonly resources: readonly APIResource[]
}

export interface DiscoveredGroup {
  readonly name: string
  readonly versions: readonly DiscoveredVersion[]
}

const GROUP = 'apidiscovery.k8s.io'
const VERSIONS: ReadonlySet<string> = new Set(['v2', 'v2beta1'])

/** The aggregated form of discovery: all groups, versions and resources in one document (KEP-3352). */
export class AggregatedDiscovery {
  readonly #bodies = new Map<string, { bytes: Buffer; etag: string }>()

  constructor(private readonly groups: readonly DiscoveredGroup[]) {}

  /** Answers if the best clause that can be served asks for this form; false leaves the request to the older documents. */
  async tryServe(ctx: RequestContext): Promise<boolean> {
    const version = askedVersion(ctx.request.headers.accept ?? '')
    if (version === undefined) return false
    const { bytes, etag } = this.#body(version)
    const { response, request } = ctx
    response.setHeader('ETag', etag)
    response.appendHeader('Vary', 'Accept')
    response.setHeader('Cache-Control', 'public')
    if (request.headers['if-none-match'] === etag) {
      setStandardHeaders(ctx)
      response.writeHead(304).end()
      return true
    }
    await writeBody(ctx, 200, `application/json;g=${GROUP};v=${version};as=APIGroupDiscoveryList`, bytes)
    return true
  }

  #body(version: string): { bytes: Buffer; etag: string } {
    const known = this.#bodies.get(version)
    if (known) return known
    const items = this.groups.map(groupItem)
    const bytes = encodeJSON({ kind: 'APIGroupDiscoveryList', apiVersion: `${GROUP}/${version}`, metadata: {}, items })
    const body = { bytes, etag: `"${createHash('sha512').update(bytes).digest('hex').toUpperCase()}"` }
    this.#bodies.set(version, body)
    return body
  }
}

/** The version that the first clause we can serve asks for; undefined when that is one of the older documents. */
function askedVersion(accept: string): string | undefined {
  if (!accept.includes(GROUP)) return undefined
  for (const { type, subtype, params } of parseAccept(accept)) {
    if (type !== 'application' && type !== '*') continue
    const asked = params.get('as')
    if (asked === undefined) return undefined
    const version = params.get('v') ?? ''
    const json = type === 'application' && subtype === 'json'
    if (json && asked === 'APIGroupDiscoveryList' && params.get('g') === GROUP && VERSIONS.has(version)) return version
  }
  return undefined
}

function groupItem(group: DiscoveredGroup): unknown {
  return {
    metadata: { name: group.name, creationTimestamp: null },
    versions: group.versions.map(({ version, resources }) => ({
      version,
      resources: resources
        .filter(({ name }) => !name.includes('/'))
        .map((resource) => resourceItem(group.name, version, resource, resources)),
      freshness: 'Current',
    })),
  }
}

function resourceItem(group: string, version: string, resource: APIResource, all: readonly APIResource[]): unknown {
  const subresources = all
    .filter(({ name }) => name.startsWith(`${resource.name}/`))
    .map((sub) => ({
      subresource: sub.name.slice(resource.name.length + 1),
      responseKind: responseKind(group, version, sub),
      verbs: sub.verbs,
    }))
  return {
    resource: resource.name,
    responseKind: responseKind(group, version, resource),
    scope: resource.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: resource.singularName,
    verbs: resource.verbs,
    ...(resource.shortNames ? { shortNames: resource.shortNames } : {}),
    ...(resource.categories ? { categories: resource.categories } : {}),
    ...(subresources.length > 0 ? { subresources } : {}),
  }
}

const responseKind = (
  group: string,
  version: string,
  { group: ownGroup, version: ownVersion, kind }: APIResource,
): unknown => ({
  group: ownGroup ?? group,
  version: ownVersion ?? version,
  kind,
})
