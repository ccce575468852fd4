import { createHash } from 'node:crypto'

/** A hand takes at most 60 bits; drawn from 128, none is likelier than another by more than 2^-68. */
const ENTROPY_BYTES = 16
export const MAX_HAND_BITS = 60

/**
 * Deals each flow its hand of queues (shuffle sharding, KEP-1040): the same flow always gets the same hand, and two flows
 * hardly ever get hands that overlap completely, so that one that floods its queues leaves others a way around.
 *
 * @example
 * ```ts
 * new Dealer(128, 6).deal('service-accounts', 'system:serviceaccount:default:builder') // [17, 99, 4, 63, 120, 51]
 * ```
 */
export class Dealer {
  readonly #deckSize: number
  readonly #handSize: number

  /** @throws RangeError for a hand that is larger than the deck, or takes more bits than a hash is read for. */
  constructor(deckSize: number, handSize: number) {
    if (!(handSize >= 1 && handSize <= deckSize)) throw new RangeError(`cannot deal ${handSize} of ${deckSize} queues`)
    if (handBits(deckSize, handSize) > MAX_HAND_BITS)
      throw new RangeError(
        `a hand of ${handSize} of ${deckSize} queues takes more than ${MAX_HAND_BITS} bits of a hash`,
      )
    this.#deckSize = deckSize
    this.#handSize = handSize
  }

  /** The queues of a flow: distinct indices, in the order in which they were dealt. */
  deal(flowSchema: string, distinguisher: string): number[] {
    // No name of a schema has a NUL: two flows never hash the same text.
    const hash = createHash('sha256').update(`${flowSchema}\0${distinguisher}`).digest()
    return this.dealFrom(BigInt(`0x${hash.toString('hex', 0, ENTROPY_BYTES)}`))
  }

  /** Reads a number as a hand: its digits, in the mixed radix deck, deck - 1, …, say which of the cards left comes next. */
  dealFrom(entropy: bigint): number[] {
    const deck = Array.from({ length: this.#deckSize }, (_, index) => index)
    let rest = entropy
    for (let dealt = 0; dealt < this.#handSize; dealt++) {
      const left = BigInt(this.#deckSize - dealt)
      const drawn = dealt + Number(rest % left)
      rest /= left
      const card = deck[drawn] as number
      deck[drawn] = deck[dealt] as number
      deck[dealt] = card
    }
    return deck.slice(0, this.#handSize)
  }
}

/** Bits of a hash that a hand takes, as Kubernetes' validation reckons them: as if cards were put back. */
export function handBits(deckSize: number, handSize: number): number {
  return Math.ceil(Math.log2(deckSize) * handSize)
}
