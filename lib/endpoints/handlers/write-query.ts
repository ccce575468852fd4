import { isPrint } from '../../meta/go/quote.js'
import { MAX_FIELD_MANAGER_BYTES } from '../../meta/validation/index.js'
import type { WriteQuery } from '../../registry/rest.js'
import type { RequestContext } from '../request/request-context.js'
import type { FieldValidation } from './decode.js'

interface WriteOptions {
  readonly dryRun?: readonly string[] | undefined
  readonly fieldManager?: string | undefined
  readonly fieldValidation?: string | undefined
}

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

/** The program's name in front of its version, of which Node reads every byte as a character. */
function managerFromUserAgent(userAgent: string): string {
  const name = Buffer.from(userAgent.split('/', 1)[0] ?? '', 'latin1').toString()
  let manager = ''
  let bytes = 0
  for (const char of name) {
    if (!isPrint(char.codePointAt(0) as number)) continue
    bytes += Buffer.byteLength(char)
    if (bytes > MAX_FIELD_MANAGER_BYTES) break
    manager += char
  }
  return manager
}
