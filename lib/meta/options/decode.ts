import { badRequest, messageOf } from '../errors.js'
import { parseFieldSelector } from '../fields/index.js'
import { parseLabelSelector } from '../labels/index.js'
import { type Query, queryBool, queryInt, queryString } from './query.js'
import type {
  CreateOptions,
  DeleteOptions,
  GetOptions,
  ListOptions,
  PatchOptions,
  Preconditions,
  UpdateOptions,
  WriteOptions,
} from './types.js'

/** Whatever a query is refused with while it is read is a 400 with the bare message. */
function orBadRequest<T>(decode: () => T): T {
  try {
    return decode()
  } catch (err) {
    throw badRequest(messageOf(err))
  }
}

/**
 * Reads the options of list, watch and deletecollection from a query.
 *
 * @throws StatusError 400 for a number or a selector that cannot be read.
 * @example
 * ```ts
 * decodeListOptions(new URLSearchParams('labelSelector=app%3Dweb&limit=500'))
 * ```
 */
export function decodeListOptions(query: Query): ListOptions {
  return orBadRequest(() => {
    // Numbers are read before selectors: where both are wrong, a client hears of the number.
    const timeoutSeconds = queryInt(query, 'timeoutSeconds')
    const limit = queryInt(query, 'limit') ?? 0
    const sendInitialEvents = queryBool(query, 'sendInitialEvents')
    return {
      labelSelector: parseLabelSelector(queryString(query, 'labelSelector')),
      fieldSelector: parseFieldSelector(queryString(query, 'fieldSelector')),
      watch: queryBool(query, 'watch') ?? false,
      allowWatchBookmarks: queryBool(query, 'allowWatchBookmarks') ?? false,
      resourceVersion: queryString(query, 'resourceVersion'),
      resourceVersionMatch: queryString(query, 'resourceVersionMatch'),
      ...(timeoutSeconds !== undefined && { timeoutSeconds }),
      limit,
      continue: queryString(query, 'continue'),
      ...(sendInitialEvents !== undefined && { sendInitialEvents }),
    }
  })
}

/**
 * What a watch that says nothing about its beginning means: without a resourceVersion (or with `0`) it begins with the
 * current state, like `sendInitialEvents=true` (KEP-3157).
 */
export function setListOptionsDefaults(options: ListOptions): ListOptions {
  const decided = options.sendInitialEvents !== undefined || options.resourceVersionMatch !== ''
  const fromState = options.resourceVersion === '' || options.resourceVersion === '0'
  if (!options.watch || decided || !fromState) return options
  return { ...options, sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' }
}

/**
 * Reads the options of get from a query.
 *
 * @throws StatusError 400 when the parameter `export` asks for what is gone since Kubernetes 1.14.
 */
export function decodeGetOptions(query: Query): GetOptions {
  if (queryBool(query, 'export') === true) {
    throw badRequest('the export parameter, deprecated since v1.14, is no longer supported')
  }
  return { resourceVersion: queryString(query, 'resourceVersion') }
}

function decodeWriteOptions(query: Query): WriteOptions {
  return {
    dryRun: query.getAll('dryRun'),
    fieldManager: queryString(query, 'fieldManager'),
    fieldValidation: queryString(query, 'fieldValidation'),
  }
}

/** Reads the options of create from a query. */
export function decodeCreateOptions(query: Query): CreateOptions {
  return decodeWriteOptions(query)
}

/** Reads the options of update from a query. */
export function decodeUpdateOptions(query: Query): UpdateOptions {
  return decodeWriteOptions(query)
}

/** Reads the options of patch from a query. */
export function decodePatchOptions(query: Query): PatchOptions {
  const force = queryBool(query, 'force')
  return { ...decodeWriteOptions(query), ...(force !== undefined && { force }) }
}

/**
 * Reads the options of delete from a query, for a request without a body. `uid` and `resourceVersion` are preconditions.
 *
 * @throws StatusError 400 for a gracePeriodSeconds that is no number.
 */
export function decodeDeleteOptions(query: Query): DeleteOptions {
  return orBadRequest(() => {
    const gracePeriodSeconds = queryInt(query, 'gracePeriodSeconds')
    const orphanDependents = queryBool(query, 'orphanDependents')
    const propagationPolicy = query.getAll('propagationPolicy')[0]
    const preconditions = decodePreconditions(query)
    return {
      ...(gracePeriodSeconds !== undefined && { gracePeriodSeconds }),
      ...(preconditions !== undefined && { preconditions }),
      ...(orphanDependents !== undefined && { orphanDependents }),
      ...(propagationPolicy !== undefined && { propagationPolicy }),
      dryRun: query.getAll('dryRun'),
    }
  })
}

function decodePreconditions(query: Query): Preconditions | undefined {
  const uid = queryString(query, 'uid')
  const resourceVersion = queryString(query, 'resourceVersion')
  if (uid === '' && resourceVersion === '') return undefined
  return { ...(uid !== '' && { uid }), ...(resourceVersion !== '' && { resourceVersion }) }
}
