/** Changes of a letter by which a name may be off and is still taken for a slip of another. */
const SLIPS = 3
/** What is longer was never meant as a name. */
const LONGEST_NAME = 64

/**
 * Refuses what a program without types misspells: it would be passed over, and what was asked for with it be missed.
 *
 * @param owner whose options they are, as the message names it
 * @param known every option there is; as an object so that its type can demand all of them
 * @throws TypeError naming the option, and the one that was probably meant or else all there are
 * @example
 * ```ts
 * requireKnownOptions('etcd', options, { hosts: true, auth: true } satisfies Record<keyof EtcdOptions, true>)
 * ```
 */
export function requireKnownOptions(owner: string, given: object, known: Readonly<Record<string, true>>): void {
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(known, name))
  if (unknown === undefined) return
  const names = Object.keys(known)
  const meant = nearest(unknown, names)
  const hint = meant === undefined ? `; there are ${names.join(', ')}` : `: did you mean ${meant}?`
  throw new TypeError(`${owner} has no option ${unknown.slice(0, LONGEST_NAME)}${hint}`)
}

function nearest(name: string, known: readonly string[]): string | undefined {
  if (name.length > LONGEST_NAME) return undefined
  let best: string | undefined
  // A short name has few letters that may be off: nothing of it would be left.
  let least = Math.min(SLIPS, Math.ceil(name.length / 2)) + 1
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase())
    if (distance < least) [best, least] = [candidate, distance]
  }
  return best
}

/** How many letters must be put in, taken out or replaced to make one text of the other (Levenshtein). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    row = next
  }
  return row[b.length]!
}
