import * as crypto from 'node:crypto'

/** Of this process alone, so that nobody outside can work towards a digest's first characters. */
const SALT = crypto.randomBytes(32).toString('base64')

/** One call where Node has it (20.12 on), three where it has not. */
const sha256: (text: string) => string =
  typeof crypto.hash === 'function'
    ? (text) => crypto.hash('sha256', text, 'base64')
    : (text) => crypto.createHash('sha256').update(text).digest('base64')

/**
 * What a token is known by in tables: no table keeps the token itself, and how long a look-up takes tells nothing about
 * it, for nobody outside knows what is compared.
 */
export function tokenDigest(token: string): string {
  return sha256(SALT + token)
}
