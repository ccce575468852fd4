import {
  type Attributes,
  type AuthorizerResult,
  nonResourceAttributes,
  type ResourceRequest,
  resourceAttributes,
} from '../../lib/authorization/index.js'
import type { UserInfo } from '../../lib/meta/context.js'

export const user = (name: string, ...groups: string[]): UserInfo => ({ name, groups })

/** What `get flunders/status` in a group and namespace asks for. */
export function resource(who: UserInfo, verb: string, asked: ResourceRequest): Attributes {
  return resourceAttributes(who, verb, asked)
}

export const path = (who: UserInfo, verb: string, asked: string): Attributes => nonResourceAttributes(who, verb, asked)

/** Of an authorizer that decides at once. */
export function atOnce(result: Promise<AuthorizerResult> | AuthorizerResult): AuthorizerResult {
  if (result instanceof Promise) throw new Error('the decision was not at hand')
  return result
}
