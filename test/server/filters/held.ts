import { setTimeout as sleep } from 'node:timers/promises'
import { RequestContext } from '../../../lib/endpoints/index.js'
import type { UserInfo } from '../../../lib/meta/context.js'
import { withPanicRecovery } from '../../../lib/server/filters/panic-recovery.js'
import { withRequestInfo } from '../../../lib/server/filters/request-info.js'
import { type Filter, handlerChain } from '../../../lib/server/handler-chain.js'
import { writeText } from '../../../lib/server/text.js'
import { type ListeningServer, listenOn } from '../../support/server.js'

/** A server whose requests stay where they are until they are let go. */
export interface Held {
  readonly server: ListeningServer
  /** Those that got through the filters and are not let go yet. */
  readonly served: RequestContext[]
  /** Answers the first of them. */
  release(): void
  /** Resolves once so many are served at once. */
  serving(count: number): Promise<void>
}

/** The user is whom the request's header `x-user` names, in the groups of `x-groups`. */
const authentication: Filter = (ctx, next) => {
  const { 'x-user': name = 'alice', 'x-groups': groups = 'system:authenticated' } = ctx.request.headers
  ctx.user = { name: String(name), groups: String(groups).split(',') } satisfies UserInfo
  return next()
}

export async function held(filter: Filter, serve?: (ctx: RequestContext) => Promise<void> | void): Promise<Held> {
  const served: RequestContext[] = []
  const open = new Map<RequestContext, () => void>()
  const target = (ctx: RequestContext): Promise<void> => {
    served.push(ctx)
    return new Promise<void>((resolve) => open.set(ctx, resolve)).then(() => {
      writeText(ctx, 200, 'served')
    })
  }
  const chain = handlerChain([withPanicRecovery(() => {}), withRequestInfo, authentication, filter], serve ?? target)
  const server = await listenOn(
    (req, res) => void chain(new RequestContext(req, res, (req.url ?? '').split('?')[0] ?? '')),
  )
  return {
    server,
    served,
    release() {
      const first = served.shift()
      if (!first) throw new Error('nothing is being served')
      open.get(first)?.()
    },
    serving: (count) => until(() => served.length === count),
  }
}

/** All ways in which the handling of a request may end, and the status that a client sees of it. */
export const endings: readonly [how: string, serve: NonNullable<Parameters<typeof held>[1]>, status: number][] = [
  ['is answered at once', (ctx) => void ctx.response.end(), 200],
  ['is answered later', async (ctx) => void ctx.response.end(), 200],
  [
    'fails at once',
    () => {
      throw new Error('no')
    },
    500,
  ],
  [
    'fails later',
    async () => {
      throw new Error('no')
    },
    500,
  ],
]

/** Resolves once it is so. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(2)
}
