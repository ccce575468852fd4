import type { RequestInfo } from '../../meta/context.js'
import { Histogram } from './histogram.js'

const QUEUE_LENGTH_BOUNDS = [0, 10, 25, 50, 100, 250, 500, 1000]
const DURATION_BOUNDS = [0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30]
const WATCH_COUNT_BOUNDS = [0, 1, 10, 100, 1000, 10_000]
const SEAT_BOUNDS = [1, 2, 4, 8, 16, 32, 64, 100]

/** What is counted of a flow schema's requests; plain numbers, read when somebody asks for the metrics. */
export class FlowSchemaStats {
  inqueueRequests = 0
  inqueueSeats = 0
  executingRequests = 0
  executingSeats = 0
  dispatched = 0
  noAccommodation = 0
  readonly rejected = { 'queue-full': 0, 'concurrency-limit': 0, 'time-out': 0, cancelled: 0 }
  readonly queueLength = new Histogram(QUEUE_LENGTH_BOUNDS)
  readonly waitSeconds = { true: new Histogram(DURATION_BOUNDS), false: new Histogram(DURATION_BOUNDS) }
  readonly executionSeconds = { regular: new Histogram(DURATION_BOUNDS), watch: new Histogram(DURATION_BOUNDS) }
  readonly estimatedSeats = new Histogram(SEAT_BOUNDS)
  readonly watchCount = new Histogram(WATCH_COUNT_BOUNDS)

  constructor(
    readonly flowSchema: string,
    readonly priorityLevel: string,
  ) {}

  waited(milliseconds: number, executed: boolean): void {
    this.waitSeconds[executed ? 'true' : 'false'].observe(milliseconds / 1000)
  }

  executed(milliseconds: number, { verb }: RequestInfo): void {
    this.executionSeconds[verb === 'watch' ? 'watch' : 'regular'].observe(milliseconds / 1000)
  }
}
