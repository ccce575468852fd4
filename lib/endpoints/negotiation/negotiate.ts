import type { IncomingMessage } from 'node:http'
import { notAcceptable, unsupportedMediaType } from '../../meta/errors.js'
import type { KindVersion } from '../../runtime/kind.js'
import { type AcceptClause, parseAccept } from './accept.js'
import { protobufSerializer } from './protobuf.js'
import {
  jsonSerializer,
  MEDIA_TYPES,
  PROTOBUF,
  type Serializer,
  STREAM_MEDIA_TYPES,
  serializers,
} from './serializers.js'

/** What is looked at of a request. */
type NegotiableRequest = Pick<IncomingMessage, 'headers' | 'url'>

export type TransformKind = 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList'

/** Another form of an object that a client asked for: `as=Table;v=v1;g=meta.k8s.io`. */
export interface Transform {
  readonly kind: TransformKind
  readonly version: 'v1' | 'v1beta1'
}

/** How a request shall be answered. */
export interface Negotiated {
  readonly serializer: Serializer
  readonly transform: Transform | undefined
  readonly pretty: boolean
}

/** Which transforms an endpoint can make. */
export type AllowsTransform = (transform: Transform) => boolean

export const allowAllTransforms: AllowsTransform = () => true
export const allowNoTransforms: AllowsTransform = () => false

/** Whoever names one of these wants another form, if only half of one. */
const TRANSFORM_PARAMS = ['as', 'g', 'v'] as const

const TRANSFORM_KINDS: ReadonlySet<string> = new Set<TransformKind>([
  'Table',
  'PartialObjectMetadata',
  'PartialObjectMetadataList',
])

/**
 * Chooses how to answer: the client's best clause that a serializer and the endpoint can serve.
 *
 * @throws StatusError 406
 */
export function negotiateOutput(
  req: NegotiableRequest,
  query: () => URLSearchParams,
  allows: AllowsTransform,
): Negotiated {
  const header = req.headers.accept ?? ''
  for (const clause of parseAccept(header)) {
    const serializer = serializerFor(clause)
    if (!serializer || !streamFits(clause, serializer) || !serverVersionFits(clause)) continue
    const transform = transformOf(clause)
    if (transform === 'unknown' || (transform && !allows(transform))) continue
    return { serializer, transform, pretty: wantsPretty(req, query, clause) }
  }
  throw notAcceptable(MEDIA_TYPES)
}

/**
 * Chooses the framing of a watch: what its objects were negotiated as must be framed, nothing else is tried.
 *
 * @throws StatusError 406
 */
export function negotiateStream(req: NegotiableRequest, query: () => URLSearchParams): Serializer {
  try {
    const { serializer } = negotiateOutput(req, query, allowAllTransforms)
    if (serializer.streams) return serializer
  } catch {
    // Said below in other words.
  }
  throw notAcceptable(STREAM_MEDIA_TYPES.map((type) => `${type};stream=watch`))
}

/** Without a 406: errors are written in whatever form there is. */
export function negotiateError(
  req: NegotiableRequest,
  query: () => URLSearchParams,
): Negotiated & { readonly fallback: boolean } {
  try {
    return { ...negotiateOutput(req, query, allowAllTransforms), fallback: false }
  } catch {
    return { serializer: jsonSerializer, transform: undefined, pretty: true, fallback: true }
  }
}

/** The first serializer that a clause's media range covers. */
export function serializerFor(clause: AcceptClause): Serializer | undefined {
  for (const serializer of serializers) {
    const type = clause.type === '*' || clause.type === serializer.type
    const subtype = clause.subtype === '*' || clause.subtype === serializer.subtype
    if (type && subtype) return serializer
  }
  return undefined
}

/** `stream=watch` may be asked for whatever is not a watch, too: it has no effect then. */
export function streamFits(clause: AcceptClause, serializer: Serializer): boolean {
  const asked = clause.params.get('stream') ?? ''
  return asked === '' || (asked === 'watch' && serializer.streams)
}

/** The version of the general types (`meta.k8s.io`), of which there is one. */
const serverVersionFits = (clause: AcceptClause): boolean => ['', 'v1'].includes(clause.params.get('sv') ?? '')

function transformOf(clause: AcceptClause): Transform | 'unknown' | undefined {
  if (!TRANSFORM_PARAMS.some((name) => clause.params.has(name))) return undefined
  const kind = clause.params.get('as') ?? ''
  const group = clause.params.get('g')
  const version = clause.params.get('v')
  if (group !== 'meta.k8s.io' || (version !== 'v1' && version !== 'v1beta1') || !TRANSFORM_KINDS.has(kind))
    return 'unknown'
  return { kind: kind as TransformKind, version }
}

const BROWSERS = ['curl', 'Wget', 'Mozilla/5.0']

/** People get indented answers: by wish, or because of the program they use. */
export function wantsPretty(req: NegotiableRequest, query: () => URLSearchParams, clause: AcceptClause): boolean {
  if (clause.params.get('pretty') === '1') return true
  const asked = req.url?.includes('pretty=') ? query().get('pretty') : null
  if (asked) return ['1', 't', 'T', 'TRUE', 'true', 'True'].includes(asked)
  const agent = req.headers['user-agent']
  return agent !== undefined && BROWSERS.some((name) => agent.startsWith(name))
}

/**
 * Chooses how to read a body by its Content-Type; none means JSON.
 *
 * @param kind of the objects that are read, if they may be in protobuf
 * @throws StatusError 415
 */
export function negotiateInput(req: NegotiableRequest, kind?: KindVersion): Serializer {
  const header = req.headers['content-type'] ?? ''
  if (header === '') return jsonSerializer
  const mediaType = mediaTypeOf(header)
  if (mediaType === PROTOBUF && kind?.protobuf) return protobufSerializer(kind)
  const serializer = serializers.find((candidate) => candidate.mediaType === mediaType)
  if (!serializer) throw unsupportedMediaType(MEDIA_TYPES)
  return serializer
}

export const mediaTypeOf = (header: string): string => header.split(';', 1)[0]!.trim().toLowerCase()
