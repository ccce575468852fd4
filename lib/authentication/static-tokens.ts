import type { UserInfo } from '../meta/context.js'
import { readOptionFile } from '../runtime/read-option-file.js'
import type { AuthenticationResponse, TokenAuthenticator } from './authenticator.js'
import { parseCSV } from './csv.js'
import { tokenDigest } from './token-digest.js'

/** A token that does not change, and who it is of. */
export interface StaticToken {
  readonly token: string
  /** A user, or just a name. */
  readonly user: string | UserInfo
}

/**
 * Knows a fixed list of tokens. They are looked up by a digest with a salt of this process, so that the time it takes
 * depends on nothing that a stranger could steer. A later entry of the same token wins.
 */
export class StaticTokens implements TokenAuthenticator {
  readonly #users = new Map<string, AuthenticationResponse>()

  /** @throws TypeError for a token or a name that is empty */
  constructor(tokens: readonly StaticToken[]) {
    for (const { token, user } of tokens) {
      const info = typeof user === 'string' ? { name: user, groups: [] } : user
      if (token === '' || info.name === '') throw new TypeError('a static token needs a token and the name of a user')
      this.#users.set(tokenDigest(token), { user: info })
    }
  }

  authenticateToken(token: string): AuthenticationResponse | undefined {
    return this.#users.get(tokenDigest(token))
  }
}

/**
 * Reads kube-apiserver's `--token-auth-file`: `token,user,uid,"group1,group2"` a line. Lines without a token are left out.
 *
 * @throws Error when the file cannot be read, or a line has fewer than three columns
 * @example
 * ```ts
 * new StaticTokens(readTokenFile('/etc/apiserver/tokens.csv'))
 * ```
 */
export function readTokenFile(path: string): StaticToken[] {
  return parseTokens(readOptionFile('authentication.tokenFile', path).toString('utf8'), path)
}

/** The same for a text; `path` is what an error names. */
export function parseTokens(csv: string, path = 'tokens'): StaticToken[] {
  const tokens: StaticToken[] = []
  for (const [token = '', name = '', uid, groups = ''] of rows(csv, path)) {
    if (uid === undefined)
      throw new Error(
        `authentication.tokenFile: token file '${path}' must have at least 3 columns (token, user name, user uid)`,
      )
    if (token === '') continue
    const list = groups === '' ? [] : groups.split(',')
    tokens.push({ token, user: { name, ...(uid !== '' && { uid }), groups: list } })
  }
  return tokens
}

function rows(csv: string, path: string): string[][] {
  try {
    return parseCSV(csv)
  } catch (err) {
    throw new Error(`authentication.tokenFile: token file '${path}' is no CSV: ${(err as Error).message}`)
  }
}
