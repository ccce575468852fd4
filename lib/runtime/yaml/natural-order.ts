const PIECES = /\d+|\p{L}|[\s\S]/gu

/**
 * Orders keys as Kubernetes' YAML output does: runs of digits by their number (`a2` before `a10`), letters behind
 * everything else, the rest by code point.
 */
export function naturalOrder(a: string, b: string): number {
  const left = a.match(PIECES) ?? []
  const right = b.match(PIECES) ?? []
  for (let index = 0; index < left.length && index < right.length; index++) {
    const difference = comparePieces(left[index] as string, right[index] as string)
    if (difference !== 0) return difference
  }
  return left.length - right.length
}

function comparePieces(a: string, b: string): number {
  if (a === b) return 0
  const [numberA, numberB] = [isDigit(a), isDigit(b)]
  if (numberA && numberB) return compareNumbers(a, b)
  const [letterA, letterB] = [isLetter(a), isLetter(b)]
  if (letterA !== letterB) return letterA ? 1 : -1
  return (a.codePointAt(0) as number) - (b.codePointAt(0) as number)
}

/** Digits may be more than a number holds: the longer one is larger, leading zeros aside. */
function compareNumbers(a: string, b: string): number {
  const [left, right] = [a.replace(/^0+/, ''), b.replace(/^0+/, '')]
  if (left.length !== right.length) return left.length - right.length
  if (left !== right) return left < right ? -1 : 1
  return a.length - b.length
}

function isDigit(piece: string): boolean {
  return piece >= '0' && piece <= '9\uffff' && /^\d/.test(piece)
}

function isLetter(piece: string): boolean {
  return /^\p{L}/u.test(piece)
}
