import type { Context } from '../meta/context.js'
import type { RevisionedKV } from './kv/types.js'

const REUSE_SHARE = 0.05
const MAX_REUSE_SECONDS = 60
const MAX_OBJECTS_PER_LEASE = 1000

/**
 * Gives objects of about the same lifetime one lease: a lease each would cost the store more than the object.
 * An object may live up to 5 % (at most a minute) longer than asked, as in Kubernetes.
 */
export class LeaseManager {
  #current: { id: string; expiresAt: number; objects: number } | undefined

  constructor(private readonly kv: RevisionedKV) {}

  /** The id of a lease that ends no sooner than `ttlSeconds` from now. */
  async leaseFor(ctx: Context, ttlSeconds: number): Promise<string> {
    const now = Date.now()
    const reuse = Math.min(ttlSeconds * REUSE_SHARE, MAX_REUSE_SECONDS)
    const lease = this.#current
    const wanted = now + ttlSeconds * 1000
    if (
      lease &&
      lease.objects < MAX_OBJECTS_PER_LEASE &&
      lease.expiresAt >= wanted &&
      lease.expiresAt <= wanted + reuse * 2000
    ) {
      lease.objects++
      return lease.id
    }
    const seconds = Math.ceil(ttlSeconds + reuse)
    const granted = await this.kv.grantLease(ctx, seconds)
    this.#current = { id: granted.id, expiresAt: now + seconds * 1000, objects: 1 }
    return granted.id
  }
}
