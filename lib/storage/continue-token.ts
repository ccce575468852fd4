import { StorageError } from './errors.js'

const VERSION = 'meta.k8s.io/v1'
const MAX_TOKEN_LENGTH = 4096

/** Where a paged list goes on. */
export interface ContinuePoint {
  /** Full key to begin at (inclusive). */
  readonly start: string
  /** The revision of the first page; -1 = the newest, after the first page's has been forgotten. */
  readonly revision: number
}

/** Encodes where the next page begins; the key is kept relative to the list's prefix, as Kubernetes does. */
export function encodeContinue(nextKey: string, prefix: string, revision: number): string {
  const token = { v: VERSION, rv: revision, start: nextKey.slice(prefix.length) }
  return Buffer.from(JSON.stringify(token)).toString('base64url')
}

/**
 * Reads a token back. The token comes from a client: the key in it must not lead out of the prefix.
 *
 * @throws StorageError (InvalidContinue)
 */
export function decodeContinue(token: string, prefix: string): ContinuePoint {
  const { v, rv, start } = parseToken(token)
  if (v !== VERSION) throw invalid(`server does not recognize this encoded version ${String(v)}`)
  if (typeof rv !== 'number' || !Number.isSafeInteger(rv) || rv === 0 || rv < -1)
    throw invalid(`incorrect encoded start resourceVersion (version ${VERSION})`)
  if (typeof start !== 'string' || start === '' || !start.isWellFormed())
    throw invalid(`encoded start key empty (version ${VERSION})`)
  const path = start.startsWith('/') ? start : `/${start}`
  if (path.split('/').some((segment) => segment === '..' || segment === '.')) throw invalid(start)
  return { start: prefix + start.replace(/^\//, ''), revision: rv }
}

function parseToken(token: string): { v?: unknown; rv?: unknown; start?: unknown } {
  if (token.length > MAX_TOKEN_LENGTH) throw invalid('token too long')
  let parsed: unknown
  try {
    parsed = JSON.parse(Buffer.from(token, 'base64url').toString('utf8'))
  } catch (err) {
    throw invalid((err as Error).message)
  }
  if (typeof parsed !== 'object' || parsed === null) throw invalid('no object')
  return parsed
}

const invalid = (why: string): StorageError =>
  new StorageError('InvalidContinue', '', `continue key is not valid: ${why}`)
