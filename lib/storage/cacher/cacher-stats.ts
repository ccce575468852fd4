/** What a cache counts, for metrics to show. Times in milliseconds. */
export class CacherStats {
  /** Times that the state was listed anew. */
  initializations = 0
  /** Most events held for watches to begin from. */
  windowCapacity = 0
  eventsReceived = 0
  watchers = 0
  /** Watches ended because their reader was too slow, or because the cache began anew. */
  terminatedWatchers = 0
  /** Linearizable reads answered from the cache, and those that the store had to answer. */
  consistentReads = 0
  consistentReadFallbacks = 0
}
