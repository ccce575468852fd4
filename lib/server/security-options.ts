import type { AuditOptions } from '../audit/index.js'
import type { AuthenticationOptions, HostAuthenticator } from '../authentication/index.js'
import type { AuthorizationOptions, Authorize } from '../authorization/index.js'
import type { FlowControlOptions } from '../flowcontrol/index.js'

/**
 * Who may do what, who is told of it, and whose turn it is. With none of these everybody may do everything: the app before
 * the API must see to it then.
 */
export interface SecurityOptions {
  /**
   * The host app's own login, in one line: who makes a request (a user, or just a name), or nothing for nobody. What is
   * nobody's is answered 401, unless {@link authentication} lets strangers in, or {@link authorization} lets everybody
   * (`alwaysAllowPaths`: the health checks by default).
   *
   * @example
   * ```ts
   * apiserver({ resources, storage, authenticate: (req) => req.user }) // a user of { name, groups }
   * apiserver({ resources, storage, authenticate: ({ user }) => user && { name: user.email, groups: user.roles } }) // any other
   * ```
   */
  readonly authenticate?: HostAuthenticator['authenticate']
  /**
   * The host app's own rules, in one line: `allow`, `deny`, or `noOpinion`, which leaves it to {@link authorization}. What
   * nobody allows is answered 403.
   *
   * @example
   * ```ts
   * apiserver({ resources, storage, authenticate, authorize: ({ user, verb }) => (user.groups.includes('staff') || verb === 'get' ? 'allow' : 'deny') })
   * ```
   */
  readonly authorize?: Authorize
  /**
   * Further ways to know who makes a request: client certificates, tokens, OIDC issuers, a front proxy, a webhook. At least one.
   *
   * @example
   * ```ts
   * authentication: { oidc: [{ url: 'https://accounts.example.com', audiences: ['my-api'] }], anonymous: { paths: ['/version'] } }
   * ```
   */
  readonly authentication?: AuthenticationOptions
  /**
   * Further rules: RBAC, a webhook, privileged groups. Without any, whoever is known may do everything.
   *
   * @example
   * ```ts
   * authorization: { rbac: { file: './rbac.yaml' } }
   * ```
   */
  readonly authorization?: AuthorizationOptions
  /**
   * A log of who did what: a policy, and at least one place to write to.
   *
   * @example
   * ```ts
   * audit: { policy: { rules: [{ level: 'Metadata' }] }, log: { path: './audit.log' } }
   * ```
   */
  readonly audit?: Omit<AuditOptions, 'metrics' | 'logger'>
  /**
   * API Priority and Fairness instead of the simple limits of requests in flight, which cannot be given with it: `true` =
   * Kubernetes' own levels and schemas. Default false.
   *
   * @example
   * ```ts
   * flowControl: { totalConcurrency: 100 }
   * ```
   */
  readonly flowControl?: FlowControlOptions | boolean
}
