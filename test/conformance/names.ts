import { createHash } from 'node:crypto'

/**
 * What the sample's names become in its twin. Lengths stay, because answers say theirs, and so does the order of the
 * alphabet, because the API sorts. Longer names come before those that they contain.
 */
const NAMES: ReadonlyMap<string, string> = new Map([
  ['wardle.example.com', 'garden.orchards.eu'],
  ['WardleExampleCom', 'GardenOrchardsEu'],
  ['wardleExampleCom', 'gardenOrchardsEu'],
  ['io.k8s.sample-apiserver', 'eu.orc.second-apiserver'],
  ['wardle', 'garden'],
  ['Wardle', 'Garden'],
  ['flunders', 'satsumae'],
  ['fischers', 'currants'],
  ['flunder', 'satsuma'],
  ['Flunder', 'Satsuma'],
  ['fischer', 'currant'],
  ['Fischer', 'Currant'],
])

/** Field names. Prose says "reference" of other things too, so descriptions keep it. */
const FIELDS = String.raw`\breference(?=Type\b|\b)|(?<=[Ff]lunder|[Ff]ischer)Reference`
/** A letter that a path need not escape, which some do to see it unescaped. */
const ESCAPED_LETTER = /%(?:4[1-9A-F]|5[0-9A]|6[1-9A-F]|7[0-9A])/gi

const escaped = (text: string): string => text.replaceAll('.', String.raw`\.`)
const names = [...NAMES.keys()].map(escaped).join('|')
const IN_PROSE = new RegExp(names, 'g')
const IN_DATA = new RegExp(`${names}|${FIELDS}`, 'g')

const newName = (name: string): string => NAMES.get(name) ?? (name === 'reference' ? 'yardstick' : 'Yardstick')

/** As Kubernetes computes it from where a kind is stored. */
const storageVersionHash = (storedAs: string): string =>
  createHash('sha256').update(storedAs).digest().subarray(0, 8).toString('base64')

const HASHES: ReadonlyMap<string, string> = new Map(
  ['wardle.example.com/v1alpha1/Flunder', 'wardle.example.com/v1alpha1/Fischer'].map((storedAs) => [
    storageVersionHash(storedAs),
    storageVersionHash(storedAs.replace(IN_DATA, newName)),
  ]),
)

/** A text with every name of the sample replaced by the twin's, and what is computed from names. */
export function renameText(text: string): string {
  let renamed = text.replace(IN_DATA, newName)
  for (const [hash, twins] of HASHES) renamed = renamed.replaceAll(hash, twins)
  return renamed
}

/** The same of a path, in which a letter of a name may stand escaped: it is one in the twin's name too. */
function renamePath(path: string): string {
  const at = path.search(ESCAPED_LETTER)
  const renamed = renameText(path.replace(ESCAPED_LETTER, (letter) => decodeURIComponent(letter)))
  if (at < 0) return renamed
  const letter = `%${renamed.charCodeAt(at).toString(16).toUpperCase()}`
  return `${renamed.slice(0, at)}${letter}${renamed.slice(at + 1)}`
}

/** A JSON value with all names replaced: in keys and in texts. */
export function renameJSON(value: unknown, key = ''): unknown {
  if (typeof value === 'string') {
    if (key === 'description') return value.replace(IN_PROSE, newName)
    return key === 'path' ? renamePath(value) : renameText(value)
  }
  if (Array.isArray(value)) return value.map((item) => renameJSON(item))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [renameText(name), renameJSON(member, name)]))
}
