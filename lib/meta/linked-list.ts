/** A place in a {@link LinkedList}. */
export interface Link<T> {
  readonly value: T
  /** @internal */
  previous: Link<T> | undefined
  /** @internal */
  next: Link<T> | undefined
}

/**
 * What comes and goes with every request, in the order in which it came. A `Set` makes itself a new table every few
 * changes, and V8 keeps the old ones with all that was in them reachable from one another: once the garbage collector has
 * moved one of them to the old space, whatever requests allocate follows it there.
 *
 * @example
 * ```ts
 * const inFlight = new LinkedList<Request>()
 * const link = inFlight.add(request)
 * inFlight.remove(link)
 * ```
 */
export class LinkedList<T> implements Iterable<T> {
  #first: Link<T> | undefined
  #last: Link<T> | undefined
  #size = 0

  get size(): number {
    return this.#size
  }

  /** Puts a value behind all others. */
  add(value: T): Link<T> {
    const link: Link<T> = { value, previous: this.#last, next: undefined }
    if (this.#last) this.#last.next = link
    else this.#first = link
    this.#last = link
    this.#size++
    return link
  }

  /** Takes out what {@link LinkedList.add} put in; says whether it was still there. */
  remove(link: Link<T>): boolean {
    const { previous, next } = link
    if (!previous && this.#first !== link) return false
    if (previous) previous.next = next
    else this.#first = next
    if (next) next.previous = previous
    else this.#last = previous
    // Nothing shall be reached from what is out.
    link.previous = undefined
    link.next = undefined
    this.#size--
    return true
  }

  /** The values of this moment: whatever is added or removed while somebody goes through them. */
  values(): T[] {
    const values: T[] = []
    for (let link = this.#first; link; link = link.next) values.push(link.value)
    return values
  }

  [Symbol.iterator](): Iterator<T> {
    return this.values().values()
  }
}
