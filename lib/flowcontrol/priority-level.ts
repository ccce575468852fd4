import type { Clock } from './clock.js'
import { type ConcurrencyLimits, maxSeatsPerRequest } from './concurrency-limits.js'
import { Dealer } from './fairqueuing/dealer.js'
import { QueueSet } from './fairqueuing/queue-set.js'
import type { Pace } from './fairqueuing/seats.js'
import { LevelUsage } from './metrics/level-usage.js'
import { uidOf } from './object.js'
import { levelSettings, type PriorityLevelConfiguration } from './priority-level-configuration.js'

/** A priority level at work: its seats, its queues, and how much of them is taken. */
export class PriorityLevel {
  readonly name: string
  readonly uid: string
  readonly exempt: boolean
  readonly usage: LevelUsage
  readonly queueSet: QueueSet
  /** `undefined` where all wait in one line, or nobody waits. */
  readonly dealer: Dealer | undefined
  readonly maxSeats: number | undefined
  /** Seats that the last borrowing aimed at. */
  targetSeats = 0

  constructor(
    configuration: PriorityLevelConfiguration,
    readonly limits: ConcurrencyLimits,
    seatsIfNone: number,
    clock: Clock,
    pace: Pace,
  ) {
    const settings = levelSettings(configuration)
    const { queues = 0, handSize = 0, queueLengthLimit = 0 } = settings.queuing ?? {}
    this.name = configuration.metadata.name
    this.uid = uidOf('PriorityLevelConfiguration', configuration)
    this.exempt = settings.exempt
    this.usage = new LevelUsage(Math.max(1, queues * queueLengthLimit), seatsIfNone, clock.now())
    this.queueSet = new QueueSet({ clock, usage: this.usage, queues, queueLengthLimit, exempt: settings.exempt, pace })
    this.dealer = queues > 1 ? new Dealer(queues, handSize) : undefined
    this.maxSeats = maxSeatsPerRequest(limits.nominal, settings)
  }
}
