import type { FlowDistinguisherMethod, FlowSchema } from './flow-schema.js'
import { FlowSchemaStats } from './metrics/flow-schema-stats.js'
import { uidOf } from './object.js'
import type { PriorityLevel } from './priority-level.js'
import { type DigestMatcher, flowSchemaMatcher, type RequestDigest } from './rules.js'

/** Hands that are kept, so that a known flow costs no hash; and how long a flow's name may be to be kept. */
const MAX_HANDS = 1024
const MAX_KEPT_NAME = 256
/** Where there is one queue, or none. */
const FIRST_QUEUE: readonly number[] = [0]

/** A flow schema at work: what it matches, the level it leads to, and the queues of each of its flows. */
export class ClassifiedSchema {
  readonly name: string
  readonly uid: string
  readonly stats: FlowSchemaStats
  readonly matches: DigestMatcher
  readonly #method: FlowDistinguisherMethod | undefined
  readonly #hands = new Map<string, readonly number[]>()

  constructor(
    schema: FlowSchema,
    readonly level: PriorityLevel,
  ) {
    this.name = schema.metadata.name
    this.uid = uidOf('FlowSchema', schema)
    this.stats = new FlowSchemaStats(this.name, level.name)
    this.matches = flowSchemaMatcher(schema)
    this.#method = schema.spec.distinguisherMethod?.type
  }

  /** What tells a request's flow from others of this schema; `''` where flows make no difference. */
  distinguish({ user, requestInfo }: RequestDigest): string {
    if (!this.level.dealer || !this.#method) return ''
    return this.#method === 'ByUser' ? user.name : requestInfo.namespace
  }

  /** The queues that a flow may wait in. */
  hand(distinguisher: string): readonly number[] {
    const { dealer } = this.level
    if (!dealer) return FIRST_QUEUE
    const known = this.#hands.get(distinguisher)
    if (known) return known
    const hand = dealer.deal(this.name, distinguisher)
    if (distinguisher.length <= MAX_KEPT_NAME) this.#keep(distinguisher, hand)
    return hand
  }

  #keep(distinguisher: string, hand: readonly number[]): void {
    const hands = this.#hands
    for (const oldest of hands.keys()) {
      if (hands.size < MAX_HANDS) break
      hands.delete(oldest)
    }
    hands.set(distinguisher, hand)
  }
}
