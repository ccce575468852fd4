import { NON_RESOURCE, type RequestInfo } from '../../meta/context.js'
import { parseFieldSelector } from '../../meta/fields/index.js'
import { isPathSegmentName } from '../../meta/validation/index.js'

/** The path began like a resource's and cannot be one (`…/watch/` and nothing behind it). */
export class RequestInfoError extends Error {
  override readonly name = 'RequestInfoError'
}

const NAMESPACE_SUBRESOURCES: ReadonlySet<string> = new Set(['status', 'finalize'])
const METHOD_VERBS: ReadonlyMap<string, string> = new Map([
  ['POST', 'create'],
  ['GET', 'get'],
  ['HEAD', 'get'],
  ['PUT', 'update'],
  ['PATCH', 'patch'],
  ['DELETE', 'delete'],
])

/**
 * Reads from method, path and query what a request is about; everything behind it relies on this one answer.
 *
 * @param path the percent-decoded path
 * @throws RequestInfoError
 */
export function newRequestInfo(method: string, path: string, query: () => URLSearchParams): RequestInfo {
  const parts = splitPath(path)
  const prefix = parts[0] ?? ''
  const groupless = prefix === 'api'
  if (parts.length < 3 || (prefix !== 'api' && prefix !== 'apis') || (!groupless && parts.length < 4))
    return nonResource(method, path)
  const rest = parts.slice(groupless ? 2 : 3)
  const special = rest[0] === 'watch' || rest[0] === 'proxy' ? rest.shift() : undefined
  if (special && rest.length === 0)
    throw new RequestInfoError(`unable to determine kind and namespace from url, ${path}`)
  const { namespace, parts: resourceParts } = splitNamespace(rest)
  const [resource = '', pathName = '', subresource = ''] = resourceParts
  const methodVerb = special ?? METHOD_VERBS.get(method) ?? ''
  const selection = selectOfMany(methodVerb, pathName, special !== undefined, query)
  // Every request makes one: members by name, since spreading was a twentieth of a GET.
  return {
    isResourceRequest: true,
    path,
    verb: selection.verb,
    apiPrefix: prefix,
    apiGroup: groupless ? '' : (parts[1] ?? ''),
    apiVersion: parts[groupless ? 1 : 2] ?? '',
    namespace,
    resource,
    subresource: special ? '' : subresource,
    name: selection.name ?? pathName,
    parts: resourceParts,
    fieldSelector: selection.fieldSelector,
    labelSelector: selection.labelSelector,
  }
}

function splitPath(path: string): string[] {
  let start = 0
  let end = path.length
  while (start < end && path.charCodeAt(start) === 0x2f) start++
  while (end > start && path.charCodeAt(end - 1) === 0x2f) end--
  return start === end ? [] : path.slice(start, end).split('/')
}

const nonResource = (method: string, path: string): RequestInfo => ({
  ...NON_RESOURCE,
  path,
  verb: method.toLowerCase(),
})

/** `namespaces/NS/RESOURCE/…` is about the resource; `namespaces/NS` and its own subresources are about the namespace. */
function splitNamespace(rest: string[]): { namespace: string; parts: string[] } {
  if (rest[0] !== 'namespaces' || rest.length < 2) return { namespace: '', parts: rest }
  const namespace = rest[1] ?? ''
  if (rest.length > 2 && !NAMESPACE_SUBRESOURCES.has(rest[2] ?? '')) return { namespace, parts: rest.slice(2) }
  return { namespace, parts: rest }
}

/** A get without a name reads many, a delete without one deletes many; only then do selectors count. */
function selectOfMany(
  methodVerb: string,
  pathName: string,
  special: boolean,
  query: () => URLSearchParams,
): Pick<RequestInfo, 'verb' | 'fieldSelector' | 'labelSelector'> & { name?: string } {
  if (pathName !== '' || special || (methodVerb !== 'get' && methodVerb !== 'delete'))
    return { verb: methodVerb, fieldSelector: '', labelSelector: '' }
  const params = query()
  const fieldSelector = params.get('fieldSelector') ?? ''
  const selectors = { fieldSelector, labelSelector: params.get('labelSelector') ?? '' }
  if (methodVerb === 'delete') return { verb: 'deletecollection', ...selectors }
  const name = exactName(fieldSelector)
  return { verb: wantsWatch(params) ? 'watch' : 'list', ...selectors, ...(name === '' ? {} : { name }) }
}

function wantsWatch(params: URLSearchParams): boolean {
  const watch = params.get('watch')
  return watch !== null && watch !== '0' && watch.toLowerCase() !== 'false'
}

function exactName(fieldSelector: string): string {
  if (fieldSelector === '') return ''
  try {
    const name = parseFieldSelector(fieldSelector).requiresExactMatch('metadata.name') ?? ''
    return isPathSegmentName(name).length === 0 ? name : ''
  } catch {
    return ''
  }
}
