import type { RevisionedKV } from '../storage/index.js'
import { type HealthCheck, type HealthEndpoint, installHealthz, pingCheck } from './health.js'
import type { Lifecycle } from './lifecycle.js'
import { type Logger, plainError } from './logger.js'
import type { PathRecorderMux } from './path-recorder-mux.js'

/** What the server's own checks look at. */
export interface HealthCheckParts {
  readonly kv: RevisionedKV
  readonly lifecycle: Lifecycle
  /** Names of informers that have not seen everything yet. */
  readonly unsynced: () => readonly string[]
  /** Resources whose watch cache is being filled. */
  readonly uncached: () => readonly string[]
  readonly logger: Logger
}

const ALL: readonly HealthEndpoint[] = ['healthz', 'livez', 'readyz']
const DEPENDENCY: readonly HealthEndpoint[] = ['healthz', 'readyz']

/**
 * Serves `/healthz`, `/livez` and `/readyz` with the server's own checks and the given ones.
 *
 * @throws Error for a check whose name is taken or cannot be a path
 */
export function installHealthChecks(
  mux: PathRecorderMux,
  { kv, lifecycle, unsynced, uncached, logger }: HealthCheckParts,
  more: readonly HealthCheck[],
): void {
  const storage: HealthCheck = { name: 'storage', check: async (ctx) => void (await kv.currentRevision(ctx)) }
  const informers: HealthCheck = {
    name: 'informer-sync',
    endpoints: ['readyz'],
    check() {
      const waiting = unsynced()
      if (waiting.length > 0) throw plainError(`not synced: ${waiting.join(', ')}`)
    },
  }
  const caches: HealthCheck = {
    name: 'watch-cache',
    endpoints: ['readyz'],
    check() {
      const waiting = uncached()
      if (waiting.length > 0) throw plainError(`being filled: ${waiting.join(', ')}`)
    },
  }
  const shutdown: HealthCheck = {
    name: 'shutdown',
    endpoints: ['readyz'],
    check() {
      if (lifecycle.shuttingDown) throw plainError('the server is shutting down')
    },
  }
  const checks = [{ ...pingCheck, endpoints: ALL }, storage, caches, informers, ...more, shutdown]
  const failed = (name: string, err: unknown) => logger.warn({ check: name, err }, 'a health check failed')
  for (const endpoint of ALL) {
    const own = checks.filter(({ endpoints = DEPENDENCY }) => endpoints.includes(endpoint))
    installHealthz(mux, `/${endpoint}`, own, failed)
  }
}
