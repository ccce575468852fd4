import { dumpPriorityLevels, dumpQueues, dumpRequests, type FlowController } from '../flowcontrol/index.js'
import type { PathRecorderMux } from './path-recorder-mux.js'
import { writeText } from './text.js'

const ROOT = '/debug/api_priority_and_fairness'

/** Shows what flow control does now, where kube-apiserver shows it. */
export function installFlowControlDebug(mux: PathRecorderMux, controller: FlowController): void {
  mux
    .handle(`${ROOT}/dump_priority_levels`, (ctx) => writeText(ctx, 200, dumpPriorityLevels(controller)))
    .handle(`${ROOT}/dump_queues`, (ctx) => writeText(ctx, 200, dumpQueues(controller)))
    .handle(`${ROOT}/dump_requests`, (ctx) =>
      writeText(ctx, 200, dumpRequests(controller, ctx.query.get('includeRequestDetails') === '1')),
    )
}
