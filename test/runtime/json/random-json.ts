/** A small seeded generator (mulberry32), so that a failing document can be made again. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const KEYS = ['a', 'b', 'spec', 'items', '', 'é', 'q"uote', 'back\\slash', 'dot.ted', '😀', 'constructor', '12']
const STRINGS = ['', 'x', 'two words', 'tab\t', 'line\nfeed', 'ünï', '😀', '\\', '"', '{}', '12', 'true', 'null', '- a']

/** A random document; `depth` bounds its nesting. */
export function randomJSON(random: () => number, depth = 4): unknown {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  const kind = Math.floor(random() * (depth > 0 ? 8 : 5))
  switch (kind) {
    case 0:
      return pick(STRINGS)
    case 1:
      return Math.floor((random() - 0.5) * 2 ** pick([4, 16, 40, 53]))
    case 2:
      return (random() - 0.5) * 10 ** pick([-20, -3, 0, 5, 25])
    case 3:
      return pick([true, false, null])
    case 4:
      return pick(STRINGS) + pick(STRINGS)
    case 5:
      return Array.from({ length: Math.floor(random() * 5) }, () => randomJSON(random, depth - 1))
    default:
      return Object.fromEntries(
        Array.from({ length: Math.floor(random() * 6) }, () => [pick(KEYS), randomJSON(random, depth - 1)]),
      )
  }
}
