import { type OptionType, requireKnownOptions } from '../meta/known-options.js'
import type { Logger } from './logger.js'
import type { ApiServerOptions } from './options.js'

/** The compiler demands every option here. */
const OPTIONS: Readonly<Record<keyof ApiServerOptions, OptionType>> = {
  resources: 'list',
  restResources: 'list',
  storage: 'object',
  prefix: 'text',
  watchCache: 'boolean',
  memberLimits: 'object',
  transformer: 'object',
  admission: 'list',
  version: 'object',
  openapi: 'object',
  index: 'boolean',
  health: 'boolean',
  healthChecks: 'list',
  metrics: 'boolean or object',
  notFound: 'boolean',
  authenticate: 'function',
  authorize: 'function',
  authentication: 'object',
  authorization: 'object',
  audit: 'object',
  flowControl: 'boolean or object',
  cors: 'object',
  hsts: 'object',
  cacheControl: 'text',
  goawayChance: 'number',
  requestTimeoutMs: 'number',
  longRunning: 'function',
  httpLog: 'boolean',
  slowRequestMs: 'number',
  tracing: 'boolean or object',
  buildHandlerChain: 'function',
  logger: 'function or object',
  maxRequestsInFlight: 'number',
  maxMutatingRequestsInFlight: 'number',
}

/**
 * Options that would be passed over, because they are misspelt, or beside or without others: whoever gives them expects
 * something of them.
 *
 * @throws TypeError naming the options
 */
export function checkOptions(options: ApiServerOptions, logger: Logger): void {
  requireKnownOptions('apiserver', options, OPTIONS)
  if (!options.resources) throw new TypeError('apiserver needs resources, a list of what defineResource made')
  const foreign = options.resources.findIndex(
    (resource) => !Array.isArray(resource?.versions) || !('options' in resource),
  )
  refuse(foreign >= 0, `resources[${foreign}] of apiserver is not what defineResource made`)
  warnOfUndefined(options, logger)
  const { authentication, authorization, audit, flowControl, health, healthChecks = [] } = options
  refuse(
    options.authenticate !== undefined && authentication?.authenticate !== undefined,
    'authenticate and authentication.authenticate are the same: give one of them',
  )
  refuse(
    options.authorize !== undefined && authorization?.authorize !== undefined,
    'authorize and authorization.authorize are the same: give one of them',
  )
  refuse(
    audit !== undefined && !audit.log && !audit.webhook && !audit.backends?.length,
    'audit has a policy and nowhere to write to: give audit.log, audit.webhook or audit.backends',
  )
  refuse(
    healthChecks.length > 0 && !health,
    'healthChecks are served below /healthz, /livez and /readyz alone: give health: true with them',
  )
  for (const name of ['maxRequestsInFlight', 'maxMutatingRequestsInFlight'] as const)
    refuse(
      Boolean(flowControl) && options[name] !== undefined,
      `flowControl takes the place of ${name}: give one of them (flowControl.totalConcurrency bounds requests there)`,
    )
}

function refuse(wrong: boolean, message: string): void {
  if (wrong) throw new TypeError(message)
}

/** Each pair says the same thing: who somebody is, and what they may do. */
const PAIRS = [
  ['authenticate', 'authentication', 'nobody is asked who they are'],
  ['authorize', 'authorization', 'whoever comes in may do everything'],
] as const

/** Leaving these out is legal, and done on purpose; whoever names them without a value may have a variable that is not set. */
function warnOfUndefined(options: ApiServerOptions, logger: Logger): void {
  for (const [one, other, effect] of PAIRS) {
    if (options[one] !== undefined || options[other] !== undefined) continue
    const named = [one, other].filter((name) => Object.hasOwn(options, name))
    if (named.length > 0) logger.warn({ options: named }, `an option for security is undefined: ${effect}`)
  }
}
