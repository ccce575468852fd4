import { ReplacedError } from '../types.js'

/** What every answer of etcd says of who gave it; 64-bit numbers come as decimal strings. @internal */
export interface AnswerHeader {
  readonly cluster_id: string
  readonly member_id: string
  readonly raft_term: string
}

/**
 * Tells a store from the one that was there before by what its answers say of themselves. A cluster made of a snapshot has
 * another id where it was given other addresses or another token; where it has the same one, its members begin again with a
 * low term, which no member of a cluster ever does. What a copy of a member's files comes back with proves nothing: that is
 * for `checkContinuity`.
 * @internal
 */
export class StoreIdentity {
  #cluster = ''
  /** The last term that each member told. */
  readonly #terms = new Map<string, bigint>()

  /** @throws ReplacedError when the store that answers now cannot be the one that answered before */
  check({ cluster_id: cluster, member_id: member, raft_term }: AnswerHeader): void {
    if (this.#cluster !== '' && cluster !== this.#cluster)
      throw new ReplacedError(`etcd: the store is another: its cluster was ${this.#cluster} and is ${cluster}`)
    const [before, term] = [this.#terms.get(member) ?? 0n, BigInt(raft_term)]
    if (term < before)
      throw new ReplacedError(`etcd: the store was put back: member ${member} was at term ${before} and is at ${term}`)
    this.#cluster = cluster
    this.#terms.set(member, term)
  }
}
