import { badRequest } from '../../meta/errors.js'
import { partialObjectMetadata } from '../../meta/partial-object-metadata.js'
import { failureStatus, StatusError } from '../../meta/status.js'
import type { KubeObject, ListMeta } from '../../meta/types.js'
import type { TableConvertor } from '../../registry/rest.js'
import { decodeJSON, prettyJSON } from '../../runtime/json/index.js'
import type { KindVersion } from '../../runtime/kind.js'
import type { StoredObject } from '../../runtime/stored-object.js'
import type { StoredList } from '../../storage/interface.js'
import type { Negotiated, Transform } from '../negotiation/negotiate.js'
import { jsonSerializer } from '../negotiation/serializers.js'
import type { RequestContext } from '../request/request-context.js'
import type { RequestScope } from '../request-scope.js'
import { auditResponseList, auditResponseObject } from './audit.js'
import { itemArrayOf } from './item-array.js'
import { compactHead, type ListDocument, listDocumentChunks } from './list-document.js'
import { writeLongList } from './long-list.js'
import { type IncludeObject, metadataOnly, tableDocument, tableOf } from './transform.js'
import { acceptsGzip, writeBody, writeChunks, writeJoined } from './write.js'

const NEWLINE = Buffer.from('\n')

/** Sends one object: its stored bytes as they are, unless the client asked for another form. */
export function writeObject(
  ctx: RequestContext,
  scope: RequestScope,
  storage: Partial<TableConvertor>,
  status: number,
  object: StoredObject,
  negotiated: Negotiated,
): Promise<void> {
  const { serializer, transform, pretty } = negotiated
  if (transform) {
    const value = transformObject(ctx, scope, storage, object, transform)
    if (ctx.audit) auditResponseObject(ctx.audit, value)
    return writeBody(ctx, status, serializer.mediaType, serializer.encode(value, pretty))
  }
  const bytes = object.encodedAs(scope.kind)
  if (ctx.audit) auditResponseObject(ctx.audit, bytes)
  if (serializer.mediaType === 'application/json' && !pretty)
    return writeBody(ctx, status, serializer.mediaType, Buffer.concat([bytes, NEWLINE]))
  if (serializer.mediaType === 'application/json')
    return writeBody(ctx, status, serializer.mediaType, prettyJSON(bytes))
  return writeBody(ctx, status, serializer.mediaType, serializer.encode(decodeJSON(bytes).value, pretty))
}

/** Sends a list, or the form of it that was asked for; its items' own bytes as they are, where nothing is to be changed. */
export async function writeList(
  ctx: RequestContext,
  scope: RequestScope,
  storage: Partial<TableConvertor>,
  list: StoredList,
  negotiated: Negotiated,
): Promise<void> {
  const { serializer, transform, pretty } = negotiated
  const document = transform ? transformedList(ctx, scope, storage, list, transform) : plainList(scope.kind, list)
  if (ctx.audit) await auditResponseList(ctx.audit, document)
  if (serializer === jsonSerializer && !pretty && !transform) {
    const array = itemArrayOf(list.items, scope.kind)
    const head = compactHead(document)
    if (array) return writeJoined(ctx, 200, serializer.mediaType, Buffer.from(head), array)
    if (!acceptsGzip(ctx)) return writeLongList(ctx, serializer.mediaType, head, list.items, scope.kind)
  }
  await writeChunks(ctx, 200, serializer.mediaType, listDocumentChunks(document, serializer, pretty))
}

function plainList(kind: KindVersion, list: StoredList): ListDocument {
  return {
    head: { kind: kind.listKind, apiVersion: kind.apiVersion, metadata: listMeta(list) },
    array: 'items',
    length: list.items.length,
    element: (index) => list.items[index]!.itemEncodedAs(kind),
  }
}

function listMeta(list: StoredList): ListMeta {
  return {
    resourceVersion: list.resourceVersion,
    ...(list.continue === '' ? {} : { continue: list.continue }),
    ...(list.remainingItemCount === undefined ? {} : { remainingItemCount: list.remainingItemCount }),
  }
}

/** The object in the form that an Accept parameter asked for. */
export function transformObject(
  ctx: RequestContext,
  scope: RequestScope,
  storage: Partial<TableConvertor>,
  object: StoredObject,
  transform: Transform,
): unknown {
  switch (transform.kind) {
    case 'PartialObjectMetadata':
      return partialObjectMetadata(versioned(object, scope.kind), transform.version)
    case 'PartialObjectMetadataList':
      throw unfit(
        `you requested PartialObjectMetadataList, but the requested object is not a list (${scope.kind.gvk.kind})`,
      )
    case 'Table':
      return tableOf(ctx, storage, scope.kind, object, transform.version, includeObject(ctx))
  }
}

function transformedList(
  ctx: RequestContext,
  scope: RequestScope,
  storage: Partial<TableConvertor>,
  list: StoredList,
  transform: Transform,
): ListDocument {
  const { items } = list
  switch (transform.kind) {
    case 'PartialObjectMetadata':
      throw unfit(`you requested PartialObjectMetadata, but the requested object is a list (${scope.kind.listKind})`)
    case 'PartialObjectMetadataList':
      return {
        head: { kind: transform.kind, apiVersion: `meta.k8s.io/${transform.version}`, metadata: listMeta(list) },
        array: 'items',
        length: items.length,
        // Go's empty slice: nobody else sends null here, but clients know it from there.
        empty: 'null',
        element: (index) => [metadataOnly(items[index]!, scope.kind, transform.version)],
      }
    case 'Table':
      return tableDocument(ctx, storage, scope.kind, items, listMeta(list), transform.version, includeObject(ctx))
  }
}

/** The object in the version of the request. */
export const versioned = (object: StoredObject, kind: KindVersion): KubeObject =>
  decodeJSON(object.encodedAs(kind)).value as KubeObject

const unfit = (message: string): StatusError =>
  new StatusError(failureStatus({ code: 406, reason: 'NotAcceptable', message }))

/** @throws StatusError 400 */
export function includeObject(ctx: RequestContext): IncludeObject {
  const asked = ctx.query.get('includeObject') ?? ''
  if (asked === '') return 'Metadata'
  if (asked === 'None' || asked === 'Metadata' || asked === 'Object') return asked
  const problem = `includeObject: Invalid value: ${JSON.stringify(asked)}: must be 'Metadata', 'Object', 'None', or empty`
  throw badRequest(`Unable to convert to Table as requested: ${problem}`)
}
