import type { RequestContext } from '../../endpoints/index.js'
import { formatDuration } from '../../meta/go/index.js'

const PREFIX = 'apiserver.latency.k8s.io/'
/** What takes longer is worth saying where the time went, as in kube-apiserver. */
const SLOW_MS = 500

/**
 * Notes in the audit log of a request that took longer than 500 ms how long it took in all, and in the layers that kept
 * count, as Go durations.
 */
export function annotateLatency({ audit, startedAt, latencies }: RequestContext): void {
  const total = Date.now() - startedAt
  if (!audit || total <= SLOW_MS) return
  audit.annotate(`${PREFIX}total`, formatDuration(total))
  for (const [layer, milliseconds] of latencies ?? []) audit.annotate(PREFIX + layer, formatDuration(milliseconds))
}
