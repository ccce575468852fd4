const SPECIAL = /[\\,=]/

/** Escapes a value so that it may stand in a field selector. */
export function escapeFieldValue(value: string): string {
  return SPECIAL.test(value) ? value.replace(/[\\,=]/g, '\\$&') : value
}

/**
 * Takes the escapes `\\`, `\,` and `\=` out of a field selector's value.
 *
 * @throws Error `invalid field selector: …` for another escape, or a bare comma or equals sign.
 */
export function unescapeFieldValue(text: string): string {
  if (!SPECIAL.test(text)) return text
  const chars = [...text]
  let value = ''
  for (let i = 0; i < chars.length; i++) {
    const char = chars[i] as string
    if (char === ',' || char === '=') {
      // The reference prints the character's number here.
      throw new Error(`invalid field selector: unescaped character in value: ${char.charCodeAt(0)}`)
    }
    if (char !== '\\') {
      value += char
      continue
    }
    const escaped = chars[++i] ?? ''
    if (!SPECIAL.test(escaped)) throw new Error(`invalid field selector: invalid escape sequence: \\${escaped}`)
    value += escaped
  }
  return value
}
