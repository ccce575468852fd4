import {
  CATCH_ALL,
  EXEMPT,
  type PriorityLevelConfiguration,
  type PriorityLevelConfigurationSpec,
} from '../priority-level-configuration.js'

/** Levels that are always there. */
export const MANDATORY_PRIORITY_LEVELS: readonly PriorityLevelConfiguration[] = [
  level(EXEMPT, { type: 'Exempt', exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } }),
  level(CATCH_ALL, {
    type: 'Limited',
    limited: { nominalConcurrencyShares: 5, lendablePercent: 0, limitResponse: { type: 'Reject' } },
  }),
]

/** Levels that Kubernetes suggests besides (its `bootstrap` package of 1.32). */
export const SUGGESTED_PRIORITY_LEVELS: readonly PriorityLevelConfiguration[] = [
  queuing('system', { shares: 30, lendable: 33, queues: 64, hand: 6 }),
  queuing('node-high', { shares: 40, lendable: 25, queues: 64, hand: 6 }),
  queuing('leader-election', { shares: 10, lendable: 0, queues: 16, hand: 4 }),
  queuing('workload-high', { shares: 40, lendable: 50, queues: 128, hand: 6 }),
  queuing('workload-low', { shares: 100, lendable: 90, queues: 128, hand: 6 }),
  queuing('global-default', { shares: 20, lendable: 50, queues: 128, hand: 6 }),
]

function level(name: string, spec: PriorityLevelConfigurationSpec): PriorityLevelConfiguration {
  return {
    apiVersion: 'flowcontrol.apiserver.k8s.io/v1',
    kind: 'PriorityLevelConfiguration',
    metadata: { name },
    spec,
  }
}

interface Sizes {
  readonly shares: number
  /** Percent. */
  readonly lendable: number
  readonly queues: number
  readonly hand: number
}

function queuing(name: string, { shares, lendable, queues, hand }: Sizes): PriorityLevelConfiguration {
  return level(name, {
    type: 'Limited',
    limited: {
      nominalConcurrencyShares: shares,
      lendablePercent: lendable,
      limitResponse: { type: 'Queue', queuing: { queues, handSize: hand, queueLengthLimit: 50 } },
    },
  })
}
