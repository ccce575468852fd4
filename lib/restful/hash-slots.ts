/**
 * Numbers by hash, several for one hash if need be. They lie together in one piece of memory, which a look-up among
 * thousands needs more than anything else: most of its time goes into waiting for memory.
 */
export class HashSlots {
  /** Pairs of hash and number; 0 is free. Pairs of one hash are probed one after the other. */
  #slots = new Int32Array(16)
  #size = 0

  /** @param number 1 or greater. */
  add(hash: number, number: number): void {
    this.#size++
    if (this.#size * 4 > this.#slots.length) this.#grow()
    this.#put(hash, number)
  }

  /** Where the numbers of a hash begin: to be asked for with `next`. */
  first(hash: number): number {
    return this.#from(hash, (hash << 1) & (this.#slots.length - 1))
  }

  /** Where the next number of a hash stands. */
  next(hash: number, at: number): number {
    return this.#from(hash, (at + 2) & (this.#slots.length - 1))
  }

  /** The number at a place; 0 when there are no more. */
  at(place: number): number {
    return this.#slots[place + 1]!
  }

  #from(hash: number, start: number): number {
    const slots = this.#slots
    const mask = slots.length - 1
    let at = start
    while (slots[at] !== hash && slots[at + 1] !== 0) at = (at + 2) & mask
    return at
  }

  #put(hash: number, number: number): void {
    const mask = this.#slots.length - 1
    let at = (hash << 1) & mask
    while (this.#slots[at + 1] !== 0) at = (at + 2) & mask
    this.#slots[at] = hash
    this.#slots[at + 1] = number
  }

  #grow(): void {
    const old = this.#slots
    this.#slots = new Int32Array(old.length * 2)
    for (let at = 0; at < old.length; at += 2) if (old[at + 1] !== 0) this.#put(old[at]!, old[at + 1]!)
  }
}
