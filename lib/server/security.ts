import { reviewGroups } from '../apis/index.js'
import { type Audit, auditOf } from '../audit/index.js'
import { type AuthenticationOptions, type Authenticator, authenticatorOf } from '../authentication/index.js'
import {
  type AuthorizationOptions,
  type Authorizer,
  alwaysAllow,
  authorizerOf,
  HEALTH_PATHS,
  type RuleResolver,
} from '../authorization/index.js'
import type { AuthorizeCreate, RestResource } from '../endpoints/index.js'
import { FlowController, type ObjectCount } from '../flowcontrol/index.js'
import { authorizeCreateWith } from './authorize-create.js'
import { type Logger, plainError } from './logger.js'
import type { SecurityMetrics } from './metrics/index.js'
import { admittingProbes } from './probe-paths.js'
import type { SecurityOptions } from './security-options.js'

/** What the options of a server ask for; what they do not ask for is not there. */
export interface Security {
  readonly authenticator: Authenticator | undefined
  readonly authorizer: (Authorizer & RuleResolver) | undefined
  /** Lets an update make its object; undefined = nothing asks for rights. */
  readonly authorizeCreate: AuthorizeCreate | undefined
  readonly audit: Audit | undefined
  readonly flowControl: FlowController | undefined
  /** The resources by which clients ask who they are and what they may do. */
  readonly reviews: readonly RestResource[]
  /** Ends the looking for changes of files of tokens and roles. */
  close(): void
}

/** What the server around brings. */
export interface SecurityParts {
  readonly logger: Logger
  readonly metrics: SecurityMetrics | undefined
  readonly objectCount: ObjectCount
}

/** @throws Error for options that cannot be used */
export function securityOf(options: SecurityOptions, { logger, metrics, objectCount }: SecurityParts): Security {
  const authentication = authenticationOf(options)
  const authorization = authorizationOf(options)
  const reloaded = reloads(logger)
  const known =
    authentication &&
    authenticatorOf(authentication, metrics?.authentication, reloaded, () => logger.error({}, UNASKED))
  const authenticator = known && withProbes(known, authentication, authorization)
  const ruled = authorization && authorizerOf(authorization, reloaded, metrics?.authorizationWebhook)
  const authorizer = ruled && metrics ? metrics.measured(ruled) : ruled
  const { flowControl } = options
  return {
    authenticator,
    authorizer,
    authorizeCreate: authorizer && authorizeCreateWith(authorizer),
    audit: options.audit && auditOf({ ...options.audit, logger, ...(metrics && { metrics: metrics.audit }) }),
    flowControl: flowControl
      ? new FlowController({ ...(flowControl !== true && flowControl), objectCount })
      : undefined,
    reviews: authenticator || ruled ? reviewsOf(authenticator, ruled) : [],
    close() {
      authenticator?.close()
      ruled?.close()
    },
  }
}

const UNASKED =
  'authentication.clientCertificates are configured, and TLS does not ask clients for any, so that nobody can show one: ' +
  'the https server needs `ca`, `requestCert: true` and `rejectUnauthorized: false`, as runServer sets them'

/** Who has no credentials gets as far as everybody may, unless it is said how far. */
const withProbes = (
  authenticator: Authenticator,
  { anonymous }: AuthenticationOptions,
  { alwaysAllowPaths = HEALTH_PATHS }: AuthorizationOptions = {},
): Authenticator => (anonymous === undefined ? admittingProbes(authenticator, alwaysAllowPaths) : authenticator)

const reloads =
  (logger: Logger) =>
  (file: string, err?: unknown): void => {
    if (err === undefined) logger.info({ file }, 'a file of tokens, certificates or roles was read anew')
    else
      logger.error(
        { err: plainError(err), file },
        'a changed file of tokens, certificates or roles cannot be used, the old one holds',
      )
  }

/** The options stay the `this` of their methods, unless one is added to them. */
function authenticationOf({ authenticate, authentication }: SecurityOptions): AuthenticationOptions | undefined {
  return authenticate ? { ...authentication, authenticate } : authentication
}

function authorizationOf({ authorize, authorization }: SecurityOptions): AuthorizationOptions | undefined {
  return authorize ? { ...authorization, authorize } : authorization
}

/** Where nothing asks for rights, everybody has them all, and is told so. */
function reviewsOf(
  authenticator: Authenticator | undefined,
  authorizer: (Authorizer & RuleResolver) | undefined,
): readonly RestResource[] {
  const tokens = authenticator?.tokens
  return reviewGroups({ authorizer: authorizer ?? alwaysAllow, ...(tokens && { tokenAuthenticator: tokens }) })
}
