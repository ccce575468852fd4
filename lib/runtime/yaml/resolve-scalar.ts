/**
 * What an unquoted YAML scalar means, by the rules of the YAML library that Kubernetes uses: YAML 1.1's booleans and
 * octals, but neither its base-60 numbers nor its times, which stay strings.
 */

const INT64_MIN = -(2n ** 63n)
const UINT64_MAX = 2n ** 64n - 1n

const WORDS: ReadonlyMap<string, boolean | null> = new Map<string, boolean | null>([
  ...forms(['true', 'yes', 'on', 'y'], true),
  ...forms(['false', 'no', 'off', 'n'], false),
  ...forms(['null'], null),
  ['~', null],
  ['', null],
])

const INFINITIES: ReadonlySet<string> = new Set(
  ['.inf', '+.inf', '-.inf', '.nan'].flatMap((word) => forms([word], undefined).map(([form]) => form)).concat('.NaN'),
)

const FLOAT = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/
const INTEGER = /^([-+]?)(?:0b([01]+)|0x([0-9a-fA-F]+)|0o?([0-7]+)|(0|[1-9]\d*))$/
const NUMBER_START = /^[-+.\d]/

/** Longer texts are no numbers to anybody. */
const MAX_NUMBER_LENGTH = 400

/** A scalar that YAML can say and JSON cannot. */
export const NOT_FINITE = Symbol('not a finite number')

/** The value of an unquoted scalar: null, boolean, number, bigint (beyond 2^53), else the text itself. */
export function resolveScalar(text: string): string | boolean | null | number | bigint | typeof NOT_FINITE {
  const word = WORDS.get(text)
  if (word !== undefined) return word
  if (!NUMBER_START.test(text) || text.length > MAX_NUMBER_LENGTH) return text
  if (INFINITIES.has(text)) return NOT_FINITE
  const plain = text.startsWith('.') ? text : text.replaceAll('_', '')
  const integer = parseInteger(plain)
  if (integer !== undefined) return integer
  if (!FLOAT.test(plain)) return text
  const float = Number(plain)
  return Number.isFinite(float) ? float : text
}

function parseInteger(text: string): number | bigint | undefined {
  const match = INTEGER.exec(text)
  if (match === null) return undefined
  const [, sign, binary, hexadecimal, octal, decimal] = match
  const digits = binary ? `0b${binary}` : hexadecimal ? `0x${hexadecimal}` : octal ? `0o${octal}` : (decimal as string)
  const value = sign === '-' ? -BigInt(digits) : BigInt(digits)
  if (value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER) return Number(value)
  return value >= INT64_MIN && value <= UINT64_MAX ? value : Number(value)
}

/** Lower case, capitalized, upper case: the forms in which a word is understood. */
function forms<T>(words: readonly string[], value: T): [string, T][] {
  return words.flatMap((word): [string, T][] => [
    [word, value],
    [word.replace(/[a-z]/, (letter) => letter.toUpperCase()), value],
    [word.toUpperCase(), value],
  ])
}
