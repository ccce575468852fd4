/** A `%` that is not followed by two hexadecimal digits. */
const BAD_ESCAPE = /%(?![0-9A-Fa-f]{2})/

/**
 * Reads the query of a request target as Go's `url.ParseQuery` does: a pair that is not well formed (a bad escape, a
 * semicolon) is passed over, the others count.
 */
export function parseQuery(url: string): URLSearchParams {
  const mark = url.indexOf('?')
  if (mark < 0) return new URLSearchParams()
  const query = url.slice(mark + 1)
  if (!query.includes(';') && !BAD_ESCAPE.test(query)) return new URLSearchParams(query)
  const wellFormed = query.split('&').filter((pair) => !pair.includes(';') && !BAD_ESCAPE.test(pair))
  return new URLSearchParams(wellFormed.join('&'))
}
