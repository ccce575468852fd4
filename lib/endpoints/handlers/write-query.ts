import type { WriteQuery } from '../../registry/rest.js'
import type { RequestContext } from '../request/request-context.js'
import type { FieldValidation } from './decode.js'

interface WriteOptions {
  readonly dryRun?: readonly string[] | undefined
  readonly fieldManager?: string | undefined
  readonly fieldValidation?: string | undefined
}

const MAX_MANAGER_BYTES = 128

/** What registries need of the write options; they are decoded and valid by now. */
export function writeQuery(ctx: RequestContext, options: WriteOptions): WriteQuery {
  return {
    dryRun: (options.dryRun?.length ?? 0) > 0,
    fieldManager: options.fieldManager || managerFromUserAgent(ctx.request.headers['user-agent'] ?? ''),
  }
}

/** Warn is what Kubernetes does when nobody says otherwise. */
export function fieldValidationOf(options: WriteOptions): FieldValidation {
  return (options.fieldValidation || 'Warn') as FieldValidation
}

/** The program's name in front of its version. */
function managerFromUserAgent(userAgent: string): string {
  const name = userAgent.split('/', 1)[0] ?? ''
  let printable = ''
  for (const rune of name.slice(0, MAX_MANAGER_BYTES)) if (rune >= ' ' && rune !== '\u007f') printable += rune
  return printable
}
