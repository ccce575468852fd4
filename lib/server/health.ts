import type { RequestContext } from '../endpoints/index.js'
import type { PathRecorderMux } from './path-recorder-mux.js'
import { writeText } from './text.js'

/** Something that must work; throws when it does not. */
export interface HealthCheck {
  readonly name: string
  check(ctx: RequestContext): Promise<void> | void
}

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
    const unknown = [...excluded].map((text) => JSON.stringify(text)).join(', ')
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
    await check.check(ctx)
    return undefined
  } catch (err) {
    onFailure(check.name, err)
    return `${check.name} failed`
  }
}
