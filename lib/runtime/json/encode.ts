/** A value that JSON cannot express: undefined at the top, a function, a number that is not finite. */
export class JSONEncodeError extends Error {
  override readonly name = 'JSONEncodeError'
}

/**
 * Encodes a value as compact JSON. Bigints become integers of any size. The Buffer is the caller's own.
 *
 * @throws {@link JSONEncodeError} for what is no JSON value.
 * @example
 * ```ts
 * encodeJSON({ id: 9007199254740993n }).toString() // '{"id":9007199254740993}'
 * ```
 */
export function encodeJSON(value: unknown): Buffer {
  return Buffer.from(stringifyJSON(value))
}

/** {@link encodeJSON}, as a string. */
export function stringifyJSON(value: unknown): string {
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch (error) {
    // TypeError: a bigint inside (or a circle, which the depth bound below ends). RangeError: too deep for V8's stack.
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error
    text = stringifySlowly(value)
  }
  if (text === undefined) throw new JSONEncodeError(`a ${typeof value} is no JSON value`)
  return text
}

/** What is still to be written: a finished piece of text, or a value. */
type Pending = { readonly text: string } | { readonly value: unknown; readonly depth: number }

const MAX_ENCODE_DEPTH = 100_000

function stringifySlowly(root: unknown): string {
  const parts: string[] = []
  const pending: Pending[] = [{ value: root, depth: 0 }]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if ('text' in next) {
      parts.push(next.text)
    } else if (typeof next.value === 'object' && next.value !== null) {
      if (next.depth === MAX_ENCODE_DEPTH) throw new JSONEncodeError('value contains itself or is nested too deeply')
      pushMembers(pending, next.value, next.depth + 1)
    } else {
      parts.push(scalar(next.value))
    }
  }
  return parts.join('')
}

/** Pushes a list's or object's members in reverse, so that they are popped in order. */
function pushMembers(pending: Pending[], container: object, depth: number): void {
  if (Array.isArray(container)) {
    pending.push({ text: ']' })
    for (let index = container.length - 1; index >= 0; index--) {
      pending.push({ value: container[index] ?? null, depth })
      if (index > 0) pending.push({ text: ',' })
    }
    pending.push({ text: '[' })
    return
  }
  const members = Object.entries(container).filter(([, value]) => value !== undefined)
  pending.push({ text: '}' })
  for (let index = members.length - 1; index >= 0; index--) {
    const [key, value] = members[index] as [string, unknown]
    pending.push({ value, depth }, { text: `${index > 0 ? ',' : ''}${JSON.stringify(key)}:` })
  }
  pending.push({ text: '{' })
}

function scalar(value: unknown): string {
  if (typeof value === 'bigint') return value.toString()
  const text = JSON.stringify(value) as string | undefined
  if (text === undefined) throw new JSONEncodeError(`a ${typeof value} is no JSON value`)
  return text
}
