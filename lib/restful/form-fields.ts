import { parseMediaType } from './accept.js'
import type { MessageBody } from './request-body.js'
import { ServiceError } from './service-error.js'

/**
 * All values of a field of a form (application/x-www-form-urlencoded); none for a body of another type.
 *
 * @throws ServiceError 400 for a malformed escape, as Go's form parser has it.
 */
export function formFields(contentType: string, body: MessageBody, name: string): string[] {
  if ('parsed' in body) return parsedFields(body.parsed, name)
  const type = parseMediaType(contentType)
  if (type?.type !== 'application' || type.subtype !== 'x-www-form-urlencoded') return []
  const text = body.bytes.toString()
  if (/%(?![0-9A-Fa-f]{2})/.test(text)) throw new ServiceError(400, 'malformed form: invalid URL escape')
  return new URLSearchParams(text).getAll(name)
}

// What express.urlencoded() made of the form.
function parsedFields(parsed: unknown, name: string): string[] {
  if (typeof parsed !== 'object' || parsed === null || !Object.hasOwn(parsed, name)) return []
  const value = (parsed as Record<string, unknown>)[name]
  return (Array.isArray(value) ? value : [value]).filter((each) => typeof each === 'string')
}
