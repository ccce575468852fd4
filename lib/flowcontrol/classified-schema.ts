import type { Flow } from './fairqueuing/flow-request.js'
import type { FlowDistinguisherMethod, FlowSchema } from './flow-schema.js'
import { FlowSchemaStats } from './metrics/flow-schema-stats.js'
import { uidOf } from './object.js'
import type { PriorityLevel } from './priority-level.js'
import { type DigestMatcher, flowSchemaMatcher, flowSchemaSubjects, type RequestDigest } from './rules.js'

/** Flows that are kept, so that a known one costs no hash; and how long a flow's name may be to be kept. */
const MAX_FLOWS = 1024
const MAX_KEPT_NAME = 256
/** Where there is one queue, or none. */
const FIRST_QUEUE: readonly number[] = [0]

/** A flow schema at work: what it matches, the level it leads to, and the queues of each of its flows. */
export class ClassifiedSchema {
  readonly name: string
  readonly uid: string
  readonly stats: FlowSchemaStats
  readonly matches: DigestMatcher
  /** Whether any of its rules is about a user. */
  readonly isAbout: (user: RequestDigest['user']) => boolean
  readonly #method: FlowDistinguisherMethod | undefined
  readonly #flows = new Map<string, Flow>()

  constructor(
    schema: FlowSchema,
    readonly level: PriorityLevel,
  ) {
    this.name = schema.metadata.name
    this.uid = uidOf('FlowSchema', schema)
    this.stats = new FlowSchemaStats(this.name, level.name)
    this.matches = flowSchemaMatcher(schema)
    this.isAbout = flowSchemaSubjects(schema)
    this.#method = schema.spec.distinguisherMethod?.type
  }

  /** The flow that a request belongs to: one for all where flows make no difference. */
  flowOf({ user, requestInfo }: RequestDigest): Flow {
    const distinguishes = this.level.dealer && this.#method
    return this.#flow(distinguishes ? (this.#method === 'ByUser' ? user.name : requestInfo.namespace) : '')
  }

  #flow(distinguisher: string): Flow {
    const known = this.#flows.get(distinguisher)
    if (known) return known
    const hand = this.level.dealer?.deal(this.name, distinguisher) ?? FIRST_QUEUE
    const flow = { distinguisher, hand, executing: 0 }
    if (distinguisher.length <= MAX_KEPT_NAME) this.#keep(flow)
    return flow
  }

  #keep(flow: Flow): void {
    const flows = this.#flows
    for (const oldest of flows.keys()) {
      if (flows.size < MAX_FLOWS) break
      flows.delete(oldest)
    }
    flows.set(flow.distinguisher, flow)
  }
}
