import { setTimeout as sleep } from 'node:timers/promises'
import {
  type Audit,
  type AuditBackend,
  type AuditOptions,
  auditOf,
  type EventObject,
} from '../../../lib/audit/index.js'
import { RequestContext } from '../../../lib/endpoints/index.js'
import { newRequestInfo } from '../../../lib/endpoints/request/request-info.js'
import { withAudit } from '../../../lib/server/filters/audit.js'
import { withAuditAnnotations } from '../../../lib/server/filters/audit-annotations.js'
import { type Filter, handlerChain, type NamedFilter } from '../../../lib/server/handler-chain.js'
import { type ListeningServer, listenOn } from '../../support/server.js'

export interface Collected {
  readonly audit: Audit
  readonly events: EventObject[]
  /** Resolves with the events once there are `count`. */
  some(count: number): Promise<EventObject[]>
}

/** An audit whose events can be looked at. */
export function collected(policy: AuditOptions['policy'], options: Partial<AuditOptions> = {}): Collected {
  const events: EventObject[] = []
  const backend: AuditBackend = {
    name: 'collector',
    processEvents(batch) {
      events.push(...batch.map((event) => event.toJSON()))
      return true
    },
    close: () => Promise.resolve(),
  }
  const audit = auditOf({ policy, backends: [backend], ...options })
  return {
    audit,
    events,
    async some(count) {
      while (events.length < count) await sleep(2)
      return events
    },
  }
}

export const EVERYTHING = { rules: [{ level: 'RequestResponse' }] } as const
export const METADATA = { rules: [{ level: 'Metadata' }] } as const

/** Puts the audit, and what else is given, where it stands in the chain of a server. */
export const auditing =
  (audit: Audit, ...inner: Filter[]) =>
  (filters: readonly NamedFilter[]): NamedFilter[] => [
    { name: 'AuditAnnotations', filter: withAuditAnnotations },
    ...filters,
    { name: 'Audit', filter: withAudit(audit) },
    ...inner.map((filter, i) => ({ name: `Test${i}`, filter })),
  ]

/** A server that is an audit, these filters and a target. */
export async function auditedServer(
  audit: Audit,
  target: (ctx: RequestContext) => Promise<void> | void,
  ...inner: Filter[]
): Promise<ListeningServer> {
  const info: Filter = (ctx, next) => {
    ctx.requestInfo = newRequestInfo(ctx.request.method ?? '', ctx.path, () => ctx.query)
    return next()
  }
  const chain = handlerChain([withAuditAnnotations, info, withAudit(audit), ...inner], target)
  return listenOn((req, res) => {
    const ctx = new RequestContext(req, res, decodeURI((req.url ?? '').split('?')[0] ?? ''))
    void Promise.resolve(chain(ctx)).catch(() => res.destroy())
  })
}
