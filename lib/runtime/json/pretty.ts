const QUOTE = 0x22
const BACKSLASH = 0x5c
const NEWLINE = 0x0a
const SPACE = 0x20

/** Indentation multiplies what is nested deeply; an answer that would grow beyond this stays compact. */
const MAX_PRETTY_BYTES = 256 * 1024 * 1024

/**
 * Lays out a JSON text as Go's `json.Indent` with two spaces does, which is what Kubernetes sends for `pretty=true`:
 * one member a line, `{}` and `[]` kept together, no line feed at the end. Works on the bytes: numbers, escapes and
 * order stay as they are.
 *
 * @param bytes a well-formed JSON text
 * @returns a new Buffer; `bytes` itself if the result would be larger than 256 MiB
 * @example
 * ```ts
 * prettyJSON(Buffer.from('{"a":[1,2]}')).toString() // '{\n  "a": [\n    1,\n    2\n  ]\n}'
 * ```
 */
export function prettyJSON(bytes: Buffer): Buffer {
  const size = layOut(bytes, undefined)
  if (size > MAX_PRETTY_BYTES) return bytes
  const target = Buffer.allocUnsafe(size)
  layOut(bytes, target)
  return target
}

/** Writes the indented text into `target`, or only measures it. Returns its length. */
function layOut(bytes: Buffer, target: Buffer | undefined): number {
  let length = 0
  let depth = 0
  const put = (byte: number): void => {
    if (target !== undefined) target[length] = byte
    length++
  }
  const newLine = (): void => {
    put(NEWLINE)
    target?.fill(SPACE, length, length + 2 * depth)
    length += 2 * depth
  }
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number
    switch (byte) {
      case SPACE:
      case 0x09:
      case NEWLINE:
      case 0x0d:
        break
      case QUOTE: {
        const end = endOfString(bytes, at)
        if (target !== undefined) bytes.copy(target, length, at, end)
        length += end - at
        at = end - 1
        break
      }
      case 0x7b:
      case 0x5b: {
        put(byte)
        const next = skipWhitespace(bytes, at + 1)
        // The closing brackets lie two code points behind their opening ones.
        if (bytes[next] === byte + 2) {
          put(byte + 2)
          at = next
        } else {
          depth++
          newLine()
        }
        break
      }
      case 0x7d:
      case 0x5d:
        depth--
        newLine()
        put(byte)
        break
      case 0x2c:
        put(byte)
        newLine()
        break
      case 0x3a:
        put(byte)
        put(SPACE)
        break
      default:
        put(byte)
    }
  }
  return length
}

/** Offset behind the closing quote of the string that begins at `at`. */
function endOfString(bytes: Buffer, at: number): number {
  let i = at + 1
  while (i < bytes.length && bytes[i] !== QUOTE) i += bytes[i] === BACKSLASH ? 2 : 1
  return Math.min(i + 1, bytes.length)
}

function skipWhitespace(bytes: Buffer, at: number): number {
  let i = at
  while (bytes[i] === SPACE || bytes[i] === NEWLINE || bytes[i] === 0x09 || bytes[i] === 0x0d) i++
  return i
}
