import { failureStatus, StatusError } from '../../meta/status.js'
import type { KubeObject, ListMeta } from '../../meta/types.js'
import type { TableConvertor } from '../../registry/rest.js'
import { decodeJSON } from '../../runtime/json/index.js'
import type { KindVersion } from '../../runtime/kind.js'
import type { StoredObject } from '../../runtime/stored-object.js'
import type { RequestContext } from '../request/request-context.js'

/** How much of an object a table row carries besides its cells. */
export type IncludeObject = 'None' | 'Metadata' | 'Object'

type MetaVersion = 'v1' | 'v1beta1'

/** Only what every object has: for clients that care for names, labels and owners. */
export function partialObjectMetadata(object: KubeObject, version: MetaVersion): KubeObject {
  return { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${version}`, metadata: object.metadata }
}

/** Objects as the rows that `kubectl get` prints. */
export function tableOf(
  ctx: RequestContext,
  storage: Partial<TableConvertor>,
  kind: KindVersion,
  objects: readonly StoredObject[],
  metadata: ListMeta,
  version: MetaVersion,
  include: IncludeObject,
): Record<string, unknown> {
  if (!storage.convertToTable)
    throw new StatusError(
      failureStatus({ code: 406, reason: 'NotAcceptable', message: 'the resource has no table form' }),
    )
  const { columnDefinitions, cells } = storage.convertToTable(ctx, objects, kind)
  const rows = objects.map((object, i) => ({ cells: cells[i], object: rowObject(object, kind, version, include) }))
  return { kind: 'Table', apiVersion: `meta.k8s.io/${version}`, metadata, columnDefinitions, rows }
}

function rowObject(object: StoredObject, kind: KindVersion, version: MetaVersion, include: IncludeObject): unknown {
  if (include === 'None') return null
  const value = decodeJSON(object.encodedAs(kind)).value as KubeObject
  return include === 'Object' ? value : partialObjectMetadata(value, version)
}
