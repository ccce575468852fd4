import { randomInt } from 'node:crypto'

const MAX_NAME_BYTES = 63
const SUFFIX_LENGTH = 5
const MAX_BASE_BYTES = MAX_NAME_BYTES - SUFFIX_LENGTH

/** No vowels and no digits that look like letters: nothing that reads as a word. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789'

/**
 * A name from a generateName: the base, cut to 58 bytes, and five random characters. Unique only by chance: a create of a
 * taken name is to be tried again with another one.
 *
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#generated-values
 * @example
 * ```ts
 * generateName('web-') // web-x7k2m
 * ```
 */
export function generateName(base: string): string {
  let suffix = ''
  for (let i = 0; i < SUFFIX_LENGTH; i++) suffix += ALPHABET[randomInt(ALPHABET.length)]
  return cutToBytes(base, MAX_BASE_BYTES) + suffix
}

function cutToBytes(text: string, max: number): string {
  // A character has one byte at least, so more than `max` of them are never looked at.
  let cut = text.slice(0, max)
  while (Buffer.byteLength(cut) > max) cut = [...cut].slice(0, -1).join('')
  return cut
}
