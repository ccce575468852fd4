import type { RequestContext } from '../../endpoints/index.js'
import type { ClassifiedSchema, FlowController, FlowRequest, RequestDigest } from '../../flowcontrol/index.js'
import type { Filter } from '../handler-chain.js'
import type { LongRunningRequestCheck } from '../long-running.js'
import { whenSettled } from '../settle.js'
import { isLongRunning } from './long-running.js'
import { tooManyRequests } from './too-many-requests.js'

/** What takes longer than this is no small request. */
const LONG_MS = 1

type Next = () => Promise<void> | void

/**
 * Lets a request through when its priority level has seats for it and it is its flow's turn; turns it away when its queue
 * is full or it waited too long (KEP-1040). To stand behind authentication and impersonation, and before authorization.
 *
 * Where seats are free this is synchronous and takes some microseconds.
 *
 * @param lasts which requests are meant to last: watches apart, they are let through and never counted.
 * @example
 * ```ts
 * const flowControl = new FlowController({ totalConcurrency: 100 })
 * handlerChain([withRequestInfo, authentication, withPriorityAndFairness(flowControl), authorization], serve)
 * ```
 */
export function withPriorityAndFairness(
  controller: FlowController,
  lasts: LongRunningRequestCheck = isLongRunning,
): Filter {
  return (ctx, next) => {
    const { requestInfo, user } = ctx
    if (!requestInfo) throw new Error('no RequestInfo found in context, handler chain must be wrong')
    const isWatch = requestInfo.verb === 'watch'
    if (!isWatch && lasts(requestInfo)) return next()
    const digest: RequestDigest = { user, requestInfo }
    const schema = controller.classify(digest)
    // The uids, not the names: those are for the ones who run the server.
    ctx.headers['X-Kubernetes-PF-FlowSchema-UID'] = schema.uid
    ctx.headers['X-Kubernetes-PF-PriorityLevel-UID'] = schema.level.uid
    const request = controller.start(schema, digest, () => ctx.query)
    const serve = isWatch ? () => serveWatch(controller, ctx, request, next) : () => serveIn(controller, request, next)
    if (request.state === 'executing') return serve()
    if (request.state === 'rejected') return refuse(controller, ctx, schema)
    return afterWaiting(controller, ctx, schema, request, serve)
  }
}

async function afterWaiting(
  controller: FlowController,
  ctx: RequestContext,
  schema: ClassifiedSchema,
  request: FlowRequest,
  serve: Next,
): Promise<void> {
  const executes = await request.wait(ctx.signal, controller.waitLimit(ctx.startedAt, ctx.deadline))
  ctx.addLatency('apf-queue-wait', controller.clock.now() - request.arrivedAt)
  if (executes) await serve()
  else refuse(controller, ctx, schema)
}

function refuse(controller: FlowController, ctx: RequestContext, schema: ClassifiedSchema): void {
  tooManyRequests(ctx, controller.retryAfter(schema.level))
}

/** Seats are taken until the answer is complete, or has failed. */
const serveIn = (controller: FlowController, request: FlowRequest, next: Next): Promise<void> | void =>
  whenSettled(next, () => giveBack(controller, request))

/**
 * A request that kept the event loop busy keeps its seats for this turn of it: all connections that have something to
 * read are read in one turn, and were seats free again at once, a crowd of long requests would be executed one after the
 * other before anybody else has a say.
 */
function giveBack({ clock }: FlowController, request: FlowRequest): void {
  if (request.seats > 1 || clock.now() - request.startedAt >= LONG_MS) clock.nextTurn(() => request.finish())
  else request.finish()
}

/** A watch takes seats until its initial events are out (Kubernetes' `WatchInitialized`), and makes writes dearer until it ends. */
function serveWatch(
  controller: FlowController,
  ctx: RequestContext,
  request: FlowRequest,
  next: Next,
): Promise<void> | void {
  ctx.onWatchInitialized = () => request.finish()
  const forget = controller.watches.register(request.digest.requestInfo)
  return whenSettled(next, () => {
    forget()
    request.finish()
  })
}
