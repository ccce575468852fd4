import type { RequestInfo } from '../meta/context.js'

export { isLongRunning } from './filters/long-running.js'

/** Whether a request is meant to last: it has no deadline, and it ends when the server does. */
export type LongRunningRequestCheck = (info: RequestInfo) => boolean
