import type { UserInfo } from '../../meta/context.js'
import { messageOf } from '../../meta/errors.js'
import { aggregateMessages } from '../../meta/field/index.js'
import { finish, finishInTurns, type Steps } from '../../runtime/steps.js'
import { fileVersions, watchFiles } from '../../runtime/watch-files.js'
import type { Attributes, Authorizer, AuthorizerResult } from '../authorizer.js'
import { NO_OPINION } from '../decide.js'
import type { RuleResolver, SubjectRules } from '../rule-resolver.js'
import { bootstrapPolicy } from './bootstrap-policy.js'
import { readRBACFile } from './file.js'
import { sortRBACObjects } from './objects.js'
import { type Policy, policyOf } from './policy.js'
import type { BoundRole } from './subject-grants.js'
import type { RBACObject } from './types.js'

/** Where roles and bindings come from. */
export interface RBACOptions {
  readonly objects?: readonly RBACObject[]
  /** A YAML file with any number of documents, or a JSON file, of 16 MiB at most; `kubectl get clusterroles -o yaml` writes one. */
  readonly file?: string
  /** How often the file is looked at, in milliseconds, and read anew when it has changed. Default 10,000; 0 = it is read once. */
  readonly reloadIntervalMs?: number
  /**
   * Told when the file was read anew, and why not: one that cannot be used leaves in place what was read last, and so does an
   * empty one where there was something; to take all away, write an empty list (`{kind: List, items: []}`).
   */
  onReload?(file: string, err?: unknown): void
  /**
   * Add the roles and bindings that Kubernetes starts with, as far as they are about every API; they give way to given ones of
   * the same name. Default true.
   */
  readonly bootstrapPolicy?: boolean
}

/**
 * Decides by roles and their bindings (Kubernetes' `rbac.RBACAuthorizer`).
 *
 * @throws Error for objects that Kubernetes would refuse, naming every field that is wrong
 * @example
 * ```ts
 * const authorizer = rbac({
 *   objects: [
 *     {
 *       kind: 'ClusterRole',
 *       metadata: { name: 'flunder-reader' },
 *       rules: [{ apiGroups: ['wardle.example.com'], resources: ['flunders'], verbs: ['get', 'list', 'watch'] }],
 *     },
 *     {
 *       kind: 'ClusterRoleBinding',
 *       metadata: { name: 'readers' },
 *       subjects: [{ kind: 'Group', name: 'readers' }],
 *       roleRef: { kind: 'ClusterRole', name: 'flunder-reader' },
 *     },
 *   ],
 * })
 * ```
 */
export function rbac(options: RBACOptions): RBACAuthorizer {
  return new RBACAuthorizer(options)
}

/** See {@link rbac}. */
export class RBACAuthorizer implements Authorizer, RuleResolver {
  #rules: ReadRules
  #options: RBACOptions
  #stop: () => void

  constructor(options: RBACOptions) {
    const watch = this.#watch(options)
    this.#rules = finish(read(options))
    this.#options = options
    this.#stop = watch()
  }

  /** Takes other roles and bindings from now on, all at once; those that cannot be used change nothing. */
  replace(options: RBACOptions): void {
    const watch = this.#watch(options)
    this.#rules = finish(read(options))
    this.#options = options
    this.#stop()
    this.#stop = watch()
  }

  /** Takes no more changes of the file. */
  close(): void {
    this.#stop()
  }

  /** Notes how the file stands before it is read. */
  #watch(options: RBACOptions): () => () => void {
    const { file, reloadIntervalMs: intervalMs } = options
    if (file === undefined) return () => () => {}
    const versions = fileVersions([file])
    const load = async (): Promise<void> => {
      const rules = await finishInTurns(read(options, !this.#rules.hasFileObjects))
      // Others may have been given meanwhile.
      if (this.#options === options) this.#rules = rules
    }
    return () => watchFiles([file], versions, { intervalMs, load, done: (err) => options.onReload?.(file, err) })
  }

  authorize(attributes: Attributes): AuthorizerResult {
    const { cluster, namespaces, hasErrors } = this.#rules.policy
    const everywhere = cluster.find(attributes)
    if (everywhere !== undefined) return everywhere
    if (attributes.namespace !== '') {
      const here = namespaces.get(attributes.namespace)?.find(attributes)
      if (here !== undefined) return here
    }
    return hasErrors ? this.#missingRoles(attributes.user, attributes.namespace) : NO_OPINION
  }

  rulesFor(user: UserInfo, namespace: string): SubjectRules {
    const bound = this.#boundTo(user, namespace)
    const rules = bound.flatMap((role) => role.rules)
    const error = errorsOf(bound)
    return {
      resourceRules: rules
        .filter(({ resources = [] }) => resources.length > 0)
        .map(({ verbs, apiGroups, resources, resourceNames }) => ({
          verbs,
          ...(apiGroups ? { apiGroups } : {}),
          ...(resources ? { resources } : {}),
          ...(resourceNames ? { resourceNames } : {}),
        })),
      nonResourceRules: rules
        .filter(({ nonResourceURLs = [] }) => nonResourceURLs.length > 0)
        .map(({ verbs, nonResourceURLs }) => ({ verbs, ...(nonResourceURLs ? { nonResourceURLs } : {}) })),
      incomplete: false,
      ...(error === undefined ? {} : { error: new Error(error) }),
    }
  }

  #boundTo(user: UserInfo, namespace: string): BoundRole[] {
    const { cluster, namespaces } = this.#rules.policy
    return [...cluster.boundTo(user), ...(namespaces.get(namespace)?.boundTo(user) ?? [])]
  }

  #missingRoles(user: UserInfo, namespace: string): AuthorizerResult {
    const error = errorsOf(this.#boundTo(user, namespace))
    return error === undefined ? NO_OPINION : { decision: 'noOpinion', reason: `RBAC: ${error}` }
  }
}

function errorsOf(bound: readonly BoundRole[]): string | undefined {
  const errors = bound.flatMap(({ error }) => (error === undefined ? [] : [error]))
  return errors.length === 0 ? undefined : aggregateMessages(errors)
}

interface ReadRules {
  readonly policy: Policy
  readonly hasFileObjects: boolean
}

/** At the start all at once; later in turns, for others are served meanwhile. */
function* read(
  { objects = [], file, bootstrapPolicy: withDefaults = true }: RBACOptions,
  fileMayBeEmpty = true,
): Steps<ReadRules> {
  const ofFile = file === undefined ? [] : yield* readRBACFile(file, fileMayBeEmpty)
  try {
    const sorted = yield* sortRBACObjects([...objects, ...ofFile], withDefaults ? bootstrapPolicy : [])
    return { policy: yield* policyOf(sorted), hasFileObjects: ofFile.length > 0 }
  } catch (err) {
    const where = file === undefined ? 'authorization.rbac' : `authorization.rbac (file ${file})`
    throw new Error(`${where}: these roles and bindings cannot be used: ${messageOf(err)}`, { cause: err })
  }
}
