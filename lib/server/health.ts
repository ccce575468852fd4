import type { RequestContext } from '../endpoints/index.js'
import { backgroundContext, type Context } from '../meta/context.js'
import type { PathRecorderMux } from './path-recorder-mux.js'
import { writeText } from './text.js'

/** Where checks are asked. */
export type HealthEndpoint = 'healthz' | 'livez' | 'readyz'

/**
 * Something that must work; throws when it does not. What takes longer than 2 s has failed.
 *
 * @example
 * ```ts
 * apiserver({ resources, storage, health: true, healthChecks: [{ name: 'mailer', check: ({ signal }) => mailer.ping(signal) }] })
 * ```
 */
export interface HealthCheck {
  /** Its path is `/readyz/NAME`: letters, digits, `-`, `_` and `.`. */
  readonly name: string
  check(ctx: Context): Promise<void> | void
  /**
   * Default `healthz` and `readyz`: whoever fails `livez` is restarted, which mends nothing when it is a dependency that fails.
   */
  readonly endpoints?: readonly HealthEndpoint[]
}

const CHECK_NAME = /^[\w.-]{1,64}$/
const CHECK_MS = 2_000

/** Always well while the process answers. */
export const pingCheck: HealthCheck = { name: 'ping', check() {} }

/**
 * Serves `PATH` and `PATH/CHECK` for every check. `?verbose` tells each check's outcome, `?exclude=NAME` leaves one out.
 * Why a check failed is logged, not told.
 *
 * @see https://kubernetes.io/docs/reference/using-api/health-checks/
 */
export function installHealthz(
  mux: PathRecorderMux,
  path: string,
  checks: readonly HealthCheck[],
  onFailure: (name: string, err: unknown) => void,
): void {
  const name = path.slice(1)
  for (const check of checks) {
    if (!CHECK_NAME.test(check.name)) throw new Error(`health check ${JSON.stringify(check.name)} cannot be a path`)
  }
  mux.handle(path, (ctx) => answerAll(ctx, name, checks, onFailure))
  for (const check of checks) {
    mux.handle(`${path}/${check.name}`, async (ctx) => {
      const failure = await failureOf(ctx, check, onFailure)
      writeText(ctx, failure ? 500 : 200, failure ? `internal server error: ${failure}` : 'ok')
    })
  }
}

async function answerAll(
  ctx: RequestContext,
  name: string,
  checks: readonly HealthCheck[],
  onFailure: (name: string, err: unknown) => void,
): Promise<void> {
  const excluded = new Set(ctx.query.getAll('exclude'))
  const lines: string[] = []
  let failed = false
  for (const check of checks) {
    if (excluded.delete(check.name)) {
      lines.push(`[+]${check.name} excluded: ok`)
      continue
    }
    const failure = await failureOf(ctx, check, onFailure)
    failed ||= failure !== undefined
    lines.push(failure ? `[-]${check.name} failed: reason withheld` : `[+]${check.name} ok`)
  }
  if (excluded.size > 0) {
    const unknown = [...excluded]
      .sort()
      .map((text) => JSON.stringify(text))
      .join(', ')
    lines.push(`warn: some health checks cannot be excluded: no matches for ${unknown}`)
  }
  if (failed) writeText(ctx, 500, `${lines.join('\n')}\n${name} check failed\n`)
  else writeText(ctx, 200, ctx.query.has('verbose') ? `${lines.join('\n')}\n${name} check passed\n` : 'ok')
}

async function failureOf(
  ctx: RequestContext,
  check: HealthCheck,
  onFailure: (name: string, err: unknown) => void,
): Promise<string | undefined> {
  try {
    await inTime(check, ctx)
    return undefined
  } catch (err) {
    onFailure(check.name, err)
    return `${check.name} failed`
  }
}

/** The check hears by its signal and deadline when its time is over; one that listens to neither has failed all the same. */
async function inTime(check: HealthCheck, ctx: RequestContext): Promise<void> {
  const limit = new AbortController()
  const deadline = Math.min(ctx.deadline ?? Number.POSITIVE_INFINITY, Date.now() + CHECK_MS)
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      limit.abort()
      reject(new Error(`no answer within ${CHECK_MS} ms`))
    }, CHECK_MS)
  })
  try {
    await Promise.race([check.check(backgroundContext({ signal: limit.signal, deadline, user: ctx.user })), late])
  } finally {
    clearTimeout(timer)
  }
}
