import type { Context } from '../../meta/context.js'
import { badRequest } from '../../meta/errors.js'
import type { FieldSet } from '../../meta/fields/index.js'
import type { GroupResource, GroupVersionKind, KubeObject } from '../../meta/types.js'
import { isPathSegmentName } from '../../meta/validation/index.js'
import type { DryRunnableStorage } from '../../storage/dry-runnable.js'
import { SelectionPredicate } from '../../storage/selection-predicate.js'
import type { ListQuery } from '../rest.js'
import type { Strategy } from '../strategy.js'

/** What every verb of the generic Store works with. */
export interface StoreParts {
  readonly storage: DryRunnableStorage
  readonly strategy: Strategy
  /** For errors about objects: the kind in the version that is served first. */
  readonly kind: GroupVersionKind
  readonly resource: GroupResource
  /** Path below the store's prefix under which the objects stand, e.g. `/wardle.example.com/flunders`. */
  readonly keyRoot: string
  /** Further fields that field selectors may ask for. */
  readonly selectableFields: (object: KubeObject) => FieldSet
  /** Seconds after which an object expires, 0 = never. */
  readonly ttl: (object: KubeObject, existing: KubeObject | undefined) => number
  /** Turns what is read before it is sent; must not change what it is given. */
  readonly decorator: ((object: KubeObject) => KubeObject) | undefined
}

export const namespaceOf = (ctx: Context): string => ctx.requestInfo?.namespace ?? ''

/** Key under which a collection stands: of one namespace, or of all (KeyRootFunc). */
export function keyRoot(parts: StoreParts, ctx: Context): string {
  const namespace = namespaceOf(ctx)
  return parts.strategy.namespaceScoped && namespace !== '' ? `${parts.keyRoot}/${namespace}` : parts.keyRoot
}

/**
 * Key of one object (KeyFunc). Names come from strangers: what could lead to another key is refused.
 *
 * @throws StatusError 400
 */
export function keyOf(parts: StoreParts, ctx: Context, name: string): string {
  const namespace = namespaceOf(ctx)
  if (parts.strategy.namespaceScoped && namespace === '') throw badRequest('Namespace parameter required.')
  if (name === '') throw badRequest('Name parameter required.')
  const problems = isPathSegmentName(name)
  if (problems.length > 0) throw badRequest(`Name parameter invalid: ${JSON.stringify(name)}: ${problems.join(';')}`)
  return `${keyRoot(parts, ctx)}/${name}`
}

/** The selectors of a query, over labels, `metadata.name`, `metadata.namespace` and the kind's selectable fields. */
export function predicateOf(
  parts: StoreParts,
  query: Pick<ListQuery, 'labelSelector' | 'fieldSelector' | 'limit' | 'continue'>,
): SelectionPredicate {
  const { labelSelector, fieldSelector, limit, continue: token } = query
  return new SelectionPredicate(labelSelector, fieldSelector, fieldReader(parts), limit, token)
}

/** What field selectors look at: one function for all predicates of a store, by which objects remember the outcome. */
const fieldReaders = new WeakMap<StoreParts, SelectionPredicate['getFields']>()

function fieldReader(parts: StoreParts): SelectionPredicate['getFields'] {
  let reader = fieldReaders.get(parts)
  if (!reader) {
    reader = (object) => ({
      ...parts.selectableFields(object),
      'metadata.name': object.metadata.name ?? '',
      'metadata.namespace': object.metadata.namespace ?? '',
    })
    fieldReaders.set(parts, reader)
  }
  return reader
}

/** Where a read of many looks: at one key if the selector names one object, else below the collection's key. */
export function scopeOf(
  parts: StoreParts,
  ctx: Context,
  selection: SelectionPredicate,
): { key: string; recursive: boolean } {
  const name = selection.matchesSingle()
  const oneNamespace = !parts.strategy.namespaceScoped || namespaceOf(ctx) !== ''
  if (name === undefined || name === '' || !oneNamespace || isPathSegmentName(name).length > 0)
    return { key: keyRoot(parts, ctx), recursive: true }
  return { key: keyOf(parts, ctx, name), recursive: false }
}
