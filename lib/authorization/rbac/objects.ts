import { aggregateText } from '../../meta/field/index.js'
import { quote } from '../../meta/go/index.js'
import { isJSONObject } from '../../runtime/json/index.js'
import type { Steps } from '../../runtime/steps.js'
import type { ClusterRole, ClusterRoleBinding, RBACObject, Role, RoleBinding } from './types.js'
import { validateRBACObject } from './validation.js'

/** Roles and bindings by kind, each kind in the order in which they were given. */
export interface RBACObjects {
  readonly roles: ReadonlyMap<string, Role>
  readonly clusterRoles: ReadonlyMap<string, ClusterRole>
  readonly roleBindings: ReadonlyMap<string, RoleBinding>
  readonly clusterRoleBindings: ReadonlyMap<string, ClusterRoleBinding>
}

/** The key of a namespaced object. */
export const namespacedKey = (namespace: string, name: string): string => `${namespace}/${name}`

/**
 * Checks and sorts roles and bindings, one a step; lists of them (`kind: List`, `ClusterRoleList` …) are taken apart.
 *
 * @param defaults objects that give way to given ones of the same kind and name
 * @throws Error that names the object and every field that is wrong with it
 */
export function* sortRBACObjects(
  objects: readonly unknown[],
  defaults: readonly RBACObject[] = [],
): Steps<RBACObjects> {
  const sorted = {
    roles: new Map<string, Role>(),
    clusterRoles: new Map<string, ClusterRole>(),
    roleBindings: new Map<string, RoleBinding>(),
    clusterRoleBindings: new Map<string, ClusterRoleBinding>(),
  }
  for (const object of objects.flatMap(itemsOf)) {
    const checked = checkedObject(object)
    const key = put(sorted, checked, false)
    if (key === undefined) throw new Error(`${nameOf(checked)} is there twice`)
    yield
  }
  for (const object of defaults) put(sorted, object, true)
  return sorted
}

function itemsOf(object: unknown): readonly unknown[] {
  if (!isJSONObject(object) || typeof object.kind !== 'string' || !object.kind.endsWith('List')) return [object]
  const { items = [] } = object
  if (!Array.isArray(items)) throw new Error(`the items of a ${object.kind} are no list`)
  // The items of a typed list carry no kind.
  const kind = object.kind.slice(0, -'List'.length)
  return items.map((item) => (kind === '' || !isJSONObject(item) ? item : { ...item, kind }))
}

const KINDS: readonly unknown[] = [
  'Role',
  'ClusterRole',
  'RoleBinding',
  'ClusterRoleBinding',
] satisfies RBACObject['kind'][]

function checkedObject(object: unknown): RBACObject {
  if (!isJSONObject(object)) throw new Error('a role or binding must be an object')
  if (!KINDS.includes(object.kind))
    throw new Error(`objects of kind ${quote(String(object.kind))} are no RBAC objects; there are ${KINDS.join(', ')}`)
  const errors = validateRBACObject(object)
  const checked = object as unknown as RBACObject
  if (errors.length > 0) throw new Error(`${nameOf(checked)} is invalid: ${aggregateText(errors)}`)
  return checked
}

/** The key under which the object stands now, undefined when there was one before. */
function put(sorted: RBACObjects, object: RBACObject, optional: boolean): string | undefined {
  const { name } = object.metadata
  switch (object.kind) {
    case 'Role':
      return putOnce(sorted.roles, namespacedKey(object.metadata.namespace, name), object, optional)
    case 'ClusterRole':
      return putOnce(sorted.clusterRoles, name, object, optional)
    case 'RoleBinding':
      return putOnce(sorted.roleBindings, namespacedKey(object.metadata.namespace, name), object, optional)
    case 'ClusterRoleBinding':
      return putOnce(sorted.clusterRoleBindings, name, object, optional)
  }
}

function putOnce<T>(map: ReadonlyMap<string, T>, key: string, object: T, optional: boolean): string | undefined {
  if (map.has(key)) return optional ? key : undefined
  ;(map as Map<string, T>).set(key, object)
  return key
}

function nameOf({ kind, metadata }: RBACObject): string {
  const { name, namespace } = (metadata ?? {}) as { name?: unknown; namespace?: unknown }
  return `${kind} ${quote(String(namespace === undefined ? name : `${namespace}/${name}`))}`
}
