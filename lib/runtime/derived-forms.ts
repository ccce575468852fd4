/** What can be computed again from an object's bytes. */
export interface Forgetful {
  /** Drops every form derived so far. */
  forget(): void
}

/**
 * Keeps derived forms (parsed objects, other versions, table rows) of objects that live long, while there is room:
 * the oldest go first. Without it one list by a label would parse a whole cache and never let go of it.
 */
export class DerivedForms {
  #kept: { object: Forgetful; bytes: number }[] = []
  #head = 0
  #bytes = 0

  /** @param maxBytes estimated room for all forms together */
  constructor(private readonly maxBytes: number) {}

  get bytes(): number {
    return this.#bytes
  }

  /** Notes that `object` has a form of about so many bytes more. */
  keep(object: Forgetful, bytes: number): void {
    this.#kept.push({ object, bytes })
    this.#bytes += bytes
    while (this.#bytes > this.maxBytes && this.#head < this.#kept.length - 1) this.#dropOldest()
    if (this.#head > 1024 && this.#head * 2 > this.#kept.length) {
      this.#kept = this.#kept.slice(this.#head)
      this.#head = 0
    }
  }

  #dropOldest(): void {
    const oldest = this.#kept[this.#head]!
    this.#kept[this.#head++] = NOTHING
    this.#bytes -= oldest.bytes
    oldest.object.forget()
  }
}

const NOTHING = { object: { forget() {} }, bytes: 0 }

/** The process's own: caches share their room. */
export const derivedForms = new DerivedForms(48 * 1024 * 1024)
