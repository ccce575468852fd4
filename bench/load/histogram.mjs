// Latencies in buckets at most 1.6 % wide, so that memory does not depend on how many there are.

const BUCKETS = 64 * 27

export class Histogram {
  #counts = new Uint32Array(BUCKETS)
  #total = 0

  /** @param {number} milliseconds up to an hour */
  record(milliseconds) {
    this.#counts[bucketOf(Math.min(Math.round(milliseconds * 1000), 2 ** 31 - 1))]++
    this.#total++
  }

  /** Milliseconds that the share `q` of all latencies does not exceed; 0 when there are none. */
  quantile(q) {
    let left = Math.max(1, Math.ceil(this.#total * q))
    for (let bucket = 0; this.#total > 0 && bucket < BUCKETS; bucket++) {
      left -= this.#counts[bucket]
      if (left <= 0) return upperEdge(bucket) / 1000
    }
    return 0
  }
}

/** Microseconds below 128 one by one, above them 64 buckets for each power of two. */
function bucketOf(micros) {
  const shift = Math.max(0, 25 - Math.clz32(micros))
  return shift * 64 + (micros >> shift)
}

function upperEdge(bucket) {
  if (bucket < 128) return bucket
  const shift = Math.floor(bucket / 64) - 1
  return (bucket - shift * 64 + 1) * 2 ** shift - 1
}
