import { clampToSafeInteger } from '../meta/go/number.js'
import { JSONSyntaxError, parseLossless } from '../runtime/json/index.js'
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
 * @throws StorageError (InvalidContinue), in the words of Go's decoders for what is no base64url or JSON
 */
export function decodeContinue(token: string, prefix: string): ContinuePoint {
  const { v, rv, start } = parseToken(token)
  if (v !== VERSION) throw invalid(`server does not recognize this encoded version ${v}`)
  if (rv === 0) throw invalid(`incorrect encoded start resourceVersion (version ${VERSION})`)
  if (start === '') throw invalid(`encoded start key empty (version ${VERSION})`)
  const path = start.startsWith('/') ? start : `/${start}`
  if (path !== '/' && path.slice(1).split('/').some(leadsAway)) throw invalid(start)
  return { start: prefix + path.slice(1), revision: Math.max(rv, -1) }
}

const leadsAway = (segment: string): boolean => segment === '' || segment === '.' || segment === '..'

interface Token {
  readonly v: string
  readonly rv: number
  readonly start: string
}

/** What a token leaves out or has as null is empty, as in Go. */
function parseToken(token: string): Token {
  if (token.length > MAX_TOKEN_LENGTH) throw invalid('token too long')
  const parsed = parseJSON(decodeBase64url(token)) ?? {}
  if (typeof parsed !== 'object' || Array.isArray(parsed))
    throw invalid(`json: cannot unmarshal ${kindOf(parsed)} into Go value of type storage.continueToken`)
  const { v, rv, start } = parsed as Record<string, unknown>
  return { v: text('v', v ?? ''), rv: integer('rv', rv ?? 0), start: text('start', start ?? '') }
}

function decodeBase64url(token: string): string {
  const alien = /[^\w-]/.exec(token)
  if (alien) throw invalid(`illegal base64 data at input byte ${Buffer.byteLength(token.slice(0, alien.index))}`)
  // One character has six bits, which make no byte.
  if (token.length % 4 === 1) throw invalid(`illegal base64 data at input byte ${token.length - 1}`)
  return Buffer.from(token, 'base64url').toString('utf8')
}

function parseJSON(json: string): unknown {
  try {
    return parseLossless(json)
  } catch (err) {
    throw err instanceof JSONSyntaxError ? invalid(err.message) : err
  }
}

function text(field: string, value: unknown): string {
  if (typeof value === 'string') return value
  throw mismatch(field, value, 'string')
}

function integer(field: string, value: unknown): number {
  if (typeof value === 'bigint') return clampToSafeInteger(value)
  if (Number.isSafeInteger(value)) return Number(value)
  throw mismatch(field, value, 'int64')
}

function mismatch(field: string, value: unknown, type: string): StorageError {
  const what = typeof value === 'number' && type === 'int64' ? `number ${value}` : kindOf(value)
  return invalid(`json: cannot unmarshal ${what} into Go struct field continueToken.${field} of type ${type}`)
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'boolean') return 'bool'
  return typeof value === 'bigint' ? 'number' : typeof value
}

const invalid = (why: string): StorageError =>
  new StorageError('InvalidContinue', '', `continue key is not valid: ${why}`)
