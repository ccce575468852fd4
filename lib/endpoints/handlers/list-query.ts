import { badRequest } from '../../meta/errors.js'
import { type FieldSelector, parseFieldSelector } from '../../meta/fields/index.js'
import {
  decodeListOptions,
  refuseInvalidOptions,
  setListOptionsDefaults,
  validateListOptions,
} from '../../meta/options/index.js'
import type { ListQuery } from '../../registry/rest.js'
import type { RequestContext } from '../request/request-context.js'
import type { RequestScope } from '../request-scope.js'

/** The query of a read of many, decoded, checked, and in the terms of the resource. */
export interface DecodedListQuery extends ListQuery {
  readonly watch: boolean
  readonly timeoutSeconds: number | undefined
}

/**
 * Reads and checks the query of a list, watch or deletecollection.
 *
 * @throws StatusError 400 or 422
 */
export function listQuery(ctx: RequestContext, forceWatch: boolean): DecodedListQuery {
  const options = setListOptionsDefaults(decodeListOptions(ctx.query))
  refuseInvalidOptions('ListOptions', validateListOptions(options))
  return {
    // A `/watch/` path makes no watch of the options: they are defaulted and checked as those of a list.
    watch: options.watch || forceWatch,
    timeoutSeconds: options.timeoutSeconds,
    labelSelector: options.labelSelector,
    fieldSelector: options.fieldSelector,
    resourceVersion: options.resourceVersion,
    resourceVersionMatch: options.resourceVersionMatch as ListQuery['resourceVersionMatch'],
    limit: Math.max(options.limit, 0),
    continue: options.continue,
    allowWatchBookmarks: options.allowWatchBookmarks,
    sendInitialEvents: options.sendInitialEvents,
  }
}

/**
 * Only fields that the kind declares can be selected by; a name in the path is one more requirement.
 *
 * @throws StatusError 400
 */
export function scopedFieldSelector(ctx: RequestContext, scope: RequestScope, selector: FieldSelector): FieldSelector {
  requireKnownFields(scope, selector)
  const name = ctx.requestInfo?.parts[1] ?? ''
  if (name === '') return selector
  if (selector.requirements.length === 0) return parseFieldSelector(`metadata.name=${name}`)
  if (selector.requiresExactMatch('metadata.name') !== name)
    throw badRequest("fieldSelector metadata.name doesn't match requested name")
  return selector
}

/** @throws StatusError 400 */
export function requireKnownFields(scope: RequestScope, selector: FieldSelector): void {
  for (const { field } of selector.requirements) {
    if (!scope.fieldLabels.has(field)) {
      const known = [...scope.fieldLabels].map((label) => JSON.stringify(label)).join(', ')
      throw badRequest(`${JSON.stringify(field)} is not a known field selector: only ${known}`)
    }
  }
}
