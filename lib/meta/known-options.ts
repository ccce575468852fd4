/** Changes of a letter by which a name may be off and is still taken for a slip of another. */
const SLIPS = 3
/** What is longer was never meant as a name. */
const LONGEST_NAME = 64

type Type = 'boolean' | 'number' | 'text' | 'function' | 'object' | 'list'

/** What an option may be, as its message says it; `true` = anything, because it is looked at where it is used. */
export type OptionType = true | Type | `${Type} or ${Type}`

const IS: Readonly<Record<Type, (value: unknown) => boolean>> = {
  boolean: (value) => typeof value === 'boolean',
  number: (value) => typeof value === 'number' && !Number.isNaN(value),
  text: (value) => typeof value === 'string',
  function: (value) => typeof value === 'function',
  object: (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  list: Array.isArray,
}

/**
 * Refuses what a program without types misspells or mistakes: it would be passed over, and what was asked for with it be
 * missed, or it would fail far from here. An option that is undefined is one that was not given.
 *
 * @param owner whose options they are, as the message names it
 * @param known every option there is, and of which type; as an object so that its type can demand all of them
 * @throws TypeError naming the option, and what was probably meant or else all there is
 * @example
 * ```ts
 * requireKnownOptions('etcd', options, { hosts: true, auth: true } satisfies Record<keyof EtcdOptions, OptionType>)
 * ```
 */
export function requireKnownOptions(owner: string, given: object, known: Readonly<Record<string, OptionType>>): void {
  if (!IS.object(given)) throw new TypeError(`${owner} takes an object of options, not ${shown(given)}`)
  requireNames(owner, given, known)
  for (const [name, value] of Object.entries(given)) {
    const type = known[name]
    if (value === undefined || type === undefined || type === true) continue
    if (!type.split(' or ').some((one) => IS[one as Type](value)))
      throw new TypeError(`${name} of ${owner} must be ${type === 'object' ? 'an' : 'a'} ${type}, not ${shown(value)}`)
  }
}

function requireNames(owner: string, given: object, known: object): void {
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(known, name))
  if (unknown === undefined) return
  const names = Object.keys(known)
  const meant = nearest(unknown, names)
  const hint = meant === undefined ? `; there are ${names.join(', ')}` : `: did you mean ${meant}?`
  throw new TypeError(`${owner} has no option ${unknown.slice(0, LONGEST_NAME)}${hint}`)
}

/** As a program would write it, in few words. */
function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, LONGEST_NAME))
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'an object'
  return typeof value === 'function' ? 'a function' : String(value)
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
