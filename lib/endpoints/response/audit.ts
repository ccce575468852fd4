import type { Status } from '../../meta/status.js'
import type { KubeObject } from '../../meta/types.js'
import { decodeJSON, encodeJSON, isJSONObject, stringifyJSON } from '../../runtime/json/index.js'
import { jsonSerializer } from '../negotiation/serializers.js'
import type { AuditSink } from '../request/audit-sink.js'
import { type ListDocument, listDocumentChunks } from './list-document.js'

/** Tells an audit log of an object that a body became. */
export function auditRequestObject(audit: AuditSink, object: KubeObject): void {
  audit.objectMeta(object.metadata)
  if (audit.wantsRequestObject)
    audit.requestObject(stringifyJSON(audit.omitsManagedFields ? withoutManagedFields(object) : object))
}

/** Tells an audit log of an answer that is one object: its JSON, or the object itself. */
export function auditResponseObject(audit: AuditSink, answer: unknown): void {
  if (!audit.wantsResponseObject) return
  const bytes = Buffer.isBuffer(answer) ? answer : encodeJSON(answer)
  audit.responseObject([audit.omitsManagedFields ? withoutTheirs(bytes) : bytes])
}

/** Tells an audit log of a Status that is the answer, which it wants of every request. */
export function auditStatus(audit: AuditSink, status: Status): void {
  audit.responseStatus(status)
  auditResponseObject(audit, status)
}

/** Tells an audit log of a list or Table, made element by element once more: other work gets its turn between them. */
export async function auditResponseList(audit: AuditSink, document: ListDocument): Promise<void> {
  if (!audit.wantsResponseObject) return
  const told = audit.omitsManagedFields
    ? { ...document, element: (index: number) => [withoutTheirs(Buffer.concat(document.element(index)))] }
    : document
  const chunks: Buffer[] = []
  for await (const chunk of listDocumentChunks(told, jsonSerializer, false)) chunks.push(chunk)
  audit.responseObject(chunks)
}

const withoutTheirs = (bytes: Buffer): Buffer => encodeJSON(withoutManagedFields(decodeJSON(bytes).value))

/** An object, a Table or one of its rows without anybody's managedFields; shares the rest with what was given. */
function withoutManagedFields(value: unknown): unknown {
  if (!isJSONObject(value)) return value
  const { metadata, object, rows } = value
  return {
    ...value,
    ...(isJSONObject(metadata) && { metadata: { ...metadata, managedFields: undefined } }),
    ...(isJSONObject(object) && { object: withoutManagedFields(object) }),
    ...(value.kind === 'Table' && Array.isArray(rows) && { rows: rows.map(withoutManagedFields) }),
  }
}
