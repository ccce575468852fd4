import type { OutgoingHttpHeaders } from 'node:http'
import type { RequestContext } from '../request/request-context.js'

const MAX_WARNING_RUNES = 4096
const TRUNCATED_RUNES = 256

/**
 * What every answer says of itself, and what filters want it to say. To be sent by one `writeHead`, which checks and copies
 * it once; the caller may add to it.
 */
export function standardHeaders(ctx: RequestContext): OutgoingHttpHeaders {
  const set = ctx.response.getHeaderNames()
  const headers = set.length === 0 ? ctx.headers : headersBut(set, ctx.headers)
  headers['Audit-Id'] = ctx.auditID
  const warnings = ctx.warningRecorder?.warnings
  if (warnings !== undefined) {
    const printable = [...warnings].filter(isPrintable)
    if (printable.length > 0) headers.Warning = warningHeaders(printable)
  }
  return headers
}

/** A host app, or whoever answers, has the word before filters. */
function headersBut(set: readonly string[], headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  const others: OutgoingHttpHeaders = {}
  for (const name of Object.keys(headers)) if (!set.includes(name.toLowerCase())) others[name] = headers[name]
  return others
}

/** The same for answers whose head is sent elsewhere. */
export function setStandardHeaders(ctx: RequestContext): void {
  for (const [name, value] of Object.entries(standardHeaders(ctx))) ctx.response.setHeader(name, value!)
}

/** `299 - "text"`, one header each (RFC 9111 5.5); when there are too many, all are cut short. */
function warningHeaders(warnings: readonly string[]): string[] {
  const total = warnings.reduce((sum, text) => sum + text.length, 0)
  const headers: string[] = []
  let left = MAX_WARNING_RUNES
  for (const text of warnings) {
    const shown = total > MAX_WARNING_RUNES ? text.slice(0, TRUNCATED_RUNES) : text
    left -= shown.length
    if (left < 0) break
    headers.push(`299 - ${quotedOnce(shown)}`)
  }
  return headers
}

const MAX_KEPT = 128
const kept = new Map<string, string>()

/** A version on its way out says the same with every answer. */
function quotedOnce(text: string): string {
  let value = kept.get(text)
  if (value !== undefined) return value
  value = quoted(text)
  if (kept.size >= MAX_KEPT) kept.clear()
  kept.set(text, value)
  return value
}

/** As a latin1 header value whose bytes are the text's UTF-8: what Go sends, and what clients decode. */
function quoted(text: string): string {
  return Buffer.from(`"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`).toString('latin1')
}

/** A text with control characters could break out of its header. */
function isPrintable(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x20 || code === 0x7f) return false
  }
  return true
}
