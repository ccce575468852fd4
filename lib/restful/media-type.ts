const SPACE = 32

/**
 * Whether a comma separated header value names one of the listed media types. Parameters are cut, spaces trimmed;
 * comparison is exact and knows no ranges but the two below, as recorded of go-restful 3.12.2 (quality is not weighed).
 *
 * @param anyInHeader whether the header itself may say "anything" (Accept may, Content-Type may not).
 */
export function matchesMediaTypes(header: string, listed: readonly string[], anyInHeader: boolean): boolean {
  if (listed.includes('*/*')) return true
  for (let start = 0; start <= header.length; ) {
    const comma = header.indexOf(',', start)
    const end = comma === -1 ? header.length : comma
    const type = mediaType(header, start, end)
    if ((anyInHeader && type === '*/*') || listed.includes(type)) return true
    start = end + 1
  }
  return false
}

function mediaType(header: string, from: number, to: number): string {
  const semicolon = header.indexOf(';', from)
  let start = from
  let end = semicolon === -1 || semicolon > to ? to : semicolon
  while (start < end && header.charCodeAt(start) === SPACE) start++
  while (end > start && header.charCodeAt(end - 1) === SPACE) end--
  return header.slice(start, end)
}
