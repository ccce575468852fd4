import { partialObjectMetadata } from '../../meta/partial-object-metadata.js'
import { failureStatus, StatusError } from '../../meta/status.js'
import type { KubeObject, ListMeta } from '../../meta/types.js'
import type { TableConvertor } from '../../registry/rest.js'
import { decodeJSON, encodeJSON } from '../../runtime/json/index.js'
import type { KindVersion } from '../../runtime/kind.js'
import type { StoredObject } from '../../runtime/stored-object.js'
import type { RequestContext } from '../request/request-context.js'
import type { ListDocument } from './list-document.js'

/** How much of an object a table row carries besides its cells. */
export type IncludeObject = 'None' | 'Metadata' | 'Object'

type MetaVersion = 'v1' | 'v1beta1'

/** One object as a Table of one row: what a watch sends, or a get. */
export function tableOf(
  ctx: RequestContext,
  storage: Partial<TableConvertor>,
  kind: KindVersion,
  object: StoredObject,
  version: MetaVersion,
  include: IncludeObject,
): Record<string, unknown> {
  const { columnDefinitions, cells } = converter(storage).convertToTable(ctx, [object], kind)
  const rows = [{ cells: cells[0], object: rowObject(object, kind, version, include) }]
  const metadata = { resourceVersion: object.resourceVersion }
  return { kind: 'Table', apiVersion: `meta.k8s.io/${version}`, metadata, columnDefinitions, rows }
}

/** Objects as the rows that `kubectl get` prints. */
export function tableDocument(
  ctx: RequestContext,
  storage: Partial<TableConvertor>,
  kind: KindVersion,
  objects: readonly StoredObject[],
  metadata: ListMeta,
  version: MetaVersion,
  include: IncludeObject,
): ListDocument {
  const table = converter(storage)
  const { columnDefinitions, emptyRows } = table.convertToTable(ctx, [], kind)
  return {
    head: { kind: 'Table', apiVersion: `meta.k8s.io/${version}`, metadata, columnDefinitions },
    array: 'rows',
    length: objects.length,
    ...(emptyRows ? { empty: emptyRows } : {}),
    element: (index) => {
      const object = objects[index]!
      const { cells } = table.convertToTable(ctx, [object], kind)
      return [
        Buffer.from(`{"cells":${JSON.stringify(cells[0])},"object":`),
        rowBytes(object, kind, version, include),
        CLOSE,
      ]
    },
  }
}

function converter(storage: Partial<TableConvertor>): TableConvertor {
  if (storage.convertToTable) return storage as TableConvertor
  throw new StatusError(
    failureStatus({ code: 406, reason: 'NotAcceptable', message: 'the resource has no table form' }),
  )
}

function rowBytes(object: StoredObject, kind: KindVersion, version: MetaVersion, include: IncludeObject): Buffer {
  if (include === 'None') return NULL
  return include === 'Object' ? object.encodedAs(kind) : metadataOnly(object, kind, version)
}

/** JSON of an object's metadata alone, made once for all lists and tables. */
export function metadataOnly(object: StoredObject, kind: KindVersion, version: MetaVersion): Buffer {
  return object.form(`${kind.apiVersion} metadata ${version}`, () =>
    encodeJSON(partialObjectMetadata(decodeJSON(object.encodedAs(kind)).value as KubeObject, version)),
  )
}

const NULL = Buffer.from('null')
const CLOSE = Buffer.from('}')

function rowObject(object: StoredObject, kind: KindVersion, version: MetaVersion, include: IncludeObject): unknown {
  if (include === 'None') return null
  const value = decodeJSON(object.encodedAs(kind)).value as KubeObject
  return include === 'Object' ? value : partialObjectMetadata(value, version)
}
