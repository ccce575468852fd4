import type { IncomingMessage } from 'node:http'

/**
 * All values that a header was sent with, one by one: Node joins them by commas, and a group may hold one. A header
 * that somebody before us has taken out of `headers` stays out.
 *
 * @param name in lower case
 */
export function headerValues(request: IncomingMessage, name: string): string[] {
  if (request.headers[name] === undefined) return []
  const { rawHeaders } = request
  const values: string[] = []
  for (let i = 0; i + 1 < rawHeaders.length; i += 2)
    if (rawHeaders[i]!.toLowerCase() === name) values.push(headerText(rawHeaders[i + 1]!))
  return values
}

/** Node reads headers as latin1, while user names are sent in UTF-8, as Go reads them. */
function headerText(value: string): string {
  for (let i = 0; i < value.length; i++)
    if (value.charCodeAt(i) > 0x7f) return Buffer.from(value, 'latin1').toString('utf8')
  return value
}

/** Takes headers out of a request, in every form in which Node shows them. */
export function removeHeaders(request: IncomingMessage, unwanted: (lowerCaseName: string) => boolean): void {
  const { headers } = request
  let found = false
  for (const name in headers) {
    if (!unwanted(name)) continue
    delete headers[name]
    found = true
  }
  if (!found) return
  const { rawHeaders } = request
  for (let i = rawHeaders.length - 2; i >= 0; i -= 2)
    if (unwanted(rawHeaders[i]!.toLowerCase())) rawHeaders.splice(i, 2)
  forgetDistinct(request)
}

/** Gives a header another value, in every form in which Node shows it. */
export function replaceHeader(request: IncomingMessage, name: string, value: string): void {
  removeHeaders(request, (other) => other === name)
  request.headers[name] = value
  request.rawHeaders.push(name, value)
}

/** Node makes `headersDistinct` of as many `rawHeaders` as there were at first; this makes it of those that are left. */
const DISTINCT: PropertyDescriptor & ThisType<IncomingMessage> = {
  configurable: true,
  get() {
    const distinct = Object.create(null) as Record<string, string[]>
    for (let i = 0; i + 1 < this.rawHeaders.length; i += 2) {
      const name = this.rawHeaders[i]!.toLowerCase()
      distinct[name] = [...(distinct[name] ?? []), this.rawHeaders[i + 1]!]
    }
    return distinct
  },
}

/** HTTP/2's requests have none. */
function forgetDistinct(request: IncomingMessage): void {
  if ('headersDistinct' in request) Object.defineProperty(request, 'headersDistinct', DISTINCT)
}
