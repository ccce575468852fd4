import type { KubeObject } from './object.js'

/**
 * How many seats a class of requests has, and what happens to those that find none (`flowcontrol.apiserver.k8s.io/v1`).
 *
 * @see https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/priority-level-configuration-v1/
 */
export interface PriorityLevelConfiguration extends KubeObject {
  readonly spec: PriorityLevelConfigurationSpec
}

/** Requests of the level `exempt` are never held back; all other levels are limited. */
export type PriorityLevelConfigurationSpec =
  | { readonly type: 'Exempt'; readonly exempt?: ExemptPriorityLevelConfiguration }
  | { readonly type: 'Limited'; readonly limited: LimitedPriorityLevelConfiguration }

export interface ExemptPriorityLevelConfiguration {
  /** Seats that are reckoned with for this level, as shares of the server's. Default 0. */
  readonly nominalConcurrencyShares?: number
  /** Percent of them that others may borrow. Default 0. */
  readonly lendablePercent?: number
}

export interface LimitedPriorityLevelConfiguration {
  /**
   * This level's shares of the server's seats: `ceil(total × shares / sum of all shares)`. Default 30. With 0 it has no
   * seats but borrowed ones: a jail, if it may borrow none.
   */
  readonly nominalConcurrencyShares?: number
  /** Percent of the nominal seats that others may borrow, 0 to 100; the last seat is never lent. Default 0. */
  readonly lendablePercent?: number
  /** Percent of the nominal seats that may be borrowed on top. Default: any number. */
  readonly borrowingLimitPercent?: number
  readonly limitResponse: LimitResponse
}

export type LimitResponse =
  | { readonly type: 'Queue'; readonly queuing?: QueuingConfiguration }
  | { readonly type: 'Reject' }

export interface QueuingConfiguration {
  /** Default 64. With 1 there are no flows: everybody waits in one line. */
  readonly queues?: number
  /** Queues that one flow is dealt; it waits in the one with the least work. Default 8. */
  readonly handSize?: number
  /** Requests that may wait in one queue. Default 50. */
  readonly queueLengthLimit?: number
}

/** A {@link QueuingConfiguration} with all defaults filled in. */
export type Queuing = Required<QueuingConfiguration>

/** The one level whose requests are never held back. */
export const EXEMPT = 'exempt'
/** The level, and the flow schema, of requests that nothing else matches. */
export const CATCH_ALL = 'catch-all'

/** What a level's spec says, in one shape and with its defaults (KEP-1040). */
export interface LevelSettings {
  readonly exempt: boolean
  readonly shares: number
  readonly lendablePercent: number
  /** `undefined` = as much as there is. */
  readonly borrowingLimitPercent: number | undefined
  /** `undefined` = what finds no seat is turned away. */
  readonly queuing: Queuing | undefined
}

export function levelSettings({ spec }: PriorityLevelConfiguration): LevelSettings {
  if (spec.type === 'Exempt') {
    const { nominalConcurrencyShares = 0, lendablePercent = 0 } = spec.exempt ?? {}
    const borrowingLimitPercent = undefined
    return {
      exempt: true,
      shares: nominalConcurrencyShares,
      lendablePercent,
      borrowingLimitPercent,
      queuing: undefined,
    }
  }
  const { nominalConcurrencyShares = 30, lendablePercent = 0, borrowingLimitPercent, limitResponse } = spec.limited
  const queuing = limitResponse.type === 'Queue' ? queuingOf(limitResponse.queuing) : undefined
  return { exempt: false, shares: nominalConcurrencyShares, lendablePercent, borrowingLimitPercent, queuing }
}

function queuingOf({ queues = 64, handSize = 8, queueLengthLimit = 50 }: QueuingConfiguration = {}): Queuing {
  return { queues, handSize, queueLengthLimit }
}
