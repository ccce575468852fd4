/** A seeded generator of configurations of crews (mulberry32): the same seed, the same configurations. */
export class RandomSpecs {
  #state: number

  constructor(seed: number) {
    this.#state = seed
  }

  next(below: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }

  coin(): boolean {
    return this.next(2) === 0
  }

  /** A configuration of some fields, with values that two managers often share and often dispute. */
  spec(): Record<string, unknown> {
    return this.#some({
      captain: () => this.#word(),
      size: () => this.next(3),
      home: () =>
        this.#some({
          harbour: () => this.#word(),
          berth: () => this.next(2),
          pier: () => this.#some({ name: () => this.#word() }),
        }),
      tags: () => this.#entries(() => this.#word()),
      watches: () => this.#entries(() => this.#some({ from: () => this.next(3), to: () => this.next(3) })),
      skills: () => this.#distinct(() => this.#word()),
      route: () => Array.from({ length: this.next(3) }, () => this.#word()),
      members: () =>
        this.#distinct(() => this.#word()).map((name) => ({
          name,
          ...this.#some({ rank: () => this.#word(), ports: () => this.#distinct(() => this.next(4)) }),
        })),
      lines: () =>
        this.#distinct(() => this.next(3)).map((port) => ({
          port,
          ...this.#some({ protocol: () => 'TCP', label: () => this.#word() }),
        })),
      flag: () => this.#some({ colour: () => this.#word(), shape: () => this.#word() }),
      notes: () => this.#entries(() => (this.coin() ? this.#word() : this.#entries(() => this.#word()))),
    })
  }

  #word(): string {
    return ['a', 'b', 'c', 'd'][this.next(4)]!
  }

  #some(members: Record<string, () => unknown>): Record<string, unknown> {
    const chosen = Object.entries(members).filter(() => this.coin())
    return Object.fromEntries(chosen.map(([name, value]) => [name, value()]))
  }

  #entries(value: () => unknown): Record<string, unknown> {
    return Object.fromEntries(this.#distinct(() => this.#word()).map((name) => [name, value()]))
  }

  #distinct<T>(item: () => T): T[] {
    return [...new Set(Array.from({ length: this.next(4) }, item))]
  }
}
