/** Compares two keys by the bytes of their UTF-8, that is by code point: UTF-16 sorts surrogates too low. */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x === y) continue
    if (isSurrogate(x) !== isSurrogate(y)) return isSurrogate(x) ? 1 : -1
    return x - y
  }
  return a.length - b.length
}

const isSurrogate = (unit: number): boolean => unit >= 0xd800 && unit < 0xe000

/** Whether `<` may order this key otherwise than {@link compareKeys} does. */
export const hasSurrogates = (key: string): boolean => SURROGATE.test(key)

const SURROGATE = /[\ud800-\udfff]/

/** The least key above all that begin with a prefix which ends with a slash. */
export const endOf = (prefix: string): string => `${prefix.slice(0, -1)}0`
