import type { RequestInfo, UserInfo } from '../meta/context.js'
import type { Attributes } from './authorizer.js'

/** What a request asks for, and on whose behalf. */
export function attributesOf(user: UserInfo, info: RequestInfo): Attributes {
  const { isResourceRequest, path, verb } = info
  if (!isResourceRequest) return nonResourceAttributes(user, verb, path)
  return {
    user,
    verb,
    namespace: info.namespace,
    apiGroup: info.apiGroup,
    apiVersion: info.apiVersion,
    resource: info.resource,
    subresource: info.subresource,
    name: info.name,
    fieldSelector: info.fieldSelector,
    labelSelector: info.labelSelector,
    isResourceRequest,
    path,
  }
}

/** Of a path that is no resource. */
export function nonResourceAttributes(user: UserInfo, verb: string, path: string): Attributes {
  return {
    user,
    verb,
    namespace: '',
    apiGroup: '',
    apiVersion: '',
    resource: '',
    subresource: '',
    name: '',
    fieldSelector: '',
    labelSelector: '',
    isResourceRequest: false,
    path,
  }
}

/** What a resource request asks for besides its verb; whatever is left out is empty, which means none, or all. */
export type ResourceRequest = Partial<Omit<Attributes, 'user' | 'isResourceRequest' | 'path' | 'verb'>>

/** Of a resource, for questions that no request asked. */
export function resourceAttributes(user: UserInfo, verb: string, asked: ResourceRequest): Attributes {
  return {
    user,
    verb,
    namespace: asked.namespace ?? '',
    apiGroup: asked.apiGroup ?? '',
    apiVersion: asked.apiVersion ?? '',
    resource: asked.resource ?? '',
    subresource: asked.subresource ?? '',
    name: asked.name ?? '',
    fieldSelector: asked.fieldSelector ?? '',
    labelSelector: asked.labelSelector ?? '',
    isResourceRequest: true,
    path: '',
  }
}
