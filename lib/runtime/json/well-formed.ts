const LONE_SURROGATE = /\p{Surrogate}/gu

/** The string with every half of a surrogate pair replaced by U+FFFD, as Go's decoder does. */
export function wellFormed(text: string): string {
  return text.replace(LONE_SURROGATE, '\ufffd')
}
