import { createHash } from 'node:crypto'
import { encodeJSON } from '../../runtime/json/index.js'
import { parseAccept } from '../negotiation/accept.js'
import { serializerFor, streamFits, wantsPretty } from '../negotiation/negotiate.js'
import type { Serializer } from '../negotiation/serializers.js'
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

interface Body {
  readonly document: unknown
  readonly etag: string
}

const GROUP = 'apidiscovery.k8s.io'
const KIND = 'APIGroupDiscoveryList'
const VERSIONS: ReadonlySet<string> = new Set(['v2', 'v2beta1'])

/** The aggregated form of discovery: all groups, versions and resources in one document (KEP-3352). */
export class AggregatedDiscovery {
  readonly #bodies = new Map<string, Body>()

  constructor(private readonly groups: readonly DiscoveredGroup[]) {}

  /** Answers if any clause of the Accept header asks for this form; false leaves the request to the older documents. */
  async tryServe(ctx: RequestContext): Promise<boolean> {
    const asked = askedForm(ctx)
    if (asked === undefined) return false
    const { version, serializer } = asked
    const { document, etag } = this.#body(version)
    const { response, request } = ctx
    response.setHeader('ETag', etag)
    response.appendHeader('Vary', 'Accept')
    response.setHeader('Cache-Control', 'public')
    if (request.headers['if-none-match'] === etag) {
      setStandardHeaders(ctx)
      response.writeHead(304).end()
      return true
    }
    const contentType = `${serializer.mediaType};g=${GROUP};v=${version};as=${KIND}`
    await writeBody(ctx, 200, contentType, serializer.encode(document, asked.pretty))
    return true
  }

  #body(version: string): Body {
    const known = this.#bodies.get(version)
    if (known) return known
    const items = this.groups.map(groupItem)
    const document = { kind: KIND, apiVersion: `${GROUP}/${version}`, metadata: {}, items }
    const hash = createHash('sha512').update(encodeJSON(document)).digest('hex')
    const body = { document, etag: `"${hash.toUpperCase()}"` }
    this.#bodies.set(version, body)
    return body
  }
}

interface AskedForm {
  readonly version: string
  readonly serializer: Serializer
  readonly pretty: boolean
}

/** What the best of those clauses asks for that ask for this form at all: the others do not count, as in Kubernetes. */
function askedForm({ request, query }: RequestContext): AskedForm | undefined {
  const { accept = '' } = request.headers
  if (!accept.includes(GROUP)) return undefined
  for (const clause of parseAccept(accept)) {
    const { params } = clause
    const version = params.get('v') ?? ''
    if (params.get('as') !== KIND || params.get('g') !== GROUP || !VERSIONS.has(version)) continue
    const serializer = serializerFor(clause)
    if (!serializer || !streamFits(clause, serializer) || params.get('sv')) continue
    return { version, serializer, pretty: wantsPretty(request, () => query, clause) }
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
