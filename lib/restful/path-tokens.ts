import { posix } from 'node:path'

const SLASH = 47

/**
 * The tokens between the slashes of a decoded path or a template. `/` has none; `''` is one empty token; inner empty
 * tokens stay. With `trimRightSlash` slashes are cut at both ends, otherwise a final slash is one more empty token.
 */
export function tokenizePath(path: string, trimRightSlash: boolean): string[] {
  if (path === '/') return []
  let start = 0
  let end = path.length
  while (start < end && path.charCodeAt(start) === SLASH) start++
  if (trimRightSlash) while (end > start && path.charCodeAt(end - 1) === SLASH) end--
  return path.slice(start, end).split('/')
}

/**
 * A service's root and a route's own template as one template. The default keeps a final slash of the route; without
 * `trimRightSlash` the join is cleaned (`//`, `.`, `..`, final slash), as go-restful does in each mode.
 */
export function joinPath(root: string, sub: string, trimRightSlash: boolean): string {
  if (trimRightSlash) return `${trimRight(root)}/${trimLeft(sub)}`
  const joined = posix.join(root, sub)
  return joined.length > 1 ? trimRight(joined) || '/' : joined
}

/**
 * The percent-decoded path of a request target, without its query. `undefined` for a malformed escape.
 * Escapes that are no UTF-8 become U+FFFD, since the reference routes such requests too.
 */
export function requestPath(url: string): string | undefined {
  const query = url.indexOf('?')
  let path = query === -1 ? url : url.slice(0, query)
  if (path.charCodeAt(0) !== SLASH) path = originForm(path)
  return path.includes('%') ? percentDecode(path) : path
}

// A proxy request names the whole URL (RFC 9112, 3.2.2); only its path is routed.
function originForm(target: string): string {
  const scheme = target.indexOf('://')
  if (scheme === -1) return target
  const slash = target.indexOf('/', scheme + 3)
  return slash === -1 ? '' : target.slice(slash)
}

function percentDecode(path: string): string | undefined {
  try {
    return decodeURIComponent(path)
  } catch {
    return /%(?![0-9A-Fa-f]{2})/.test(path) ? undefined : decodeBytes(path)
  }
}

function decodeBytes(path: string): string {
  const parts: Buffer[] = []
  for (const piece of path.split(/((?:%[0-9A-Fa-f]{2})+)/)) {
    parts.push(piece.startsWith('%') ? Buffer.from(piece.replaceAll('%', ''), 'hex') : Buffer.from(piece))
  }
  return Buffer.concat(parts).toString('utf8')
}

function trimLeft(path: string): string {
  let start = 0
  while (path.charCodeAt(start) === SLASH) start++
  return path.slice(start)
}

function trimRight(path: string): string {
  let end = path.length
  while (end > 0 && path.charCodeAt(end - 1) === SLASH) end--
  return path.slice(0, end)
}
